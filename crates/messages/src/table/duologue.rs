//! 49901–49909. Duologue's own numbers; SQL Server has none of them.

use super::{Message, logged, row};

#[rustfmt::skip] // One row, one line.
pub(super) const ROWS: &[Message] = &[
    row(49901, 16, "'%s' is recognised by Duologue and not built yet. See COMPAT.md for what is."),
    row(49902, 16, "Duologue does not support %s, because %s."),
    row(49903, 16, "The connection sent more than %d bytes in one message."),
    logged(49904, 24, "Duologue's store failed: %s. Nothing that was acknowledged is lost; the server stops."),
    row(49905, 10, "The peer broker rejected this message: %s"),
    row(49906, 10, "Acknowledgements to service '%s' cannot be routed: %s Create a route to that service in database '%s'."),
    logged(49907, 16, "The data directory '%s' %s."),
    logged(49908, 10, "Too many failed logins from this address; the answer is delayed."),
    row(49909, 16, "A limit was reached: %s."),
];
