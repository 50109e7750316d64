//! What a storage engine gives on this disk: `store_rate DIRECTORY [ENGINES] [SECONDS] [WHAT]`.
//!
//! A send is a message row of 1 KiB and an endpoint row of 100 bytes; a receive removes the message and writes the
//! endpoint. G of them are merged into one commit, as the broker's commit thread does with everything that waits.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::panic, missing_docs)]

use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use duologue_store::{Store, WriteBatch};
use duologue_store_embedded::EmbeddedStore;
use duologue_store_journal::JournalStore;

const QUEUES: u64 = 8;

fn open(engine: &str, directory: &Path) -> Box<dyn Store> {
    match engine {
        "journal" => Box::new(JournalStore::open(directory).unwrap()),
        "redb" => Box::new(EmbeddedStore::open(directory).unwrap()),
        other => panic!("no engine {other}"),
    }
}

fn message(number: u64) -> Bytes {
    let mut key = vec![0x22, 0x80, 0, 0, 5, 0x80, 0, 0, (number % QUEUES) as u8];
    key.extend((number / QUEUES).to_be_bytes());
    key.into()
}

fn endpoint(number: u64) -> Bytes {
    [
        &[0x20][..],
        &u128::from(number % 1000).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes(),
    ]
    .concat()
    .into()
}

struct Usage {
    cpu: Duration,
    written: u64,
}

/// CPU of all threads that still are, and bytes that this process sent to disks.
fn usage() -> Usage {
    let mut cpu = 0;
    for task in std::fs::read_dir("/proc/self/task").unwrap() {
        let text = std::fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap_or_default();
        cpu += text.split(' ').next().and_then(|number| number.parse::<u64>().ok()).unwrap_or(0);
    }
    let io = std::fs::read_to_string("/proc/self/io").unwrap();
    let written = io.lines().find_map(|line| line.strip_prefix("write_bytes: ")).unwrap();
    Usage { cpu: Duration::from_nanos(cpu), written: written.parse().unwrap() }
}

/// Commits groups until the time is over; prints what that came to.
fn measure(what: &str, group: u64, seconds: f64, mut next: impl FnMut(&mut WriteBatch), store: &dyn Store) {
    let mut times = Vec::new();
    let (begun, before) = (Instant::now(), usage());
    while begun.elapsed().as_secs_f64() < seconds {
        let mut batch = WriteBatch::new();
        for _ in 0..group {
            next(&mut batch);
        }
        let start = Instant::now();
        store.commit(&batch).unwrap();
        times.push(start.elapsed());
    }
    let (elapsed, after) = (begun.elapsed().as_secs_f64(), usage());
    times.sort();
    let commits = times.len() as u64 * group;
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{what:8} G={group:<4} {:>9.0}/s  p50 {:.2} p99 {:.2} max {:.1} ms  CPU {:.1} us  {:.0} B per commit",
        commits as f64 / elapsed,
        at(0.5),
        at(0.99),
        at(1.0),
        (after.cpu - before.cpu).as_secs_f64() * 1e6 / commits as f64,
        (after.written - before.written) as f64 / commits as f64,
    );
}

fn sends_and_receives(engine: &str, directory: &Path, seconds: f64) {
    for group in [1, 8, 64, 256] {
        let place = directory.join(format!("{engine}-{group}"));
        let store = open(engine, &place);
        let body = Bytes::from((0..1024u64).map(|at| ((at * at * 31) >> 3) as u8).collect::<Vec<_>>());
        let (mut sent, mut received) = (0, 0);
        let send = |batch: &mut WriteBatch| {
            batch.put(message(sent), body.clone());
            batch.put(endpoint(sent), body.slice(..100));
            sent += 1;
        };
        measure("send", group, seconds, send, store.as_ref());
        let receive = |batch: &mut WriteBatch| {
            let key = message(received);
            assert!(received >= sent || store.get(&key).unwrap().is_some());
            batch.delete(key);
            batch.put(endpoint(received), body.slice(..100));
            received += 1;
        };
        measure("receive", group, seconds.min(seconds * 0.9), receive, store.as_ref());
        drop(store);
        std::fs::remove_dir_all(&place).unwrap();
    }
}

