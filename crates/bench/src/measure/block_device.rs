//! The block device under a folder: how often it was flushed.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Position of the completed flush requests in a device's `stat` (Linux 5.5 and later).
const FLUSHES: usize = 15;

/// A device's counters, if there are any: network and overlay file systems have none.
#[derive(Clone, Debug)]
pub(crate) struct BlockDevice(PathBuf);

impl BlockDevice {
    /// The device that holds `folder`.
    pub(crate) fn of(folder: &Path) -> Option<Self> {
        let (major, minor) = numbers(fs::metadata(folder).ok()?.dev());
        let device = PathBuf::from(format!("/sys/dev/block/{major}:{minor}"));
        // Flushes are the whole disk's, not a partition's.
        let whole = if device.join("partition").exists() { device.join("..") } else { device };
        let device = Self(whole.join("stat"));
        device.flushes().map(|_| device)
    }

    /// Flushes completed since the machine started, whoever asked for them.
    pub(crate) fn flushes(&self) -> Option<u64> {
        fs::read_to_string(&self.0).ok()?.split_ascii_whitespace().nth(FLUSHES)?.parse().ok()
    }
}

/// Major and minor number, as Linux packs them.
fn numbers(device: u64) -> (u64, u64) {
    let major = ((device >> 8) & 0xFFF) | ((device >> 32) & !0xFFF);
    let minor = (device & 0xFF) | ((device >> 12) & 0xFFFF_FF00);
    (major, minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_numbers() {
        assert_eq!(numbers(0xFE00), (254, 0));
        assert_eq!(numbers(0x0010_0801), (8, 0x101));
    }
}
