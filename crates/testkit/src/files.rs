//! Files that live in memory.

use std::cell::RefCell;
use std::collections::BTreeMap;

use duologue_session::{FileProblem, Files};

/// Files by path. Whatever a statement writes can be read back.
#[derive(Debug, Default)]
pub struct MemoryFiles(RefCell<BTreeMap<String, Vec<u8>>>);

impl MemoryFiles {
    /// Adds a file, or replaces it.
    pub fn put(&self, path: &str, contents: Vec<u8>) {
        self.0.borrow_mut().insert(path.to_owned(), contents);
    }
}

impl Files for MemoryFiles {
    fn read(&self, path: &str, max_bytes: usize) -> Result<Vec<u8>, FileProblem> {
        match self.0.borrow().get(path) {
            None => Err(FileProblem("no such file".into())),
            Some(contents) if contents.len() > max_bytes => Err(FileProblem("too large".into())),
            Some(contents) => Ok(contents.clone()),
        }
    }

    fn create(&self, path: &str, bytes: &[u8], _private: bool) -> Result<(), FileProblem> {
        if self.0.borrow().contains_key(path) {
            return Err(FileProblem("it exists already".into()));
        }
        self.put(path, bytes.to_vec());
        Ok(())
    }
}
