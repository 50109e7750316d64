//! A server process that dies, stops and comes back on the same data and at the same address.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use aws_lc_rs::digest::{SHA512, digest};
use rustix::process::{Pid, Signal, kill_process};

use crate::client::{Client, Target};

const READY: &str = "duologue: ready, TDS on ";
/// Of instances that live as long as this run.
const PASSWORD: &str = "Torture-Only#1";
/// Linux's unit of processor time, on every architecture there is.
const MILLISECONDS_PER_TICK: u64 = 10;
const POLL: Duration = Duration::from_millis(20);

/// What runs.
#[derive(Clone, Debug)]
pub struct Build {
    /// The binary.
    pub binary: PathBuf,
    /// `[store] engine`; the default engine if absent.
    pub engine: Option<String>,
}

/// A server; dropping it kills it.
pub(crate) struct Server {
    build: Build,
    folder: PathBuf,
    data: PathBuf,
    child: Child,
    pub(crate) target: Target,
    /// What stands before the command: a tracer.
    tracer: Vec<String>,
}

impl Server {
    /// On a new data directory in `folder`.
    pub(crate) fn start(build: &Build, folder: &Path) -> anyhow::Result<Self> {
        Self::start_on(build, folder, &folder.join("data"))
    }

    /// With its data somewhere else.
    pub(crate) fn start_on(build: &Build, folder: &Path, data: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)?;
        let listen = "127.0.0.1:0";
        let (child, address) = spawn(build, folder, data, listen, &[])?;
        let target = Target { address, user: "sa".to_owned(), password: PASSWORD.to_owned() };
        let (build, folder, data) = (build.clone(), folder.to_owned(), data.to_owned());
        let mut server = Self { build, folder, data, child, target, tracer: Vec::new() };
        server.use_quick_login()?;
        Ok(server)
    }

    /// Clients log in again after every round: their time must not go into passwords.
    fn use_quick_login(&mut self) -> anyhow::Result<()> {
        let mut master = Client::open(&self.target, "master")?;
        let hash = quick_hash(PASSWORD);
        master.batch(&format!(
            "CREATE LOGIN torture WITH PASSWORD = {hash} HASHED, CHECK_POLICY = OFF; \
             ALTER SERVER ROLE sysadmin ADD MEMBER torture"
        ))?;
        self.target.user = "torture".to_owned();
        Ok(())
    }

    /// From the next start on the process runs under that command; empty for none.
    pub(crate) fn trace(&mut self, tracer: Vec<String>) {
        self.tracer = tracer;
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill().context("the process exists")?;
        self.child.wait().map(drop).context("the process ends")
    }

    /// Starts again after [`Self::kill`].
    pub(crate) fn restart(&mut self) -> anyhow::Result<()> {
        let address = self.target.address.clone();
        self.child = spawn(&self.build, &self.folder, &self.data, &address, &self.tracer)?.0;
        Ok(())
    }

    /// SIGSTOP and SIGCONT.
    pub(crate) fn suspend(&self, is_suspended: bool) -> anyhow::Result<()> {
        let signal = if is_suspended { Signal::STOP } else { Signal::CONT };
        kill_process(self.pid()?, signal).context("the process exists")
    }

    /// How the process ended; it must do so by itself.
    pub(crate) fn ended(&mut self, within: Duration) -> anyhow::Result<ExitStatus> {
        let started = Instant::now();
        while started.elapsed() < within {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(POLL);
        }
        bail!("the server goes on, and should have stopped")
    }

    pub(crate) fn is_running(&mut self) -> anyhow::Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Bytes of memory in use.
    pub(crate) fn resident_bytes(&self) -> anyhow::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|rest| rest.split_whitespace().next()).context("VmRSS is missing")?;
        Ok(kilobytes.parse::<u64>()? * 1024)
    }

    /// Processor time used so far.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let (_, fields) = stat.rsplit_once(')').context("a process has a name")?;
        let ticks: Option<u64> =
            fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().ok()).sum();
        Ok(Duration::from_millis(ticks.context("no processor time")? * MILLISECONDS_PER_TICK))
    }

    fn pid(&self) -> anyhow::Result<Pid> {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("a process has an id")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // What a tracer traces would outlive it.
        let path = format!("/proc/{0}/task/{0}/children", self.child.id());
        let traced = if self.tracer.is_empty() { None } else { fs::read_to_string(path).ok() };
        for id in traced.iter().flat_map(|ids| ids.split_whitespace()) {
            if let Some(pid) = id.parse().ok().and_then(Pid::from_raw) {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
        // One that has ended already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A password in the form of SQL Server's that is verified at once: `0x0200`, four bytes of salt, and SHA-512 of the
/// password and the salt.
pub(crate) fn quick_hash(password: &str) -> String {
    let salt = [1, 2, 3, 4];
    let text: Vec<u8> = password.encode_utf16().flat_map(u16::to_le_bytes).chain(salt).collect();
    let hash = digest(&SHA512, &text);
    let bytes = [&[2, 0][..], &salt, hash.as_ref()].concat();
    bytes.iter().fold("0x".to_owned(), |text, byte| text + &format!("{byte:02X}"))
}

fn log_path(folder: &Path) -> PathBuf {
    folder.join("server.log")
}

fn spawn(
    build: &Build,
    folder: &Path,
    data: &Path,
    listen: &str,
    tracer: &[String],
) -> anyhow::Result<(Child, String)> {
    let config = folder.join("config.toml");
    let engine = build.engine.iter().map(|engine| format!("[store]\nengine = '{engine}'\n"));
    fs::write(&config, engine.collect::<String>())?;
    let mut words = tracer.iter().map(String::as_str).chain(build.binary.to_str());
    let mut command = Command::new(words.next().context("a command has a name")?);
    command.args(words).args(["serve", "--listen", listen, "--config"]).arg(&config).arg("--data").arg(data);
    command.env("DUOLOGUE_SA_PASSWORD", PASSWORD).env("RUST_BACKTRACE", "1");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log_file(folder)?);
    let mut child = command.spawn().with_context(|| format!("cannot run {}", build.binary.display()))?;
    let mut output = BufReader::new(child.stdout.take().context("stdout is piped")?);
    let mut line = String::new();
    while output.read_line(&mut line)? > 0 {
        if let Some(address) = line.trim().strip_prefix(READY) {
            let address = address.to_owned();
            // Whatever else it says must not block it.
            std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
            return Ok((child, address));
        }
        line.clear();
    }
    let status = child.wait()?;
    let log = fs::read_to_string(log_path(folder)).unwrap_or_default();
    let tail: Vec<&str> = log.lines().rev().take(5).collect();
    bail!("a server did not start ({status}): {}", tail.join(" / "))
}

fn log_file(folder: &Path) -> anyhow::Result<File> {
    Ok(OpenOptions::new().create(true).append(true).open(log_path(folder))?)
}
