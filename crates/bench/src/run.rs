//! The run: servers, cells, the ceiling, the report.

use std::io::{IsTerminal, Write};
use std::num::NonZero;
use std::path::PathBuf;
use std::rc::Rc;

use anyhow::Context;
use tempfile::TempDir;

use crate::args::BenchArgs;
use crate::ceiling::{Ceiling, crypto_figures, disk_figures};
use crate::measure::{BlockDevice, Meters, Process};
use crate::report::{Report, Row, header, line};
use crate::servers::{Children, OwnServer, ServerOptions};
use crate::workloads::{self, Cell, Setting, Workload};

/// The ceiling is measured that much shorter than the cells.
const CEILING_SHARE: f64 = 0.5;
/// Durable writes that a round trip waits for one after the other.
const ROUND_TRIP_COMMITS: f64 = 3.0;

/// Everything that lives as long as the run.
struct Run<'a> {
    args: &'a BenchArgs,
    children: &'a Children,
    options: ServerOptions,
    folder: TempDir,
    ceiling: Option<Ceiling>,
    progress: Progress,
}

/// Measures everything that was asked for.
pub(crate) async fn run(args: &BenchArgs, children: &Children) -> anyhow::Result<Report> {
    let folder = match &args.data_dir {
        Some(parent) => tempfile::tempdir_in(parent),
        None => tempfile::tempdir(),
    };
    let folder = folder.context("no folder can be made for the data")?;
    let binary = args.binary.clone().map_or_else(std::env::current_exe, Ok::<PathBuf, _>)?;
    let options = ServerOptions { binary, store: args.store.clone(), encrypt: args.encrypt };
    let progress = Progress::new();
    let mut run = Run { args, children, options, folder, ceiling: None, progress };
    let mut report = run.machine()?;
    run.start_ceiling()?;
    run.one_server(&mut report).await?;
    run.progress.clear();
    Ok(report)
}

impl Run<'_> {
    /// What can be said before a server runs.
    fn machine(&self) -> anyhow::Result<Report> {
        let args = self.args;
        let mut report = Report {
            version: env!("CARGO_PKG_VERSION"),
            cores: std::thread::available_parallelism().map_or(1, NonZero::get),
            encryption: if args.encrypt { "everything" } else { "login only" },
            store: args.store.clone(),
            seconds: args.seconds,
            repeat: args.repeat,
            disk: None,
            crypto: Vec::new(),
            cells: Vec::new(),
        };
        if !args.no_ceiling {
            self.progress.show("the disk and the ciphers");
            report.disk = Some(disk_figures(self.folder.path())?);
            report.crypto = crypto_figures(args.sizes.first().copied().unwrap_or(1024))?;
        }
        Ok(report)
    }

    fn start_ceiling(&mut self) -> anyhow::Result<()> {
        if !self.args.no_ceiling {
            let mut timing = self.args.timing()?;
            timing.measured = timing.measured.mul_f64(CEILING_SHARE);
            let ceiling = Ceiling::start(self.children, &self.options, self.folder.path(), timing);
            self.ceiling = Some(ceiling.context("the log server did not start")?);
        }
        Ok(())
    }

    /// The cells that need one server.
    async fn one_server(&mut self, report: &mut Report) -> anyhow::Result<()> {
        let mut own = None;
        let target = match self.args.target()? {
            Some(target) => target,
            None => {
                let folder = self.folder.path().join("server");
                own.insert(OwnServer::start(self.children, &self.options, &folder)?).target.clone()
            }
        };
        let process = own.as_ref().map(|own| own.process).or(self.args.server_pid.map(Process));
        let meters =
            Meters { servers: process.into_iter().collect(), device: BlockDevice::of(self.folder.path()) };
        let setting = Rc::new(Setting { target, meters, timing: self.args.timing()? });
        let is_table = self.args.json.as_deref() != Some("-");
        for (index, cell) in self.args.cells().into_iter().enumerate() {
            let row = self.cell(&setting, cell).await.with_context(|| describe(cell))?;
            if is_table {
                self.progress.clear();
                if index == 0 {
                    say(&header())?;
                }
                say(&line(&row))?;
            }
            report.cells.push(row);
        }
        Ok(())
    }

    /// The median run of a cell.
    async fn cell(&mut self, setting: &Rc<Setting>, cell: Cell) -> anyhow::Result<Row> {
        let mut runs = Vec::new();
        for number in 1..=self.args.repeat.max(1) {
            self.progress.show(&format!("{}, run {number}", describe(cell)));
            let measured = workloads::run(setting, cell).await?;
            runs.push((Row::new(cell, &measured.outcome), measured.shape));
        }
        runs.sort_by(|(one, _), (other, _)| one.messages_per_second.total_cmp(&other.messages_per_second));
        let rates = runs.iter().map(|(row, _)| row.messages_per_second).collect();
        let (mut row, shape) = runs.swap_remove(runs.len() / 2);
        row.runs = rates;
        if let Some(ceiling) = &mut self.ceiling {
            self.progress.show(&format!("{}, the ceiling", describe(cell)));
            let requests = ceiling.rate(cell.clients, shape).await?;
            row.ceiling_per_second = Some(requests * messages_per_request(cell.workload));
        }
        Ok(row)
    }
}

fn messages_per_request(workload: Workload) -> f64 {
    match workload {
        Workload::RoundTrip => 1.0 / ROUND_TRIP_COMMITS,
        other => other.batch().into(),
    }
}

fn describe(cell: Cell) -> String {
    let Cell { workload, size, clients } = cell;
    format!("{} ({}), {size} bytes, {clients} clients", workload.name(), workload.title())
}

/// A line of the table, at once.
fn say(line: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}").and_then(|()| stdout.flush()).context("stdout cannot be written")
}

/// What is going on, on a terminal's last line.
struct Progress {
    is_terminal: bool,
}

impl Progress {
    fn new() -> Self {
        Self { is_terminal: std::io::stderr().is_terminal() }
    }

    fn show(&self, what: &str) {
        self.write(&format!("\r\x1b[K{what} …"));
    }

    fn clear(&self) {
        self.write("\r\x1b[K");
    }

    fn write(&self, text: &str) {
        if self.is_terminal {
            let mut stderr = std::io::stderr().lock();
            // Without a terminal there is nobody to tell.
            let _ = write!(stderr, "{text}").and_then(|()| stderr.flush());
        }
    }
}
