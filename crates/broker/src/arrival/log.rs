//! What is logged about arriving messages: whoever can send must not be able to fill the log.

use std::collections::HashSet;
use std::time::Duration;

use duologue_messages::SqlError;
use duologue_types::{ConversationId, Timestamp};

use crate::instance::Instance;

/// A conversation's message is logged once in this time.
const SPAN: Duration = Duration::from_secs(10);
/// Lines in that time, of all conversations.
const LINES: usize = 200;

/// What was logged lately.
#[derive(Debug, Default)]
pub(crate) struct ArrivalLog {
    since: Timestamp,
    logged: HashSet<(ConversationId, i32)>,
}

impl ArrivalLog {
    /// Whether a message about a conversation may be logged now.
    fn admits(&mut self, conversation: ConversationId, number: i32, now: Timestamp) -> bool {
        // A clock that was set back begins a new span too.
        if now < self.since || now - self.since >= SPAN {
            self.since = now;
            self.logged.clear();
        }
        self.logged.len() < LINES && self.logged.insert((conversation, number))
    }
}

impl Instance {
    /// Logs why an envelope was not taken, or what is odd about it: once in a while for each conversation.
    pub(crate) fn log_arrival(&mut self, conversation: ConversationId, error: &SqlError, now: Timestamp) {
        if self.arrival_log.admits(conversation, error.number, now) {
            self.log(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use duologue_types::Guid;

    use super::*;

    #[test]
    fn one_line_for_a_conversation_and_not_too_many_at_all() {
        let mut log = ArrivalLog::default();
        let at = Timestamp::from_unix_seconds;
        let conversation = |number: u8| ConversationId(Guid([number; 16]));
        let tries = [(1, 100), (1, 109), (2, 109), (1, 110), (1, 119), (1, 50)];
        let admitted = tries.map(|(number, second)| log.admits(conversation(number), 11218, at(second)));
        assert_eq!(admitted, [true, false, true, true, false, true]);
        assert!(log.admits(conversation(1), 11219, at(50)), "another message");
        let many = (0..=255).filter(|number| log.admits(conversation(*number), 11230, at(51))).count();
        assert_eq!(many, LINES - 2);
    }
}
