//! The endpoint's state, derived from what has happened, and the verbs that it allows.

use duologue_messages::{SqlError, sql_error};

/// `sys.conversation_endpoints.state`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum EndpointState {
    /// SO: the dialog is begun and nothing is sent.
    StartedOutbound,
    /// SI: the target knows of the dialog and lacks the first message, or a part of it.
    StartedInbound,
    /// CO: established.
    Conversing,
    /// DI: the far side ended.
    DisconnectedInbound,
    /// DO: this side ended and the far side has not acknowledged it.
    DisconnectedOutbound,
    /// ER: an error ended the dialog for this side.
    Error,
    /// CD: finished.
    Closed,
}

impl EndpointState {
    /// Every state, in the order of the documentation.
    pub const ALL: [Self; 7] = [
        Self::StartedOutbound,
        Self::StartedInbound,
        Self::Conversing,
        Self::DisconnectedInbound,
        Self::DisconnectedOutbound,
        Self::Error,
        Self::Closed,
    ];

    /// The `state` column.
    pub const fn code(self) -> &'static str {
        match self {
            Self::StartedOutbound => "SO",
            Self::StartedInbound => "SI",
            Self::Conversing => "CO",
            Self::DisconnectedInbound => "DI",
            Self::DisconnectedOutbound => "DO",
            Self::Error => "ER",
            Self::Closed => "CD",
        }
    }

    /// The `state_desc` column.
    pub const fn description(self) -> &'static str {
        match self {
            Self::StartedOutbound => "STARTED_OUTBOUND",
            Self::StartedInbound => "STARTED_INBOUND",
            Self::Conversing => "CONVERSING",
            Self::DisconnectedInbound => "DISCONNECTED_INBOUND",
            Self::DisconnectedOutbound => "DISCONNECTED_OUTBOUND",
            Self::Error => "ERROR",
            Self::Closed => "CLOSED",
        }
    }

    /// Whether a program may use `verb` on an endpoint in this state. Receiving is never refused, it only
    /// finds nothing; it is allowed in SO because a conversation timer may fire before the first SEND. END
    /// CONVERSATION WITH CLEANUP is allowed in every state and no verb here.
    pub const fn allows(self, verb: Verb) -> bool {
        match verb {
            Verb::Send => matches!(self, Self::StartedOutbound | Self::Conversing),
            Verb::BeginTimer => {
                matches!(self, Self::StartedOutbound | Self::Conversing | Self::DisconnectedInbound)
            }
            Verb::Receive | Verb::End | Verb::Move => {
                !matches!(self, Self::StartedInbound | Self::DisconnectedOutbound | Self::Closed)
            }
        }
    }

    /// The statement error when the state does not allow `verb`.
    pub fn check(self, verb: Verb) -> Result<(), SqlError> {
        if self.allows(verb) {
            return Ok(());
        }
        let state = self.description();
        Err(match verb {
            Verb::Send => sql_error!(8429, state),
            Verb::Receive | Verb::End => sql_error!(8427, state),
            Verb::BeginTimer => sql_error!(8458, state),
            Verb::Move => sql_error!(8438, state),
        })
    }
}

/// What a program does to a conversation endpoint.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Verb {
    /// SEND.
    Send,
    /// RECEIVE of what is left.
    Receive,
    /// END CONVERSATION, with or without an error.
    End,
    /// BEGIN CONVERSATION TIMER.
    BeginTimer,
    /// MOVE CONVERSATION.
    Move,
}

/// What has happened to an endpoint, as far as its state depends on it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Facts {
    /// This is the side that began the dialog.
    pub is_initiator: bool,
    /// A message was given to SEND here.
    pub sent_first: bool,
    /// The first message arrived whole.
    pub received_first: bool,
    /// END CONVERSATION ran here, with or without an error.
    pub ended: bool,
    /// The far side acknowledged our EndDialog or Error.
    pub end_acknowledged: bool,
    /// The far side's EndDialog arrived in sequence.
    pub far_ended: bool,
    /// An Error arrived or was raised here: by the far application, a broker or the lifetime.
    pub failed: bool,
}

impl Facts {
    /// The state that follows. An initiator that ends before it sent anything is closed at once: nobody else
    /// knows of the dialog, and the first sequenced message may not be an end.
    pub const fn state(&self) -> EndpointState {
        let nobody_listens = self.end_acknowledged || self.far_ended || self.failed;
        let established = if self.is_initiator { self.sent_first } else { self.received_first };
        match (self.ended, self.failed, self.far_ended, established) {
            (true, ..) if nobody_listens || (self.is_initiator && !self.sent_first) => EndpointState::Closed,
            (true, ..) => EndpointState::DisconnectedOutbound,
            (false, true, ..) => EndpointState::Error,
            (false, false, true, _) => EndpointState::DisconnectedInbound,
            (false, false, false, true) => EndpointState::Conversing,
            (false, false, false, false) if self.is_initiator => EndpointState::StartedOutbound,
            (false, false, false, false) => EndpointState::StartedInbound,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each line: the facts in words, the state.
    const TRANSITIONS: &[(&str, &str)] = &[
        ("initiator", "SO"),
        ("initiator sent", "CO"),
        ("initiator ended", "CD"),
        ("initiator failed", "ER"),
        ("initiator sent ended", "DO"),
        ("initiator sent ended acknowledged", "CD"),
        ("initiator sent ended far", "CD"),
        ("initiator sent ended failed", "CD"),
        ("initiator sent far", "DI"),
        ("initiator sent far failed", "ER"),
        ("initiator sent failed", "ER"),
        ("target", "SI"),
        ("target received", "CO"),
        ("target received sent", "CO"),
        ("target received far", "DI"),
        ("target received ended", "DO"),
        ("target received ended acknowledged", "CD"),
        ("target received failed", "ER"),
        ("target failed", "ER"),
    ];

    #[test]
    fn states_follow_from_facts() {
        for (words, state) in TRANSITIONS {
            let has = |word: &str| words.split(' ').any(|w| w == word);
            let facts = Facts {
                is_initiator: has("initiator"),
                sent_first: has("sent"),
                received_first: has("received"),
                ended: has("ended"),
                end_acknowledged: has("acknowledged"),
                far_ended: has("far"),
                failed: has("failed"),
            };
            assert_eq!(facts.state().code(), *state, "{words}");
        }
    }

    #[test]
    fn verbs_by_state() {
        let allowed = |verb: Verb| -> Vec<&str> {
            EndpointState::ALL
                .into_iter()
                .filter(|state| state.allows(verb))
                .map(EndpointState::code)
                .collect()
        };
        assert_eq!(allowed(Verb::Send), ["SO", "CO"]);
        assert_eq!(allowed(Verb::BeginTimer), ["SO", "CO", "DI"]);
        for verb in [Verb::Receive, Verb::End, Verb::Move] {
            assert_eq!(allowed(verb), ["SO", "CO", "DI", "ER"], "{verb:?}");
        }
        assert_eq!(EndpointState::DisconnectedInbound.check(Verb::Send).map_err(|e| e.number), Err(8429));
        assert_eq!(EndpointState::Closed.check(Verb::End).map_err(|e| e.number), Err(8427));
    }
}
