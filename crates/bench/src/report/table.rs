//! The table: a heading, then a line per cell as it is measured.

use std::io::Write;

use anyhow::Context;

use super::{PeerRow, Report, Row};

const WIDTHS: [usize; 13] = [5, 6, 7, 9, 5, 8, 8, 8, 7, 7, 7, 7, 6];
const UPPER: [&str; 13] =
    ["", "body", "", "messages", "of", "p50", "p99", "p99.9", "server", "client", "", "bytes", "memory"];
const LOWER: [&str; 13] = [
    "", "bytes", "clients", "a second", "limit", "ms", "ms", "ms", "CPU us", "CPU us", "flushes", "written",
    "MB",
];

/// Lines on stdout, each as soon as it is known.
pub(crate) struct Table {
    is_wanted: bool,
    has_header: bool,
}

impl Table {
    pub(crate) fn new(is_wanted: bool) -> Self {
        Self { is_wanted, has_header: false }
    }

    pub(crate) fn add(&mut self, row: &Row) -> anyhow::Result<()> {
        if !std::mem::replace(&mut self.has_header, true) {
            self.say(&header())?;
        }
        self.say(&line(row))?;
        row.peers.iter().try_for_each(|peer| self.say(&peer_line(peer)))
    }

    /// What is not about a cell.
    pub(crate) fn end(&self, report: &Report) -> anyhow::Result<()> {
        footer(report).iter().try_for_each(|line| self.say(line))
    }

    fn say(&self, line: &str) -> anyhow::Result<()> {
        if !self.is_wanted {
            return Ok(());
        }
        let mut stdout = std::io::stdout().lock();
        writeln!(stdout, "{line}").and_then(|()| stdout.flush()).context("stdout cannot be written")
    }
}

/// The disk and the ciphers.
fn footer(report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(disk) = &report.disk {
        let (p50, p99) = (disk.flush_p50_us, disk.flush_p99_us);
        lines.push(format!("4 KiB written over and flushed: p50 {p50:.0} us, p99 {p99:.0} us"));
    }
    let ciphers: Vec<String> =
        report.crypto.iter().map(|figure| format!("{} {:.2}", figure.what, figure.microseconds)).collect();
    if !ciphers.is_empty() {
        lines.push(format!("us of one core: {}", ciphers.join(", ")));
    }
    lines
}

/// Two lines.
fn header() -> String {
    let lines = [UPPER, LOWER].map(|line| join(&line.map(str::to_owned)));
    lines.join("\n")
}

/// A cell's line.
fn line(row: &Row) -> String {
    join(&[
        row.workload.to_owned(),
        row.size.to_string(),
        row.clients.to_string(),
        grouped(row.messages_per_second),
        optional(row.share(), |share| format!("{share:.2}")),
        format!("{:.2}", row.p50_ms),
        format!("{:.2}", row.p99_ms),
        format!("{:.2}", row.p999_ms),
        optional(row.server_cpu_us, |us| format!("{us:.1}")),
        optional(row.client_cpu_us, |us| format!("{us:.1}")),
        optional(row.flushes_per_message, |flushes| format!("{flushes:.3}")),
        optional(row.written_bytes_per_message, grouped),
        optional(row.server_memory_mb, |megabytes| format!("{megabytes:.0}")),
    ])
}

/// Another system's line under ours; its ratio stands where ours has the share of the limit.
fn peer_line(peer: &PeerRow) -> String {
    let name = format!("  {}", peer.system);
    let rate = grouped(peer.messages_per_second);
    let ratio = format!("{:.2}x", peer.ratio);
    let (p50, p99, p999) = (peer.p50_ms, peer.p99_ms, peer.p999_ms);
    format!("{name:20} {rate:>9} {ratio:>5} {p50:>8.2} {p99:>8.2} {p999:>8.2}")
}

fn optional(value: Option<f64>, show: impl Fn(f64) -> String) -> String {
    value.map_or_else(|| "n/a".to_owned(), show)
}

fn join(fields: &[String; 13]) -> String {
    let padded: Vec<String> = fields
        .iter()
        .zip(WIDTHS)
        .enumerate()
        .map(
            |(index, (field, width))| {
                if index == 0 { format!("{field:width$}") } else { format!("{field:>width$}") }
            },
        )
        .collect();
    padded.join(" ").trim_end().to_owned()
}

/// Thousands apart.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn row() -> Row {
        Row {
            workload: "w1",
            title: "send",
            size: 1024,
            clients: 64,
            messages: 104_700,
            requests: 104_700,
            messages_per_second: 34_901.4,
            runs: vec![34_901.4],
            ceiling_per_second: Some(80_000.0),
            p50_ms: 0.241,
            p99_ms: 1.7,
            p999_ms: 22.333,
            server_cpu_us: Some(12.34),
            client_cpu_us: Some(5.0),
            flushes_per_message: Some(0.0312),
            written_bytes_per_message: Some(1_280.0),
            server_memory_mb: Some(48.2),
            peers: Vec::new(),
        }
    }

    #[test]
    fn the_table() {
        let unknown = Row {
            workload: "w4",
            clients: 1,
            messages_per_second: 912.0,
            ceiling_per_second: None,
            server_cpu_us: None,
            flushes_per_message: None,
            written_bytes_per_message: None,
            server_memory_mb: None,
            ..row()
        };
        let peer = PeerRow {
            system: "PostgreSQL",
            messages_per_second: 13_928.0,
            ratio: 2.506,
            p50_ms: 4.0,
            p99_ms: 13.0,
            p999_ms: 20.125,
        };
        let table = [header(), line(&row()), peer_line(&peer), line(&unknown)].join("\n");
        expect![[r#"
                    body          messages    of      p50      p99    p99.9  server  client           bytes memory
                   bytes clients  a second limit       ms       ms       ms  CPU us  CPU us flushes written     MB
            w1      1024      64    34,901  0.44     0.24     1.70    22.33    12.3     5.0   0.031   1,280     48
              PostgreSQL            13,928 2.51x     4.00    13.00    20.12
            w4      1024       1       912   n/a     0.24     1.70    22.33     n/a     5.0     n/a     n/a    n/a"#]].assert_eq(&table);
    }

    #[test]
    fn thousands() {
        assert_eq!([0.4, 999.0, 1000.0, 1_234_567.8].map(grouped), ["0", "999", "1,000", "1,234,568"]);
    }
}
