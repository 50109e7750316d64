//! A server process, and scripts sent to it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub(crate) const SA_PASSWORD: &str = "Acceptance#1";

/// A running `duologue serve`. Dropping it kills it.
pub(crate) struct Server {
    child: Child,
    data: PathBuf,
    /// `host,port` as `duologue sql -S` takes it.
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start(data: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_duologue"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .env("DUOLOGUE_SA_PASSWORD", SA_PASSWORD)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log_file(data))
            .spawn()
            .expect("the binary starts");
        let mut output = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let address = ready_address(&mut output);
        // Whatever else it prints must not block it.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        Self { child, data: data.to_owned(), address }
    }

    /// `kill -9`, and start again on the same data.
    pub(crate) fn kill_and_restart(&mut self) {
        self.kill();
        *self = Self::start(&self.data.clone());
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("the process exists");
        self.child.wait().expect("the process ends");
    }

    /// Runs T-SQL as `sa` and returns its rows: cells separated by `|`, no header.
    pub(crate) fn query(&self, database: &str, text: &str) -> Vec<String> {
        let outcome = self.client("sa", SA_PASSWORD, &["-d", database, "-Q", text]);
        outcome.expect_success().lines().map(str::to_owned).filter(|line| !line.is_empty()).collect()
    }

    /// Runs the client with the options that make its output easy to read.
    pub(crate) fn client(&self, user: &str, password: &str, arguments: &[&str]) -> Outcome {
        let output = Command::new(env!("CARGO_BIN_EXE_duologue"))
            .args(["sql", "-S", &self.address, "-U", user, "-P", password, "-b", "-W", "-s", "|", "-h", "-1"])
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("the client runs");
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        Outcome { succeeded: output.status.success(), text }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the client printed, and whether it was content.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) succeeded: bool,
    pub(crate) text: String,
}

impl Outcome {
    #[track_caller]
    pub(crate) fn expect_success(self) -> String {
        assert!(self.succeeded, "{}", self.text);
        without_row_counts(&self.text)
    }
}

fn without_row_counts(text: &str) -> String {
    let is_count = |line: &&str| line.trim_end().ends_with(" affected)") || line.starts_with("Changed ");
    text.lines().filter(|line| !is_count(line)).map(|line| format!("{line}\n")).collect()
}

fn ready_address(output: &mut impl BufRead) -> String {
    let mut line = String::new();
    while output.read_line(&mut line).expect("stdout is readable") > 0 {
        if let Some(address) = line.trim().strip_prefix("duologue: ready, TDS on ") {
            return address.replace(':', ",");
        }
        line.clear();
    }
    panic!("the server ended before it was ready");
}

fn log_file(data: &Path) -> Stdio {
    let path = data.with_extension("log");
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path).expect("a log file");
    Stdio::from(file)
}
