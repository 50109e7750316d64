//! The page about the format shows bytes; they are these.

use std::fmt::Write;
use std::sync::Arc;

use duologue_store::WriteBatch;

use super::disk::Disk;
use crate::record::BLOCK;
use crate::segment::Segment;
use crate::writer::Writer;

/// Rows of 16 bytes, without those at the end that are all zeros.
fn lines(bytes: &[u8]) -> String {
    let used = bytes.len() - bytes.iter().rev().take_while(|byte| **byte == 0).count();
    let mut text = String::new();
    for (number, row) in bytes[..used].chunks(16).enumerate() {
        let hex: Vec<String> = row.iter().map(|byte| format!("{byte:02X}")).collect();
        writeln!(text, "{:04X}  {}", number * 16, hex.join(" ")).unwrap();
    }
    text
}

#[test]
fn the_page_shows_the_bytes_that_are_written() {
    let disk = Disk::default();
    let file = crate::files::Folder::create(&disk, "example").unwrap();
    let nonce = u128::from_be_bytes(*b"0123456789abcdef");
    Segment::write_header(3, nonce, 1 << 20, file.as_ref()).unwrap();
    let segment = Segment { number: 3, nonce, size: 1 << 20, file, place: "example".into() };
    let mut writer = Writer::new(Arc::new(segment), 2 * BLOCK, 41);
    let mut batch = WriteBatch::new();
    batch.put(&[1u8, 2][..], &b"body"[..]);
    batch.delete(&[1u8, 1][..]);
    writer.encode(&[], &batch);
    writer.stamp(2, 5);
    let page = include_str!("../../../../docs/formats/journal.md");
    for (what, shown) in [("segment", lines(&disk.bytes("example"))), ("record", lines(&writer.buffer))] {
        assert!(page.contains(&shown), "the {what} in the page is not\n{shown}");
    }
}
