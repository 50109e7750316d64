//! How long things took, and what they cost.

mod block_device;
mod histogram;
mod meters;
mod process;

pub(crate) use block_device::BlockDevice;
pub(crate) use histogram::Histogram;
pub(crate) use meters::{Meters, Usage};
pub(crate) use process::Process;
