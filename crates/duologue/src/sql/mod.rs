//! `duologue sql`: a client with sqlcmd's habits.
//!
//! The script language (`GO`, `:setvar`, `$(Name)` …) is in `script.rs` and `variables.rs`, the look of results in
//! `layout.rs` and `value.rs`, the connection in `client/`. Tokens are decoded by the `tds-protocol` crate and not
//! by our server's own codec, so that the two readings of the protocol check each other.
//!
//! Where it differs from Microsoft's ODBC sqlcmd: lines are not wrapped unless `-w` asks for it, quoted identifiers
//! are always on, `-U` defaults to sa, and the certificate of a server on this machine is trusted without `-C`.

mod args;
mod client;
mod layout;
mod output;
mod prompt;
mod run;
mod script;
mod value;
mod variables;

pub(crate) use args::SqlArgs;
pub(crate) use run::run;
