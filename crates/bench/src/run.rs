//! The run: servers, cells, the ceiling, the report.

use std::num::NonZero;
use std::path::PathBuf;

use anyhow::{Context, bail};
use tempfile::TempDir;

use crate::args::BenchArgs;
use crate::ceiling::{Ceiling, crypto_figures, disk_figures};
use crate::measure::{BlockDevice, Meters, Process};
use crate::peers;
use crate::report::{PeerRow, Progress, Report, Row, Table};
use crate::servers::{Children, OwnServer, ServerOptions};
use crate::workloads::{self, Cell, Measured, Pair, Setting, Workload};

/// A round of the ceiling is that much shorter than a cell.
const CEILING_SHARE: f64 = 0.25;

/// Everything that lives as long as the run. What is needed is started when it is needed first.
struct Run<'a> {
    args: &'a BenchArgs,
    children: &'a Children,
    options: ServerOptions,
    progress: Progress,
    ceiling: Option<Ceiling>,
    single: Option<Single>,
    pair: Option<Pair>,
    // Last: the servers end before their data goes.
    folder: TempDir,
}

/// One server under load.
struct Single {
    setting: Setting,
    _own: Option<OwnServer>,
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
    let mut run = Run { args, children, options, progress, ceiling: None, single: None, pair: None, folder };
    let mut report = run.machine()?;
    let mut table = Table::new(args.json.as_deref() != Some("-"));
    for peer in &args.compare {
        peers::check(peer).await.with_context(|| format!("{peer:?}"))?;
    }
    for cell in args.cells() {
        let row = run.cell(cell).await.with_context(|| describe(cell))?;
        run.progress.clear();
        table.add(&row)?;
        report.cells.push(row);
    }
    table.end(&report)?;
    Ok(report)
}

impl Run<'_> {
    /// What can be said before a server runs.
    fn machine(&mut self) -> anyhow::Result<Report> {
        let args = self.args;
        let mut report = Report {
            version: env!("CARGO_PKG_VERSION"),
            cores: std::thread::available_parallelism().map_or(1, NonZero::get),
            encryption: if args.encrypt { "everything" } else { "login only" },
            store: args.store.clone(),
            seconds: args.seconds,
            queued: args.queued,
            repeat: args.repeat,
            disk: None,
            crypto: Vec::new(),
            cells: Vec::new(),
        };
        if !args.no_ceiling {
            self.progress.show("the disk and the ciphers");
            report.disk = Some(disk_figures(self.folder.path())?);
            report.crypto = crypto_figures(args.sizes.first().copied().unwrap_or(1024))?;
            let mut timing = args.timing()?;
            timing.measured = timing.measured.mul_f64(CEILING_SHARE);
            let ceiling = Ceiling::start(self.children, &self.options, self.folder.path(), timing);
            self.ceiling = Some(ceiling.context("the log server did not start")?);
        }
        Ok(report)
    }

    /// The median run of a cell.
    async fn cell(&mut self, cell: Cell) -> anyhow::Result<Row> {
        let mut runs = Vec::new();
        for number in 1..=self.args.repeat.max(1) {
            self.progress.show(&format!("{}, run {number}", describe(cell)));
            let measured = self.measure(cell).await?;
            runs.push((Row::new(cell, &measured.outcome), measured.shape));
        }
        runs.sort_by(|(one, _), (other, _)| one.messages_per_second.total_cmp(&other.messages_per_second));
        let rates = runs.iter().map(|(row, _)| row.messages_per_second).collect();
        let (mut row, shape) = runs.swap_remove(runs.len() / 2);
        row.runs = rates;
        if let Some(ceiling) = &mut self.ceiling {
            self.progress.show(&format!("{}, the ceiling", describe(cell)));
            let requests = ceiling.rate(cell.clients, shape).await?;
            let Cell { workload, .. } = cell;
            let messages = f64::from(workload.batch()) / f64::from(workload.commits());
            row.ceiling_per_second = Some(requests * messages);
        }
        row.peers = self.peers(cell, row.messages_per_second).await?;
        Ok(row)
    }

    /// The same cell on the other systems.
    async fn peers(&self, cell: Cell, own: f64) -> anyhow::Result<Vec<PeerRow>> {
        let mut rows = Vec::new();
        for peer in &self.args.compare {
            let mut outcomes = Vec::new();
            for number in 1..=self.args.repeat.max(1) {
                self.progress.show(&format!("{}, {}, run {number}", describe(cell), peer.kind.name()));
                let measured = peers::measure(peer, cell, self.args.timing()?).await;
                outcomes.extend(measured.with_context(|| format!("{peer:?}"))?);
            }
            outcomes.sort_by(|one, other| one.rate().total_cmp(&other.rate()));
            let middle = outcomes.len() / 2;
            rows.extend(outcomes.get(middle).map(|outcome| PeerRow::new(peer.kind.name(), outcome, own)));
        }
        Ok(rows)
    }

    async fn measure(&mut self, cell: Cell) -> anyhow::Result<Measured> {
        if cell.workload.is_between_servers() {
            let timing = self.args.timing()?;
            let is_many = cell.workload == Workload::LinksMany;
            let databases = if is_many { self.args.databases.into() } else { 1 };
            return workloads::broker_to_broker(self.pair(databases).await?, databases, timing, cell).await;
        }
        workloads::on_one_server(self.single()?, cell).await
    }

    fn single(&mut self) -> anyhow::Result<&Setting> {
        if self.single.is_none() {
            self.single = Some(self.start_single()?);
        }
        let single = self.single.as_ref().context("it was started")?;
        Ok(&single.setting)
    }

    fn start_single(&self) -> anyhow::Result<Single> {
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
        let (timing, queued) = (self.args.timing()?, self.args.queued);
        Ok(Single { setting: Setting { target, meters, timing, queued }, _own: own })
    }

    /// Two servers, with at least so many databases that send.
    async fn pair(&mut self, databases: usize) -> anyhow::Result<&mut Pair> {
        if self.args.target()?.is_some() {
            bail!("it needs servers whose files it can exchange: leave out --server");
        }
        let pair = match &mut self.pair {
            Some(pair) => pair,
            none => {
                self.progress.show("two servers that trust each other");
                // A server that waits beside them would take memory and wake-ups.
                self.single = None;
                let folder = self.folder.path().join("pair");
                none.insert(Pair::start(self.children, &self.options, &folder).await?)
            }
        };
        pair.have_initiators(databases).await?;
        Ok(pair)
    }
}

fn describe(cell: Cell) -> String {
    let Cell { workload, size, clients } = cell;
    format!("{} ({}), {size} bytes, {clients} clients", workload.name(), workload.title())
}
