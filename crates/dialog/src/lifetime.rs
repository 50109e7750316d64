//! Lifetime arithmetic: a lifetime travels as seconds that are left and is kept as a moment.

use std::time::Duration;

use duologue_types::Timestamp;

/// The lifetime of a dialog that names none, in seconds: about 68 years.
pub const MAX_LIFETIME_SECONDS: u32 = 0x7fff_ffff;
/// How long a closed target endpoint stays after the initiator showed that it saw the first acknowledgement.
pub const REPLAY_PROTECTION: Duration = Duration::from_secs(30 * 60);

/// How old a first message may be that opens a target's endpoint. With the clocks' difference it is no more than
/// [`REPLAY_PROTECTION`], so a recorded one finds its endpoint still there, closed, or is too old.
pub const FIRST_MESSAGE_FRESH: Duration = Duration::from_secs(25 * 60);
/// How much the clocks of two brokers may differ.
pub const CLOCK_DIFFERENCE: Duration = Duration::from_secs(5 * 60);

/// The moment at which a lifetime of `seconds` ends that is known to be left `now`.
pub fn expires_at(now: Timestamp, seconds: u32) -> Timestamp {
    now + Duration::from_secs(u64::from(seconds.min(MAX_LIFETIME_SECONDS)))
}

/// Whether a lifetime that ends at `expires` is over.
pub fn has_expired(expires: Timestamp, now: Timestamp) -> bool {
    now >= expires
}

/// Whole seconds left, rounded up so that a living dialog never says 0.
pub fn remaining_seconds(expires: Timestamp, now: Timestamp) -> u32 {
    let left = (expires - now).as_micros().div_ceil(1_000_000);
    u32::try_from(left).map_or(MAX_LIFETIME_SECONDS, |left| left.min(MAX_LIFETIME_SECONDS))
}

/// Whether a first message that was sealed at `sealed_at`, by the sender's clock, may open a target's endpoint `now`.
pub fn is_fresh(sealed_at: Timestamp, now: Timestamp) -> bool {
    sealed_at <= now + CLOCK_DIFFERENCE && now <= sealed_at + FIRST_MESSAGE_FRESH
}

/// Until when a closed target endpoint must stay so that a replayed first message finds it: half an hour
/// after `saw_first_ack`, the moment at which a message arrived with
/// [`crate::Envelope::initiator_saw_first_ack`]; without one, half an hour after the dialog's lifetime.
pub fn closed_target_kept_until(saw_first_ack: Option<Timestamp>, expires: Timestamp) -> Timestamp {
    saw_first_ack.unwrap_or(expires) + REPLAY_PROTECTION
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_moments() {
        let start = Timestamp::from_unix_seconds(1_000);
        let end = expires_at(start, 10);
        let nearly = Timestamp(end.0 - 1);
        assert_eq!(
            [start, nearly, end, expires_at(end, 5)]
                .map(|now| (remaining_seconds(end, now), has_expired(end, now))),
            [(10, false), (1, false), (0, true), (0, true)]
        );
        assert_eq!(expires_at(start, u32::MAX), expires_at(start, MAX_LIFETIME_SECONDS));
        assert_eq!(remaining_seconds(Timestamp::MAX, start), MAX_LIFETIME_SECONDS);
        let at = |seconds: i64| {
            is_fresh(Timestamp::from_unix_seconds(seconds), Timestamp::from_unix_seconds(10_000))
        };
        assert_eq!([8_499, 8_500, 10_300, 10_301].map(at), [false, true, true, false]);
        assert!(!is_fresh(Timestamp(i64::MIN), start) && !is_fresh(Timestamp::MAX, start));
        assert!(FIRST_MESSAGE_FRESH + CLOCK_DIFFERENCE <= REPLAY_PROTECTION);
        assert_eq!(closed_target_kept_until(None, end), expires_at(end, 1_800));
        assert_eq!(closed_target_kept_until(Some(start), end), expires_at(start, 1_800));
    }
}
