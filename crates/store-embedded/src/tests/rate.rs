use std::time::Instant;

use duologue_store::{GroupCommit, Store, WriteBatch};
use tempfile::TempDir;

use crate::EmbeddedStore;

/// Run by hand, in release, for a first idea: `cargo test --release … -- --ignored --nocapture commit_rate`.
#[test]
#[ignore = "a measurement"]
fn commit_rate() {
    for group in [1u64, 8, 64] {
        let directory =
            TempDir::new_in(std::env::var_os("DUOLOGUE_TEST_DIRECTORY").unwrap_or(".".into())).unwrap();
        let store = EmbeddedStore::open(directory.path()).unwrap();
        let mut queue = GroupCommit::new(1 << 20);
        let (start, mut number) = (Instant::now(), 0u64);
        while start.elapsed().as_secs_f64() < 2.0 {
            for _ in 0..group {
                number += 1;
                let mut batch = WriteBatch::new();
                batch.put([&b"\x22"[..], &number.to_be_bytes()].concat(), vec![number as u8; 1024]);
                batch.put([&b"\x20"[..], &(number % 8).to_be_bytes()].concat(), vec![1; 100]);
                queue.push(batch).unwrap();
            }
            let (batch, up_to) = queue.take_all().unwrap();
            store.commit(&batch).unwrap();
            queue.completed(up_to);
        }
        let rate = number as f64 / start.elapsed().as_secs_f64();
        println!("{group} batches in a group: {rate:.0} batches/s, {:.0} commits/s", rate / group as f64);
    }
}