/// Messages come and go with a backlog of a thousand.
fn cycles(engine: &str, directory: &Path, cycles: u64) {
    let place = directory.join(format!("{engine}-cycles"));
    let store = open(engine, &place);
    let body = Bytes::from(vec![7; 1024]);
    let (begun, before, mut slowest) = (Instant::now(), usage(), Duration::ZERO);
    let mut done = 0;
    while done < cycles && begun.elapsed() < Duration::from_secs(60) {
        let mut batch = WriteBatch::new();
        for number in done..done + 256 {
            batch.put(message(number), body.clone());
            if number >= 1000 {
                batch.delete(message(number - 1000));
            }
        }
        done += 256;
        let start = Instant::now();
        store.commit(&batch).unwrap();
        slowest = slowest.max(start.elapsed());
    }
    let (elapsed, after) = (begun.elapsed().as_secs_f64(), usage());
    let cpu = (after.cpu - before.cpu).as_secs_f64() * 1e6 / done as f64;
    println!(
        "{done} cycles, groups of 256: {:.0}/s, CPU {cpu:.1} us, slowest commit {slowest:?}, {} MB on disk",
        done as f64 / elapsed,
        size(&place) >> 20
    );
    drop(store);
    std::fs::remove_dir_all(&place).unwrap();
}

/// A million messages that stay, and how long it takes to open them.
fn reopen(engine: &str, directory: &Path, rows: u64) {
    let place = directory.join(format!("{engine}-reopen"));
    let store = open(engine, &place);
    let body = Bytes::from(vec![7; 1024]);
    let mut slowest = Duration::ZERO;
    let begun = Instant::now();
    for first in (0..rows).step_by(256) {
        let mut batch = WriteBatch::new();
        for number in first..(first + 256).min(rows) {
            batch.put(message(number), body.clone());
        }
        let start = Instant::now();
        store.commit(&batch).unwrap();
        slowest = slowest.max(start.elapsed());
    }
    let filled = begun.elapsed();
    let memory = || {
        let text = std::fs::read_to_string("/proc/self/status").unwrap();
        text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap().trim().to_owned()
    };
    println!(
        "{rows} rows in {filled:.1?}, slowest commit {slowest:?}, {} MB on disk, {}",
        size(&place) >> 20,
        memory()
    );
    drop(store);
    let begun = Instant::now();
    let store = open(engine, &place);
    println!("opened in {:.2?}", begun.elapsed());
    let begun = Instant::now();
    let mut after: Option<Bytes> = None;
    let mut found = 0;
    loop {
        let page = store.scan(&[0x22], after.as_deref(), 1000).unwrap();
        found += page.len();
        let Some((key, _)) = page.last() else { break };
        after = Some(key.clone());
    }
    println!("{found} rows scanned in {:.2?}", begun.elapsed());
    drop(store);
    std::fs::remove_dir_all(&place).unwrap();
}

fn size(directory: &Path) -> u64 {
    std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            if entry.path().is_dir() { size(&entry.path()) } else { entry.metadata().unwrap().len() }
        })
        .sum()
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |at: usize, default: &str| arguments.get(at).map_or(default, String::as_str).to_owned();
    let directory = argument(0, "./store-rate");
    let (directory, seconds) = (Path::new(&directory), argument(2, "1.5").parse().unwrap());
    let what = argument(3, "rate,cycles,reopen");
    std::fs::create_dir_all(directory).unwrap();
    for engine in argument(1, "journal,redb").split(',') {
        println!("-- {engine}");
        if what.contains("rate") {
            sends_and_receives(engine, directory, seconds);
        }
        if what.contains("cycles") {
            cycles(engine, directory, 10_000_000);
        }
        if what.contains("reopen") {
            reopen(engine, directory, 1_000_000);
        }
    }
}
