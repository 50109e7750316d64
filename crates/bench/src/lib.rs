//! `duologue bench`: load on real servers over real TDS, and what the same machine does without a broker.
//!
//! A workload is a set of clients in a closed loop (`load`), each with a connection that sends encoded requests
//! (`client`). What it reaches is compared with a server that only logs (`ceiling`).

// Its figures are quotients of counts: nothing here is near 2⁵³.
#![allow(clippy::cast_precision_loss)]

mod args;
mod ceiling;
pub mod client;
mod load;
mod measure;
mod peers;
mod report;
mod run;
mod servers;
mod workloads;

use std::process::ExitCode;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

pub use args::BenchArgs;
use report::Report;
use servers::Children;

/// Runs the command. Must be called inside a tokio runtime; the load itself has a thread and a runtime of its own.
pub async fn run(args: BenchArgs) -> anyhow::Result<ExitCode> {
    if let Some(folder) = args.log_server {
        tokio::task::spawn_blocking(move || ceiling::run_server(&folder)).await??;
        return Ok(ExitCode::SUCCESS);
    }
    let children = Children::new();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut load = {
        let children = children.clone();
        tokio::task::spawn_blocking(move || measure(&args, &children))
    };
    let finished = tokio::select! {
        finished = &mut load => finished,
        _ = tokio::signal::ctrl_c() => stop(&children, load).await,
        _ = terminate.recv() => stop(&children, load).await,
    };
    children.end_all();
    finished??;
    Ok(ExitCode::SUCCESS)
}

type Load = tokio::task::JoinHandle<anyhow::Result<()>>;

/// Without servers the load ends by itself.
async fn stop(children: &Children, load: Load) -> Result<anyhow::Result<()>, tokio::task::JoinError> {
    children.end_all();
    load.await.map(|finished| finished.context("interrupted"))
}

fn measure(args: &BenchArgs, children: &Children) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = runtime.block_on(run::run(args, children))?;
    match args.json.as_deref() {
        Some("-") => serde_json::to_writer_pretty(std::io::stdout().lock(), &report)?,
        Some(path) => write(path, &report).with_context(|| format!("cannot write {path}"))?,
        None => {}
    }
    Ok(())
}

fn write(path: &str, report: &Report) -> anyhow::Result<()> {
    Ok(std::fs::write(path, serde_json::to_string_pretty(report)? + "\n")?)
}
