//! Names that many messages and conversations have, each in memory once.

use std::collections::HashSet;
use std::sync::Arc;

/// Names that are known at a time. Peers choose names, so there is a limit; beyond it new ones are shared from then on.
const NAMES: usize = 10_000;

/// The names.
#[derive(Default)]
pub(crate) struct Names(HashSet<Arc<str>>);

impl Names {
    /// The name as everybody has it.
    pub(crate) fn shared(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return known.clone();
        }
        if self.0.len() >= NAMES {
            self.0.clear();
        }
        let new: Arc<str> = name.into();
        self.0.insert(new.clone());
        new
    }
}
