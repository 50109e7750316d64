//! Which of two connections between the same two instances stays.

use duologue_messages::{SqlError, sql_error};
use duologue_types::Timestamp;

use crate::config::InstanceId;
use crate::state::LoginState;

/// Names a connection alike on both of its sides.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ConnectionKey {
    /// The instance that connected.
    pub initiator: InstanceId,
    /// The instance that accepted.
    pub acceptor: InstanceId,
    /// When, by the initiator's clock.
    pub opened: Timestamp,
    /// The initiator's nonce.
    pub nonce: u64,
}

/// The outcome of [`arbitrate`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Both keys name the two ends of one connection (an instance that connected to itself): nothing to do.
    SameConnection,
    /// The new connection loses.
    KeepExisting,
    /// The existing connection loses.
    KeepNew,
}

impl Verdict {
    /// Why the loser is closed: 28032 for a new connection, 28033 for an existing one.
    pub fn error(self) -> Option<SqlError> {
        let state = LoginState::WaitArbitration.code();
        match self {
            Self::SameConnection => None,
            Self::KeepExisting => Some(sql_error!(28032, state).with_state(state)),
            Self::KeepNew => Some(sql_error!(28033, state).with_state(state)),
        }
    }
}

/// Judges two connections to the same peer. Both instances come to the same result in whatever order they see
/// them: when the two were opened from different sides, the one from the lower instance id stays; when one
/// side opened both, the later one stays, because that side had a reason to open it.
///
/// Compare only connections whose peers proved the same certificate: an instance id is the peer's own claim,
/// and must not serve to push somebody else's connection out.
pub fn arbitrate(existing: &ConnectionKey, new: &ConnectionKey) -> Verdict {
    if existing == new {
        return Verdict::SameConnection;
    }
    let by_initiator = new.initiator.cmp(&existing.initiator);
    let by_age = (existing.opened, existing.nonce).cmp(&(new.opened, new.nonce));
    if by_initiator.then(by_age).is_lt() { Verdict::KeepNew } else { Verdict::KeepExisting }
}

#[cfg(test)]
mod tests {
    use super::*;
    use duologue_types::Guid;

    fn key(initiator: u8, acceptor: u8, opened: i64, nonce: u64) -> ConnectionKey {
        let id = |byte| InstanceId(Guid([byte; 16]));
        ConnectionKey { initiator: id(initiator), acceptor: id(acceptor), opened: Timestamp(opened), nonce }
    }

    #[test]
    fn both_sides_keep_the_same_connection() {
        let keys = [key(1, 2, 0, 5), key(1, 2, 0, 6), key(1, 2, 9, 0), key(2, 1, 3, 3), key(2, 1, 99, 0)];
        for a in &keys {
            for b in &keys {
                let expected = match arbitrate(b, a) {
                    Verdict::SameConnection => Verdict::SameConnection,
                    Verdict::KeepExisting => Verdict::KeepNew,
                    Verdict::KeepNew => Verdict::KeepExisting,
                };
                assert_eq!(arbitrate(a, b), expected, "{a:?} {b:?}");
            }
        }
        assert_eq!(arbitrate(&key(1, 2, 0, 0), &key(2, 1, 9, 0)), Verdict::KeepExisting);
        assert_eq!(arbitrate(&key(1, 2, 0, 9), &key(1, 2, 1, 0)), Verdict::KeepNew);
        assert_eq!(Verdict::KeepExisting.error().map(|error| error.number), Some(28032));
        assert_eq!(Verdict::KeepNew.error().map(|error| error.number), Some(28033));
    }
}
