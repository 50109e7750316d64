//! The lock table: exclusive locks held to the end of the transaction, first come first served.
//!
//! A transaction waits for at most one lock at a time, so the waits-for graph is a set of chains and a deadlock
//! is found by walking one chain when a wait begins.

use std::collections::{HashMap, VecDeque};

use duologue_types::{ConversationGroupId, DatabaseId, ObjectId, TransactionId};

/// What can be locked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Resource {
    /// A conversation group.
    Group(ConversationGroupId),
    /// The catalog, by a transaction that changes it.
    Catalog,
    /// A name of the application's own, as a digest.
    Application(DatabaseId, u128),
    /// A row of a table, by a transaction that changes it.
    Row(DatabaseId, ObjectId, u64),
}

/// Outcome of [`LockTable::acquire`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Acquired {
    /// The transaction holds the lock.
    Held,
    /// Somebody else holds it; the transaction is in line and its session is woken when its turn has come.
    Waiting,
    /// Waiting would close a circle.
    Deadlock,
}

struct Lock {
    owner: TransactionId,
    line: VecDeque<TransactionId>,
}

/// All locks of the instance.
#[derive(Default)]
pub(crate) struct LockTable {
    locks: HashMap<Resource, Lock>,
    held: HashMap<TransactionId, Vec<Resource>>,
    waiting: HashMap<TransactionId, Resource>,
}

impl LockTable {
    /// Takes the lock for `transaction`, or puts it in line.
    pub(crate) fn acquire(&mut self, transaction: TransactionId, resource: Resource) -> Acquired {
        let Some(lock) = self.locks.get_mut(&resource) else {
            self.locks.insert(resource, Lock { owner: transaction, line: VecDeque::new() });
            self.held.entry(transaction).or_default().push(resource);
            return Acquired::Held;
        };
        if lock.owner == transaction {
            return Acquired::Held;
        }
        if self.waiting.get(&transaction) == Some(&resource) {
            return Acquired::Waiting;
        }
        let owner = lock.owner;
        if self.waits_for(owner, transaction) {
            return Acquired::Deadlock;
        }
        self.cancel_wait(transaction);
        if let Some(lock) = self.locks.get_mut(&resource) {
            lock.line.push_back(transaction);
        }
        self.waiting.insert(transaction, resource);
        Acquired::Waiting
    }

    /// Takes the lock if it is free or the transaction's own; never waits.
    pub(crate) fn try_acquire(&mut self, transaction: TransactionId, resource: Resource) -> bool {
        match self.locks.get(&resource) {
            Some(lock) if lock.owner != transaction => false,
            _ => self.acquire(transaction, resource) == Acquired::Held,
        }
    }

    /// Whether a transaction other than `transaction` holds the lock.
    pub(crate) fn is_held_by_other(&self, resource: Resource, transaction: Option<TransactionId>) -> bool {
        self.locks.get(&resource).is_some_and(|lock| Some(lock.owner) != transaction)
    }

    /// Whether anybody holds it.
    pub(crate) fn is_held(&self, resource: Resource) -> bool {
        self.locks.contains_key(&resource)
    }

    /// Everybody who holds a lock or waits for one.
    pub(crate) fn transactions(&self) -> impl Iterator<Item = TransactionId> {
        self.held.keys().chain(self.waiting.keys()).copied()
    }

    /// Looks for contradictions between the lock table's parts.
    pub(crate) fn audit(&self) -> Result<(), String> {
        let held: usize = self.held.values().map(Vec::len).sum();
        if held != self.locks.len() {
            return Err(format!("{} locks are held, by their holders {held}", self.locks.len()));
        }
        for (transaction, resource) in &self.waiting {
            let lock = self.locks.get(resource);
            if lock.is_none_or(|lock| !lock.line.contains(transaction)) {
                return Err(format!("{transaction:?} waits for {resource:?} and is not in line"));
            }
        }
        let in_circle = |first: &TransactionId| {
            let mut next = *first;
            (0..=self.waiting.len()).any(|_| {
                let lock = self.waiting.get(&next).and_then(|resource| self.locks.get(resource));
                next = lock.map_or(next, |lock| lock.owner);
                lock.is_some() && next == *first
            })
        };
        if let Some(transaction) = self.waiting.keys().find(|transaction| in_circle(transaction)) {
            return Err(format!("{transaction:?} waits for itself"));
        }
        for (resource, lock) in &self.locks {
            let owns = self.held.get(&lock.owner).is_some_and(|held| held.contains(resource));
            if !owns || lock.line.contains(&lock.owner) {
                return Err(format!("{:?} holds {resource:?} and does not know", lock.owner));
            }
        }
        Ok(())
    }

