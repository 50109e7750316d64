//! What was compiled already, by its text.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use duologue_messages::SqlError;
use duologue_tsql::ParseOptions;

use super::{Declared, Program, compile, declared_parameters};

/// Texts of one kind that are kept.
const CAPACITY: usize = 1024;
/// Longer texts are scripts that run once.
const LONGEST_TEXT: usize = 64 * 1024;

/// The programs, and the declarations of parameters, that were used last. Sessions of one server share one.
#[derive(Default)]
pub struct ProgramCache(Mutex<Texts>);

#[derive(Default)]
struct Texts {
    /// With QUOTED_IDENTIFIER OFF and ON.
    programs: [Recent<Arc<Program>>; 2],
    parameters: Recent<Arc<[Declared]>>,
}

impl ProgramCache {
    /// The program of a text, or its errors. Compiles without holding the cache.
    pub(crate) fn compile(&self, text: &str, options: ParseOptions) -> Result<Arc<Program>, Vec<SqlError>> {
        let kind = usize::from(options.quoted_identifier);
        if let Some(program) = self.lock().programs[kind].find(text) {
            return Ok(program);
        }
        let program = Arc::new(compile(text.into(), options)?);
        self.lock().programs[kind].keep(text, program.clone());
        Ok(program)
    }

    /// The parameters that a text declares: `@a int, @b nvarchar(10) OUTPUT`.
    pub(crate) fn parameters(&self, text: &str) -> Result<Arc<[Declared]>, SqlError> {
        if let Some(declared) = self.lock().parameters.find(text) {
            return Ok(declared);
        }
        let declared: Arc<[Declared]> = declared_parameters(text)?.into();
        self.lock().parameters.keep(text, declared.clone());
        Ok(declared)
    }

    fn lock(&self) -> MutexGuard<'_, Texts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Values by text; the one that was not used for the longest time makes room.
struct Recent<V> {
    by_text: HashMap<Box<str>, Entry<V>>,
    uses: u64,
}

struct Entry<V> {
    value: V,
    last_use: u64,
}

impl<V> Default for Recent<V> {
    fn default() -> Self {
        Self { by_text: HashMap::new(), uses: 0 }
    }
}

impl<V: Clone> Recent<V> {
    fn find(&mut self, text: &str) -> Option<V> {
        self.uses += 1;
        let entry = self.by_text.get_mut(text)?;
        entry.last_use = self.uses;
        Some(entry.value.clone())
    }

    fn keep(&mut self, text: &str, value: V) {
        if text.len() > LONGEST_TEXT {
            return;
        }
        if self.by_text.len() >= CAPACITY {
            self.make_room();
        }
        self.by_text.insert(text.into(), Entry { value, last_use: self.uses });
    }

    /// Forgets the older half at once: texts with literals in them come once each, and looking for the oldest one every
    /// time would cost more than compiling.
    fn make_room(&mut self) {
        let mut uses: Vec<u64> = self.by_text.values().map(|entry| entry.last_use).collect();
        let middle = uses.len() / 2;
        let (_, median, _) = uses.select_nth_unstable(middle);
        let median = *median;
        self.by_text.retain(|_, entry| entry.last_use > median);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_the_cache_is_bounded() {
        let mut recent = Recent::default();
        for number in 0..10 * CAPACITY {
            recent.keep("often", "kept");
            assert!(recent.find("often").is_some());
            let text = number.to_string();
            assert!(recent.find(&text).is_none());
            recent.keep(&text, "new");
            assert!(recent.by_text.len() <= CAPACITY);
        }
        assert!(recent.find("often").is_some());
        assert!(recent.find("0").is_none());
    }

    #[test]
    fn a_text_is_compiled_once_for_each_meaning_of_quotes() {
        let cache = ProgramCache::default();
        let compiled = |quoted_identifier| {
            cache.compile("SELECT \"a\"", ParseOptions { quoted_identifier }).expect("it compiles")
        };
        assert!(Arc::ptr_eq(&compiled(true), &compiled(true)));
        assert!(!Arc::ptr_eq(&compiled(true), &compiled(false)));
        assert!(cache.compile("SELECT FROM", ParseOptions { quoted_identifier: true }).is_err());
    }
}
