//! Writes the seeds of `fuzz/corpus` that are bytes: `cargo run -p duologue-fuzz-smoke --example make_corpus`.
//! Run it when a format changes; seeds that are text, and private key files from openssl, are kept by hand.

mod broker;
mod keys;
mod tds;

use std::fs;
use std::path::Path;

/// Bytes from hexadecimal digits; blanks and bars are for the eye.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(&String::from_utf8_lossy(pair), 16).expect("two digits");
    digits.chunks(2).map(byte).collect()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn main() -> std::io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for (target, name, bytes) in [tds::seeds(), broker::seeds(), keys::seeds()].concat() {
        fs::create_dir_all(corpus.join(target))?;
        fs::write(corpus.join(target).join(name), bytes)?;
    }
    for (target, bytes) in duologue_store_journal::fuzzing::seeds() {
        fs::create_dir_all(corpus.join(target))?;
        fs::write(corpus.join(target).join("sound"), bytes)?;
    }
    Ok(())
}