    /// Conversation groups that a transaction has locked.
    pub(crate) fn groups_of(&self, transaction: TransactionId) -> impl Iterator<Item = ConversationGroupId> {
        let held = self.held.get(&transaction).into_iter().flatten();
        held.filter_map(|resource| match resource {
            Resource::Group(group) => Some(*group),
            _ => None,
        })
    }

    /// How many locks are held.
    pub(crate) fn len(&self) -> usize {
        self.locks.len()
    }

    /// Takes `transaction` out of the line it stands in.
    pub(crate) fn cancel_wait(&mut self, transaction: TransactionId) {
        if let Some(resource) = self.waiting.remove(&transaction)
            && let Some(lock) = self.locks.get_mut(&resource)
        {
            lock.line.retain(|waiter| *waiter != transaction);
        }
    }

    /// Releases one lock before the transaction ends. The first answer is whether it was held; the second is who holds
    /// it now.
    pub(crate) fn release(
        &mut self,
        transaction: TransactionId,
        resource: Resource,
    ) -> (bool, Option<TransactionId>) {
        let held = self.held.get_mut(&transaction);
        let Some((held, place)) = held.and_then(|held| {
            let place = held.iter().position(|found| *found == resource)?;
            Some((held, place))
        }) else {
            return (false, None);
        };
        held.swap_remove(place);
        (true, self.pass_on(resource))
    }

    /// Gives a lock to the first in its line.
    fn pass_on(&mut self, resource: Resource) -> Option<TransactionId> {
        let lock = self.locks.get_mut(&resource)?;
        let Some(next) = lock.line.pop_front() else {
            self.locks.remove(&resource);
            return None;
        };
        lock.owner = next;
        self.waiting.remove(&next);
        self.held.entry(next).or_default().push(resource);
        Some(next)
    }

    /// Releases everything `transaction` holds; returns the transactions that hold a lock now that they waited for.
    pub(crate) fn release_all(&mut self, transaction: TransactionId) -> (Vec<TransactionId>, Vec<Resource>) {
        self.cancel_wait(transaction);
        let released = self.held.remove(&transaction).unwrap_or_default();
        let woken = released.iter().filter_map(|resource| self.pass_on(*resource)).collect();
        (woken, released)
    }

    fn waits_for(&self, mut holder: TransactionId, transaction: TransactionId) -> bool {
        loop {
            if holder == transaction {
                return true;
            }
            let Some(resource) = self.waiting.get(&holder) else { return false };
            let Some(lock) = self.locks.get(resource) else { return false };
            holder = lock.owner;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: TransactionId = TransactionId(1);
    const B: TransactionId = TransactionId(2);
    const C: TransactionId = TransactionId(3);

    fn row(id: u64) -> Resource {
        Resource::Row(DatabaseId(5), ObjectId(1), id)
    }

    #[test]
    fn a_released_lock_goes_to_the_first_in_line() {
        let mut locks = LockTable::default();
        assert_eq!(locks.acquire(A, row(1)), Acquired::Held);
        assert_eq!(locks.acquire(A, row(1)), Acquired::Held);
        assert_eq!(locks.acquire(B, row(1)), Acquired::Waiting);
        assert_eq!(locks.acquire(C, row(1)), Acquired::Waiting);
        assert!(!locks.try_acquire(C, row(1)));
        assert_eq!(locks.release_all(A).0, vec![B]);
        assert!(locks.is_held_by_other(row(1), Some(C)));
        locks.cancel_wait(C);
        assert_eq!(locks.release_all(B).0, vec![]);
        assert!(!locks.is_held(row(1)));
    }

    #[test]
    fn a_circle_of_three_is_a_deadlock_and_a_chain_is_not() {
        let mut locks = LockTable::default();
        for (transaction, id) in [(A, 1), (B, 2), (C, 3)] {
            assert_eq!(locks.acquire(transaction, row(id)), Acquired::Held);
        }
        assert_eq!(locks.acquire(A, row(2)), Acquired::Waiting);
        assert_eq!(locks.acquire(B, row(3)), Acquired::Waiting);
        assert_eq!(locks.acquire(C, row(1)), Acquired::Deadlock);
        assert_eq!(locks.release_all(C).0, vec![B]);
    }
}
