//! The dialog protocol of one conversation endpoint, without I/O: what travels ([`Envelope`]), what is still
//! to be sent and acknowledged ([`SendHalf`]), what has arrived ([`ReceiveHalf`]), and the endpoint's state
//! ([`EndpointState`]).
//!
//! Time and bytes are arguments; the caller stores message bodies and the halves themselves, seals and opens
//! bodies, and owns connections. Nothing here acknowledges before the caller says that it stored: a half is
//! changed inside the caller's transaction, and [`ReceiveHalf::take_acknowledgement`] is for after the
//! commit. Formats are byte tables in `docs/formats/dialog.md`.

mod envelope;
mod fragment;
pub mod fuzzing;
mod lifetime;
mod position;
mod receive;
mod record;
mod retry;
mod send;
mod state;

pub use envelope::{
    Envelope, EnvelopeError, Kind, MAX_ENVELOPE_LENGTH, MAX_NAME_CHARACTERS, MAX_SECURITY_HEADER_LENGTH,
    SALT_LENGTH, Security, TAG_LENGTH,
};
pub use fragment::{
    DEFAULT_FRAGMENT_SIZE, Fragment, Fragments, MAX_FRAGMENT_LENGTH, MAX_MESSAGE_LENGTH, fragments,
};
pub use lifetime::{
    CLOCK_DIFFERENCE, FIRST_MESSAGE_FRESH, MAX_LIFETIME_SECONDS, REPLAY_PROTECTION, closed_target_kept_until,
    expires_at, has_expired, is_fresh, remaining_seconds,
};
pub use position::Position;
pub use receive::{Arrival, Partial, ReceiveHalf};
pub use record::DamagedRecord;
pub use retry::{FIRST_RETRY, LAST_RETRY, RetrySchedule};
pub use send::{Progress, SendHalf, WINDOW};
pub use state::{EndpointState, Facts, Verb};
