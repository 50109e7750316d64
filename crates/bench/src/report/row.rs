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
}

impl Row {
    pub(crate) fn new(cell: Cell, outcome: &Outcome) -> Self {
        let messages = outcome.messages.max(1) as f64;
        let per_message = |count: Option<u64>| count.map(|count| count as f64 / messages);
        let cpu = |time: Option<Duration>| time.map(|time| time.as_secs_f64() * 1e6 / messages);
        let ms = |share| outcome.latency.quantile(share) as f64 / 1e6;
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
            p50_ms: ms(0.5),
            p99_ms: ms(0.99),
            p999_ms: ms(0.999),
            server_cpu_us: cpu(usage.server_cpu),
            client_cpu_us: cpu(usage.client_cpu),
            flushes_per_message: per_message(usage.flushes),
            written_bytes_per_message: per_message(usage.written_bytes),
            server_memory_mb: usage.resident_bytes.map(|bytes| bytes as f64 / f64::from(1 << 20)),
        }
    }

    /// The ceiling's share that was reached.
    pub(crate) fn share(&self) -> Option<f64> {
        Some(self.messages_per_second / self.ceiling_per_second?)
    }
}
