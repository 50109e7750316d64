//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::Args;

use crate::client::{Pool, Target};
use crate::load::Timing;
use crate::peers::PeerAddress;
use crate::workloads::{Cell, Workload};

/// Measure servers under load, and what the machine would allow.
#[derive(Args)]
pub struct BenchArgs {
    /// Measure a server that runs, as `host,port`; else the command starts servers of its own
    #[arg(long, value_name = "HOST,PORT")]
    server: Option<String>,
    /// Login at the server; it creates and drops databases
    #[arg(long, default_value = "sa", requires = "server")]
    user: String,
    /// Its password
    #[arg(long, env = "DUOLOGUE_SA_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    /// The server's process, if it runs on this machine: for its CPU time, memory and writes
    #[arg(long, value_name = "PID", requires = "server")]
    pub(crate) server_pid: Option<u32>,
    /// Workloads: w1, w1d, w2, w2g, w3s, w3r, w4, w5, w5b, w5m (w5… need servers of its own) [default: all]
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = workload)]
    only: Vec<Workload>,
    /// Bytes of a message's body
    #[arg(long = "size", value_name = "LIST", value_delimiter = ',', default_value = "1024")]
    pub(crate) sizes: Vec<usize>,
    /// Clients with one request at a time each [default: 1,8,64; 1,8 in batches; 100 in w5m; always 1 in w4]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    clients: Vec<usize>,
    /// Messages that are in the queue before w1 to w3 begin, and stay
    #[arg(long, default_value_t = 0)]
    pub(crate) queued: u64,
    /// Databases that send to one in w5m
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) databases: u16,
    /// Seconds that each cell is measured
    #[arg(long, default_value_t = 3.0)]
    pub(crate) seconds: f64,
    /// Seconds before that
    #[arg(long, default_value_t = 0.5)]
    pub(crate) warm_up: f64,
    /// Measure each cell so often and report the run with the median rate
    #[arg(long, default_value_t = 1)]
    pub(crate) repeat: u32,
    /// Encrypt everything that clients send, not only the login
    #[arg(long)]
    pub(crate) encrypt: bool,
    /// `[store] engine` of the servers it starts
    #[arg(long, value_name = "ENGINE", conflicts_with = "server")]
    pub(crate) store: Option<String>,
    /// Start servers from this binary instead of this one
    #[arg(long, value_name = "FILE")]
    pub(crate) binary: Option<PathBuf>,
    /// Where data and the ceiling's log are put meanwhile [default: the folder for temporary files]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Do the same on another system: `postgres=host:port,user,password[,database]` or `redis=host:port[,password]`
    #[arg(long, value_name = "SYSTEM")]
    pub(crate) compare: Vec<PeerAddress>,
    /// Do not measure the ceiling
    #[arg(long)]
    pub(crate) no_ceiling: bool,
    /// Write the results as JSON; `-` is stdout, and the table is left out
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<String>,
    /// Be the ceiling's log server
    #[arg(long, value_name = "DIR", hide = true)]
    pub(crate) log_server: Option<PathBuf>,
}

fn workload(name: &str) -> Result<Workload, String> {
    let found = Workload::ALL.into_iter().find(|workload| workload.name().eq_ignore_ascii_case(name));
    found.ok_or_else(|| {
        let names: Vec<&str> = Workload::ALL.iter().map(|workload| workload.name()).collect();
        format!("the workloads are {}", names.join(", "))
    })
}

impl BenchArgs {
    /// The server that runs already, if one was named.
    pub(crate) fn target(&self) -> anyhow::Result<Option<Target>> {
        let Some(server) = &self.server else { return Ok(None) };
        let (host, port) = server.rsplit_once([',', ':']).unwrap_or((server, "1433"));
        Ok(Some(Target {
            address: format!("{host}:{port}"),
            user: self.user.clone(),
            password: self.password.clone().context("--server needs --password")?,
            encrypt: self.encrypt,
            pool: Pool::default(),
        }))
    }

    pub(crate) fn timing(&self) -> anyhow::Result<Timing> {
        let duration = |seconds, name| Duration::try_from_secs_f64(seconds).with_context(|| name);
        Ok(Timing {
            warm_up: duration(self.warm_up, "--warm-up")?,
            measured: duration(self.seconds, "--seconds")?,
        })
    }

    /// Everything to measure, in the order of the workloads.
    pub(crate) fn cells(&self) -> Vec<Cell> {
        let wanted = |workload: &Workload| match self.only.as_slice() {
            [] => self.server.is_none() || !workload.is_between_servers(),
            only => only.contains(workload),
        };
        let mut cells = Vec::new();
        for workload in Workload::ALL.into_iter().filter(wanted) {
            for &size in &self.sizes {
                let clients = self.clients_of(workload).iter();
                cells.extend(clients.map(|&clients| Cell { workload, size, clients }));
            }
        }
        cells
    }

    fn clients_of(&self, workload: Workload) -> &[usize] {
        if self.clients.is_empty() || workload == Workload::RoundTrip {
            workload.default_clients()
        } else {
            &self.clients
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct CommandLine {
        #[command(flatten)]
        args: BenchArgs,
    }

    fn parse(arguments: &[&str]) -> Result<BenchArgs, clap::Error> {
        CommandLine::try_parse_from([&["bench"], arguments].concat()).map(|parsed| parsed.args)
    }

    #[test]
    fn cells_are_the_product() {
        let args = parse(&["--only", "w4,W1", "--size", "100,1024", "--clients", "1,64"]).expect("arguments");
        let cells: Vec<_> =
            args.cells().iter().map(|cell| (cell.workload.name(), cell.size, cell.clients)).collect();
        let expected = [("w1", 100, 1), ("w1", 100, 64), ("w1", 1024, 1), ("w1", 1024, 64)];
        assert_eq!(cells[..4], expected);
        assert_eq!(cells[4..], [("w4", 100, 1), ("w4", 1024, 1)]);
    }

    #[test]
    fn mistakes_are_told() {
        assert!(parse(&["--only", "w9"]).map(drop).expect_err("unknown").to_string().contains("w1d"));
        assert!(parse(&["--server", "h", "--store", "x"]).is_err());
        let args = parse(&["--server", "h,1500", "--password", "p"]).expect("arguments");
        assert_eq!(args.target().expect("a password").expect("a server").address, "h:1500");
        assert!(parse(&["--seconds", "-1"]).map_or(true, |args| args.timing().is_err()));
    }
}
