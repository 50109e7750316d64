//! Results for people and for machines.

mod progress;
mod row;
mod table;

use serde::Serialize;

use crate::ceiling::{CryptoFigure, DiskFigures};

pub(crate) use progress::Progress;
pub(crate) use row::{PeerRow, Row};
pub(crate) use table::Table;

/// Everything that a run found out.
#[derive(Serialize)]
pub(crate) struct Report {
    pub(crate) version: &'static str,
    pub(crate) cores: usize,
    pub(crate) encryption: &'static str,
    pub(crate) store: Option<String>,
    pub(crate) seconds: f64,
    /// Messages in the queue all the time.
    pub(crate) queued: u64,
    pub(crate) repeat: u32,
    pub(crate) disk: Option<DiskFigures>,
    pub(crate) crypto: Vec<CryptoFigure>,
    pub(crate) cells: Vec<Row>,
}
