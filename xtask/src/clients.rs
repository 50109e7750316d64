//! Real clients against the real binary: installs them, starts a server, runs their proofs. See
//! `tests/clients/README.md`.

mod libraries;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, bail, ensure};

use crate::steps::{Tally, root};

const PASSWORD: &str = "Clients#2026";
const READY: &str = "duologue: ready, TDS on ";
const START_WITHIN: Duration = Duration::from_secs(30);

/// What every client must show.
const PROOFS: [&str; 8] =
    ["connect", "version", "parameters", "rollback", "commit", "error", "large", "cancel"];

/// How a client's program is run.
#[derive(Clone, Copy)]
enum Program {
    Python(&'static str),
    Node(&'static str),
    /// An example of the binary's crate.
    Rust(&'static str),
}

const CLIENTS: [(&str, Program); 6] = [
    ("mssql-python", Program::Python("mssql_python_client.py")),
    ("pyodbc", Program::Python("pyodbc_client.py")),
    ("pymssql", Program::Python("pymssql_client.py")),
    ("python-tds", Program::Python("pytds_client.py")),
    ("tedious", Program::Node("tedious_client.js")),
    ("tiberius", Program::Rust("tiberius_client")),
];

/// Runs the clients of those names; none means all.
pub(crate) fn run(names: &[String]) -> Tally {
    let chosen: Vec<_> = CLIENTS
        .into_iter()
        .filter(|(name, _)| names.is_empty() || names.iter().any(|chosen| chosen == name))
        .collect();
    if chosen.len() < names.len() {
        let known: Vec<_> = CLIENTS.iter().map(|(name, _)| *name).collect();
        println!("clients are: {}", known.join(", "));
        return Tally::of(false);
    }
    let server = match build().and_then(|()| Server::start()) {
        Ok(server) => server,
        Err(error) => {
            println!("FAIL server: {error:#}");
            return Tally { passed: 0, failed: chosen.len() * PROOFS.len() };
        }
    };
    let mut tally = Tally::default();
    for (name, program) in chosen {
        tally += prove(&server, name, program);
    }
    tally
}

/// The binary and the client that is ours to build.
fn build() -> anyhow::Result<()> {
    execute(Command::new("cargo").args(["build", "--package", "duologue", "--bins", "--examples"]))
}

/// Runs one client and shows its proofs under its name; a proof it does not mention has failed.
fn prove(server: &Server, name: &str, program: Program) -> Tally {
    let passed = match passed_proofs(server, name, program) {
        Ok(passed) => passed,
        Err(error) => {
            println!("FAIL {name}: {error:#}");
            BTreeSet::new()
        }
    };
    let mut tally = Tally::default();
    for proof in PROOFS {
        let has_passed = passed.contains(proof);
        println!("{} {name}: {proof}", if has_passed { "PASS" } else { "FAIL" });
        tally += Tally::of(has_passed);
    }
    tally
}

fn passed_proofs(server: &Server, name: &str, program: Program) -> anyhow::Result<BTreeSet<String>> {
    let mut command = prepare(program)?;
    let database = format!("Clients_{}", name.replace('-', "_"));
    server.set_up(&database)?;
    let (host, port) = server.address();
    let output = command
        .args([host, port, PASSWORD, &database])
        .current_dir(root())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run the client")?;
    let mut passed = BTreeSet::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        match line.strip_prefix("PASS ") {
            Some(proof) => {
                passed.insert(proof.to_owned());
            }
            None => println!("     {line}"),
        }
    }
    Ok(passed)
}

/// Installs what the program needs and returns the command that runs it.
fn prepare(program: Program) -> anyhow::Result<Command> {
    let sources = root().join("tests/clients");
    Ok(match program {
        Program::Python(file) => {
            let mut command = Command::new(install_python(&sources)?);
            if let Some(folder) = libraries::provide(&downloads()?)? {
                command.env("LD_LIBRARY_PATH", folder);
            }
            command.arg(sources.join(file));
            command
        }
        Program::Node(file) => {
            let modules = install_node(&sources)?;
            let mut command = Command::new("node");
            command.env("NODE_PATH", modules).arg(sources.join(file));
            command
        }
        Program::Rust(example) => Command::new(target_folder()?.join("examples").join(example)),
    })
}

/// A virtual environment with the Python clients; returns its interpreter.
fn install_python(sources: &Path) -> anyhow::Result<PathBuf> {
    let folder = downloads()?.join("python");
    let interpreter = folder.join("bin/python");
    let wanted = sources.join("requirements.txt");
    if !is_installed(&folder, &wanted)? {
        execute(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        execute(Command::new(&interpreter).args(["-m", "pip", "install", "--quiet", "-r"]).arg(&wanted))?;
        mark_installed(&folder, &wanted)?;
    }
    Ok(interpreter)
}

/// The Node clients; returns the folder of their modules.
fn install_node(sources: &Path) -> anyhow::Result<PathBuf> {
    let folder = downloads()?.join("node");
    let wanted = sources.join("package.json");
    if !is_installed(&folder, &wanted)? {
        std::fs::create_dir_all(&folder)?;
        std::fs::copy(&wanted, folder.join("package.json"))?;
        execute(
            Command::new("npm").args(["install", "--silent", "--no-audit", "--no-fund"]).current_dir(&folder),
        )?;
        mark_installed(&folder, &wanted)?;
    }
    Ok(folder.join("node_modules"))
}

/// Where downloads are kept from run to run.
fn downloads() -> anyhow::Result<PathBuf> {
    let folder = root().join("target/clients");
    std::fs::create_dir_all(&folder).context("cannot create target/clients")?;
    Ok(folder)
}

/// A copy of the list that was installed; a changed list is installed again.
fn marker(folder: &Path) -> PathBuf {
    folder.join("installed.txt")
}

fn is_installed(folder: &Path, wanted: &Path) -> anyhow::Result<bool> {
    let wanted = std::fs::read_to_string(wanted)?;
    Ok(std::fs::read_to_string(marker(folder)).is_ok_and(|installed| installed == wanted))
}

fn mark_installed(folder: &Path, wanted: &Path) -> anyhow::Result<()> {
    std::fs::copy(wanted, marker(folder)).map(drop).context("cannot note what was installed")
}

fn execute(command: &mut Command) -> anyhow::Result<()> {
    let status =
        command.status().with_context(|| format!("cannot run {}", command.get_program().display()))?;
    ensure!(status.success(), "{} failed", command.get_program().display());
    Ok(())
}

/// Where cargo puts what it builds with the profile that built this program.
fn target_folder() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe().context("cannot find the target folder")?;
    program.parent().map(PathBuf::from).context("cannot find the target folder")
}

/// A server on a data directory of its own; both go away with this.
struct Server {
    process: Child,
    /// `host:port`.
    address: String,
    _data: tempfile::TempDir,
}

impl Server {
    fn start() -> anyhow::Result<Self> {
        let data = tempfile::tempdir().context("cannot create a data directory")?;
        let mut process = Command::new(target_folder()?.join("duologue"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data.path())
            .env("DUOLOGUE_SA_PASSWORD", PASSWORD)
            // Clients that name an IP address as the server would fill the screen.
            .env("RUST_LOG", "warn,rustls=error")
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start duologue serve")?;
        let output = process.stdout.take().context("the server has no output")?;
        match wait_until_ready(output) {
            Ok(address) => Ok(Self { process, address, _data: data }),
            Err(error) => {
                stop(&mut process);
                Err(error)
            }
        }
    }

    fn address(&self) -> (&str, &str) {
        self.address.rsplit_once(':').unwrap_or((&self.address, "1433"))
    }

    /// Makes a client's database, with our own client.
    fn set_up(&self, database: &str) -> anyhow::Result<()> {
        let (host, port) = self.address();
        let mut command = Command::new(target_folder()?.join("duologue"));
        command
            .args(["sql", "-b", "-U", "sa", "-P", PASSWORD, "-S", &format!("{host},{port}")])
            .args(["-v", &format!("Database={database}"), "-i"])
            .arg(root().join("tests/clients/setup.sql"));
        execute(&mut command).with_context(|| format!("cannot set up {database}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        stop(&mut self.process);
    }
}

/// Ends the process and waits for its end. One that has ended already is what is wanted.
fn stop(process: &mut Child) {
    let _ = process.kill();
    let _ = process.wait();
}

/// Reads the server's output until it says where it listens; the rest is read and dropped, so that it never blocks.
fn wait_until_ready(output: impl Read + Send + 'static) -> anyhow::Result<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some(address) = line.strip_prefix(READY) {
                // Nobody waits any more when the time was over.
                let _ = sender.send(address.trim().to_owned());
            }
        }
    });
    match receiver.recv_timeout(START_WITHIN) {
        Ok(address) => Ok(address),
        Err(mpsc::RecvTimeoutError::Timeout) => bail!("the server was not ready within {START_WITHIN:?}"),
        Err(mpsc::RecvTimeoutError::Disconnected) => bail!("the server ended before it was ready"),
    }
}
