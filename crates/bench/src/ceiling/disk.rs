//! The disk alone: how long one durable write takes.

use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::log::zeroed;
use crate::measure::Histogram;

const BLOCK: usize = 4096;
const DURATION: Duration = Duration::from_millis(1000);

/// 4 KiB over a block that is on the disk already, and a flush.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct DiskFigures {
    pub(crate) flush_p50_us: f64,
    pub(crate) flush_p99_us: f64,
}

/// Writes and flushes for a second.
pub(crate) fn measure(folder: &Path) -> anyhow::Result<DiskFigures> {
    let path = folder.join("flush.test");
    let file = zeroed(&path)?;
    let block = vec![7; BLOCK];
    let mut times = Histogram::default();
    let begin = Instant::now();
    let mut position = 0;
    while begin.elapsed() < DURATION {
        let started = Instant::now();
        file.write_all_at(&block, position)?;
        file.sync_data()?;
        times.record(u64::try_from(started.elapsed().as_nanos())?);
        position = (position + BLOCK as u64) % (32 << 20);
    }
    std::fs::remove_file(path)?;
    let microseconds = |share| times.quantile(share) as f64 / 1000.0;
    Ok(DiskFigures { flush_p50_us: microseconds(0.5), flush_p99_us: microseconds(0.99) })
}
