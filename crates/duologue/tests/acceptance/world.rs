//! Two servers, a folder both can read and write, and the variables of the scripts.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::process::{SA_PASSWORD, Server};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/demo/scripts");

/// Which server a step runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Side {
    Source,
    Target,
}

pub(crate) struct World {
    folder: tempfile::TempDir,
    pub(crate) source: Server,
    pub(crate) target: Server,
    source_port: u16,
    target_port: u16,
    source_broker: String,
    target_broker: String,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("exchange")).expect("a new folder");
        let source = Server::start(&folder.path().join("source"));
        let target = Server::start(&folder.path().join("target"));
        let (source_port, target_port) = free_ports();
        Self {
            folder,
            source,
            target,
            source_port,
            target_port,
            source_broker: String::new(),
            target_broker: String::new(),
        }
    }

    pub(crate) fn exchange(&self) -> std::path::PathBuf {
        self.folder.path().join("exchange")
    }

    /// Where the brokers listen: the source's, the target's.
    pub(crate) fn broker_ports(&self) -> (u16, u16) {
        (self.source_port, self.target_port)
    }

    pub(crate) fn server(&self, side: Side) -> &Server {
        match side {
            Side::Source => &self.source,
            Side::Target => &self.target,
        }
    }

    /// Kills both servers with signal 9 and starts them again.
    pub(crate) fn kill_both(&mut self) {
        self.source.kill_and_restart();
        self.target.kill_and_restart();
    }

    /// Steps 2 to 5 as they are.
    pub(crate) fn configure(&mut self) {
        for step in STEPS {
            self.step(step, |text| text);
        }
    }

    /// One script, possibly changed, as the login that it names.
    pub(crate) fn step(&mut self, step: &Step, change: impl FnOnce(String) -> String) -> String {
        let text =
            std::fs::read_to_string(Path::new(SCRIPTS).join(step.script)).expect("the script is there");
        let output = self.run(step, &change(text)).expect_success();
        if step.script == "source-3.sql" {
            self.source_broker = identifier(&output);
        }
        if step.script == "target-3-as-user.sql" {
            self.target_broker = identifier(&output);
        }
        output
    }

    /// Runs a text in a step's place.
    pub(crate) fn run(&self, step: &Step, text: &str) -> crate::process::Outcome {
        let file = self.folder.path().join("script.sql");
        std::fs::write(&file, text).expect("the script can be written");
        let variables = [
            format!("Exchange={}", self.exchange().display()),
            "SourceHost=127.0.0.1".to_owned(),
            format!("SourcePort={}", self.source_port),
            "TargetHost=127.0.0.1".to_owned(),
            format!("TargetPort={}", self.target_port),
            format!("SourceBroker={}", self.source_broker),
            format!("TargetBroker={}", self.target_broker),
        ];
        let mut arguments = vec!["-i", file.to_str().expect("temporary paths are text")];
        for variable in &variables {
            arguments.extend(["-v", variable]);
        }
        self.server(step.side).client(step.user, step.password, &arguments)
    }
}

/// A row of the table in the scripts' README.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) script: &'static str,
    pub(crate) side: Side,
    pub(crate) user: &'static str,
    pub(crate) password: &'static str,
}

const fn sa(script: &'static str, side: Side) -> Step {
    Step { script, side, user: "sa", password: SA_PASSWORD }
}

pub(crate) const STEPS: &[Step] = &[
    sa("source-2.sql", Side::Source),
    sa("target-2.sql", Side::Target),
    sa("source-3.sql", Side::Source),
    sa("target-3.sql", Side::Target),
    Step {
        script: "target-3-as-user.sql",
        side: Side::Target,
        user: "EnTargetLogin",
        password: "Tgt-Login#1",
    },
    sa("source-4.sql", Side::Source),
    sa("target-4.sql", Side::Target),
    sa("source-5.sql", Side::Source),
    sa("target-5.sql", Side::Target),
    Step {
        script: "source-5-as-user.sql",
        side: Side::Source,
        user: "EnSourceLogin",
        password: "Src-Login#1",
    },
];

pub(crate) const EVENT: Step = sa("source-event.sql", Side::Source);
pub(crate) const RECEIVE: Step = sa("target-receive.sql", Side::Target);

/// Asks until the answer is there; a server that never gives it fails the test.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "{what}: not within a minute");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The broker identifier that a script printed.
fn identifier(output: &str) -> String {
    let is_guid = |line: &&str| line.len() == 36 && line.matches('-').count() == 4;
    output
        .lines()
        .map(str::trim)
        .find(is_guid)
        .unwrap_or_else(|| panic!("no identifier in {output}"))
        .to_owned()
}

/// Two ports in the range that LISTENER_PORT takes and that nobody listens on.
fn free_ports() -> (u16, u16) {
    let start = 20_000 + (RandomState::new().hash_one(std::process::id()) % 10_000) as u16;
    let mut free = (start..32_000).filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    (free.next().expect("a free port"), free.next().expect("a second free port"))
}
