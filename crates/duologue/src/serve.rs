//! `duologue serve`: a server until it is told to stop.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use duologue_server::{Config, LogFormat, Running, Secret, Server, StartError, exit_code};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// What is logged unless RUST_LOG says otherwise.
const LOG_FILTER: &str = "info,rustls=error";
/// Where the password of `sa` may stand; the first one counts.
const PASSWORD_VARIABLES: [&str; 2] = ["DUOLOGUE_SA_PASSWORD", "MSSQL_SA_PASSWORD"];

const EXIT_CODES: &str = "\
The password of sa in a new instance is taken from DUOLOGUE_SA_PASSWORD or MSSQL_SA_PASSWORD, else generated and
printed once. RUST_LOG sets what is logged.

Exit codes:
  0  stopped by SIGTERM or Ctrl-C
  1  the command line or the configuration file is wrong
  2  the data directory cannot be used
  3  the TDS address cannot be listened on
  4  the store failed while the server ran; nothing that was acknowledged is lost";

/// Run a server.
#[derive(Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct ServeArgs {
    /// Folder of the instance, made if it does not exist [default: ./duologue-data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where clients connect; port 0 takes a free one [default: 127.0.0.1:1433]
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<String>,
    /// A configuration file in TOML; options given here override it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(crate) async fn run(args: ServeArgs) -> anyhow::Result<ExitCode> {
    let config = match config(args) {
        Ok(config) => config,
        Err(error) => return Ok(refused(&error)),
    };
    start_log(config.log_format, LOG_FILTER);
    let mut stop = Stop::new()?;
    let running = tokio::select! {
        started = Server::start(config) => started,
        () = stop.requested() => return Ok(ExitCode::from(exit_code::OK)),
    };
    match running {
        Ok(running) => serve(running, stop).await,
        Err(error) => Ok(refused(&error)),
    }
}

fn config(args: ServeArgs) -> Result<Config, StartError> {
    let mut config = match &args.config {
        Some(path) => Config::from_file(path)?,
        None => Config::default(),
    };
    config.data_directory = args.data.unwrap_or(config.data_directory);
    config.listen = args.listen.unwrap_or(config.listen);
    let given = PASSWORD_VARIABLES.iter().find_map(|name| std::env::var(name).ok());
    config.sa_password = given.filter(|password| !password.is_empty()).map(Secret::new);
    Ok(config)
}

async fn serve(running: Running, mut stop: Stop) -> anyhow::Result<ExitCode> {
    if let Some(password) = &running.generated_sa_password {
        say(&format!("duologue: the password of sa is {} (shown only now)", password.expose()))?;
    }
    say(&format!("duologue: ready, TDS on {}", running.tds_address))?;
    let exit_code = tokio::select! {
        () = stop.requested() => {
            tracing::info!("stopping");
            exit_code::OK
        }
        // The log says why.
        _ = running.failed() => exit_code::STORE,
    };
    running.shutdown().await;
    Ok(ExitCode::from(exit_code))
}

/// A line on stdout, for people and for programs that wait for it.
pub(crate) fn say(line: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}").and_then(|()| stdout.flush()).context("stdout cannot be written")
}

fn refused(error: &StartError) -> ExitCode {
    report(&error.to_string());
    ExitCode::from(error.exit_code())
}

#[allow(clippy::print_stderr)]
fn report(problem: &str) {
    eprintln!("duologue: {problem}");
}

/// Logs to stderr; RUST_LOG overrides the filter.
pub(crate) fn start_log(format: LogFormat, filter: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(filter));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let log = log.with_ansi(std::io::stderr().is_terminal());
    match format {
        LogFormat::Text => log.with_target(false).init(),
        LogFormat::Json => log.json().init(),
    }
}

/// SIGTERM and Ctrl-C.
pub(crate) struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    /// From now on the signals do not end the process by themselves.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("signals cannot be received");
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    /// Waits until one of them comes.
    pub(crate) async fn requested(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
