//! What the kernel knows about a process.

use std::fs;
use std::time::Duration;

/// Clock ticks a second of `/proc`: fixed on every Linux that people run.
const TICKS_A_SECOND: u64 = 100;

/// A process by its number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Process(pub(crate) u32);

impl Process {
    pub(crate) fn own() -> Self {
        Self(std::process::id())
    }

    /// CPU time of all its threads, in steps of 10 ms.
    pub(crate) fn cpu(self) -> Option<Duration> {
        cpu(&self.read("stat")?)
    }

    /// Bytes it caused to be written to disks.
    pub(crate) fn written_bytes(self) -> Option<u64> {
        field(&self.read("io")?, "write_bytes:")
    }

    /// Resident memory in bytes.
    pub(crate) fn resident_bytes(self) -> Option<u64> {
        field(&self.read("status")?, "VmRSS:").map(|kilobytes| kilobytes * 1024)
    }

    fn read(self, name: &str) -> Option<String> {
        fs::read_to_string(format!("/proc/{}/{name}", self.0)).ok()
    }
}

/// User and system time of a `stat` line; the name in it may hold blanks and brackets.
fn cpu(stat: &str) -> Option<Duration> {
    let after_name = stat.rsplit_once(')')?.1;
    let mut times = after_name.split_ascii_whitespace().skip(11);
    let ticks = times.next()?.parse::<u64>().ok()? + times.next()?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 1000 / TICKS_A_SECOND))
}

fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_says() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 1 0 0 0 150 50 0 0 20 0 1 0 9 0";
        assert_eq!(cpu(stat), Some(Duration::from_secs(2)));
        assert_eq!(field("rchar: 1\nwrite_bytes: 4096\n", "write_bytes:"), Some(4096));
        assert_eq!(field("VmRSS:\t  20 kB\n", "VmRSS:"), Some(20));
        assert_eq!(field("x: 1\n", "VmRSS:"), None);
    }

    #[test]
    fn this_process_is_there() {
        assert!(Process::own().cpu().is_some());
        assert!(Process::own().resident_bytes().expect("Linux") > 1 << 20);
    }
}
