//! Everything that reads bytes from outside, as fuzz targets, and a fuzzer that needs nothing but cargo.
//!
//! [`TARGETS`] is the one table. The targets of `fuzz/` (cargo-fuzz, led by coverage) call it by name; the test
//! `smoke` of this crate runs each over its corpus `fuzz/corpus/<target>` and over seeded mutations of it
//! ([`Mutator`]), the same ones every time.

mod mutate;
mod random;
mod targets;
mod text;

pub use mutate::{MAX_INPUT, Mutator};
pub use random::Random;
pub use targets::keys::Hierarchy;

use targets::{keys, tsql, types, xml};

/// A function that must take any bytes: no panic, no endless loop, no memory without bound.
#[derive(Clone, Copy)]
pub struct Target {
    /// Also the name of its corpus and of its file in `fuzz/fuzz_targets`.
    pub name: &'static str,
    /// Whether mutations keep to words and marks most of the time.
    pub is_text: bool,
    /// What one execution costs, in units of the cheapest: a target runs that many times less often.
    pub cost: u32,
    /// Takes the bytes.
    pub run: fn(&[u8]),
}

const fn bytes(name: &'static str, cost: u32, run: fn(&[u8])) -> Target {
    Target { name, is_text: false, cost, run }
}

const fn text(name: &'static str, cost: u32, run: fn(&[u8])) -> Target {
    Target { name, is_text: true, cost, run }
}

/// Every target.
pub const TARGETS: [Target; 24] = [
    bytes("tds_packet", 1, duologue_tds::fuzzing::fuzz_packet),
    bytes("tds_prelogin", 1, duologue_tds::fuzzing::fuzz_prelogin),
    bytes("tds_login7", 1, duologue_tds::fuzzing::fuzz_login7),
    bytes("tds_rpc", 2, duologue_tds::fuzzing::fuzz_rpc),
    bytes("tds_transaction_manager", 1, duologue_tds::fuzzing::fuzz_transaction_manager),
    bytes("tds_connection", 5, duologue_tds::fuzzing::fuzz_connection),
    bytes("dialog_envelope", 1, duologue_dialog::fuzzing::envelope),
    bytes("dialog_halves", 5, duologue_dialog::fuzzing::halves),
    bytes("adjacent_broker_frames", 1, duologue_adjacent_broker::fuzzing::frames),
    bytes("adjacent_broker_connection", 5, duologue_adjacent_broker::fuzzing::connection),
    text("tsql_batch", 40, tsql::batch),
    text("tsql_fragment", 40, tsql::fragment),
    text("xml_document", 10, xml::document),
    text("xml_query", 30, xml::query),
    bytes("keys_certificate", 2, keys::certificate),
    bytes("keys_private_key", 3, keys::private_key),
    bytes("keys_dialog_security_header", 5, keys::dialog_security_header),
    bytes("keys_wrapped", 1, keys::wrapped),
    bytes("keys_password_hash", 1, keys::password_hash),
    bytes("store_key", 1, targets::store::key),
    bytes("journal_segment", 2, duologue_store_journal::fuzzing::segment),
    bytes("journal_record", 2, duologue_store_journal::fuzzing::record),
    text("types_conversion", 100, types::conversion),
    text("types_like", 10, types::like),
];

/// Runs the target of that name; what cargo-fuzz calls.
///
/// # Panics
/// When the target finds something, and when there is none of that name.
pub fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("the table has the target");
    (target.run)(data);
}
