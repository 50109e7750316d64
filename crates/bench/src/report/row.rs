//! A cell's result, per message.

use std::time::Duration;

use serde::Serialize;

use crate::load::Outcome;
use crate::workloads::Cell;

/// What is reported of a cell. What the system does not tell is absent.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) workload: &'static str,
    pub(crate) title: &'static str,
    pub(crate) size: usize,
    pub(crate) clients: usize,
    pub(crate) messages: u64,
    pub(crate) requests: u64,
    pub(crate) messages_per_second: f64,
    /// Of all runs, this one included.
    pub(crate) runs: Vec<f64>,
    pub(crate) ceiling_per_second: Option<f64>,
    /// Of requests, not of messages.
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) p999_ms: f64,
    pub(crate) server_cpu_us: Option<f64>,
    pub(crate) client_cpu_us: Option<f64>,
    pub(crate) flushes_per_message: Option<f64>,
    pub(crate) written_bytes_per_message: Option<f64>,
    pub(crate) server_memory_mb: Option<f64>,
    /// The same work elsewhere.
    pub(crate) peers: Vec<PeerRow>,
}

/// Another system's result of the same cell.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(crate) struct PeerRow {
    pub(crate) system: &'static str,
    pub(crate) messages_per_second: f64,
    /// How many times as many messages Duologue gets through.
    pub(crate) ratio: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) p999_ms: f64,
}

impl PeerRow {
    /// `own` is Duologue's rate.
    pub(crate) fn new(system: &'static str, outcome: &Outcome, own: f64) -> Self {
        let [p50_ms, p99_ms, p999_ms] = milliseconds(outcome);
        let messages_per_second = outcome.rate();
        Self { system, messages_per_second, ratio: own / messages_per_second, p50_ms, p99_ms, p999_ms }
    }
}

fn milliseconds(outcome: &Outcome) -> [f64; 3] {
    [0.5, 0.99, 0.999].map(|share| outcome.latency.quantile(share) as f64 / 1e6)
}

impl Row {
    pub(crate) fn new(cell: Cell, outcome: &Outcome) -> Self {
        let messages = outcome.messages.max(1) as f64;
        let per_message = |count: Option<u64>| count.map(|count| count as f64 / messages);
        let cpu = |time: Option<Duration>| time.map(|time| time.as_secs_f64() * 1e6 / messages);
        let [p50_ms, p99_ms, p999_ms] = milliseconds(outcome);
        let usage = &outcome.usage;
        Self {
            workload: cell.workload.name(),
            title: cell.workload.title(),
            size: cell.size,
            clients: cell.clients,
            messages: outcome.messages,
            requests: outcome.steps,
            messages_per_second: outcome.rate(),
            runs: Vec::new(),
            ceiling_per_second: None,
            p50_ms,
            p99_ms,
            p999_ms,
            server_cpu_us: cpu(usage.server_cpu),
            client_cpu_us: cpu(usage.client_cpu),
            flushes_per_message: per_message(usage.flushes),
            written_bytes_per_message: per_message(usage.written_bytes),
            server_memory_mb: usage.resident_bytes.map(|bytes| bytes as f64 / f64::from(1 << 20)),
            peers: Vec::new(),
        }
    }

    /// The ceiling's share that was reached.
    pub(crate) fn share(&self) -> Option<f64> {
        Some(self.messages_per_second / self.ceiling_per_second?)
    }
}
