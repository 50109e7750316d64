//! A list of changes that are applied together.

use bytes::Bytes;

use crate::{MAX_KEY_BYTES, MAX_VALUE_BYTES, StoreError};

/// One change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Operation {
    /// Inserts the row or replaces its value.
    Put {
        /// Its key.
        key: Bytes,
        /// Its new value.
        value: Bytes,
    },
    /// Removes the row, if it is there.
    Delete {
        /// Its key.
        key: Bytes,
    },
}

impl Operation {
    /// The key it changes.
    pub fn key(&self) -> &Bytes {
        match self {
            Self::Put { key, .. } | Self::Delete { key } => key,
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Put { key, value } => key.len() + value.len(),
            Self::Delete { key } => key.len(),
        }
    }

    fn check_size(&self) -> Result<(), StoreError> {
        within("key", self.key().len(), MAX_KEY_BYTES)?;
        match self {
            Self::Put { value, .. } => within("value", value.len(), MAX_VALUE_BYTES),
            Self::Delete { .. } => Ok(()),
        }
    }
}

fn within(what: &'static str, size: usize, limit: usize) -> Result<(), StoreError> {
    if size <= limit { Ok(()) } else { Err(StoreError::TooLarge { what, size, limit }) }
}

/// Changes in the order in which they are applied: a later one to the same key wins.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct WriteBatch {
    operations: Vec<Operation>,
    size: usize,
}

impl WriteBatch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row, or a new value for it.
    pub fn put(&mut self, key: impl Into<Bytes>, value: impl Into<Bytes>) {
        self.push(Operation::Put { key: key.into(), value: value.into() });
    }

    /// Adds the removal of a row.
    pub fn delete(&mut self, key: impl Into<Bytes>) {
        self.push(Operation::Delete { key: key.into() });
    }

    /// Adds the changes of `other` after these.
    pub fn append(&mut self, other: Self) {
        self.size += other.size;
        self.operations.extend(other.operations);
    }

    fn push(&mut self, operation: Operation) {
        self.size += operation.size();
        self.operations.push(operation);
    }

    /// Whether there is nothing to apply.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// How many changes there are.
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    /// Bytes of all keys and values.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The changes in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Operation> {
        self.operations.iter()
    }

    /// Every engine refuses a batch with a key or value beyond the limits before it touches anything.
    pub fn check_sizes(&self) -> Result<(), StoreError> {
        self.iter().try_for_each(Operation::check_size)
    }
}

impl<'a> IntoIterator for &'a WriteBatch {
    type Item = &'a Operation;
    type IntoIter = std::slice::Iter<'a, Operation>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
