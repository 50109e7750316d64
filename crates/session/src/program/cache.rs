//! Programs that were compiled already, by their text.

use std::collections::HashMap;
use std::sync::Arc;

use duologue_messages::SqlError;
use duologue_tsql::ParseOptions;

use super::{Program, compile};

/// Programs that a session keeps.
const CAPACITY: usize = 256;
/// Longer texts are scripts that run once.
const LONGEST_TEXT: usize = 64 * 1024;

/// The programs that a session used last.
#[derive(Default)]
pub(crate) struct ProgramCache {
    programs: HashMap<(Arc<str>, bool), Cached>,
    uses: u64,
}

struct Cached {
    program: Arc<Program>,
    last_use: u64,
}

impl ProgramCache {
    /// The program of a text, or its errors.
    pub(crate) fn compile(
        &mut self,
        text: &str,
        options: ParseOptions,
    ) -> Result<Arc<Program>, Vec<SqlError>> {
        self.uses += 1;
        let key = (Arc::<str>::from(text), options.quoted_identifier);
        if let Some(cached) = self.programs.get_mut(&key) {
            cached.last_use = self.uses;
            return Ok(cached.program.clone());
        }
        let program = Arc::new(compile(key.0.clone(), options)?);
        if text.len() <= LONGEST_TEXT {
            self.make_room();
            self.programs.insert(key, Cached { program: program.clone(), last_use: self.uses });
        }
        Ok(program)
    }

    fn make_room(&mut self) {
        if self.programs.len() < CAPACITY {
            return;
        }
        let oldest =
            self.programs.iter().min_by_key(|(_, cached)| cached.last_use).map(|(key, _)| key.clone());
        if let Some(oldest) = oldest {
            self.programs.remove(&oldest);
        }
    }
}
