//! Golden scripts: batches between GO lines, and comments that tell the runner something.
//!
//! `--! login name` goes on as that login, `--! advance 1500` lets so many milliseconds pass. The output shows every
//! batch's results; batches are separated by a line of dashes.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use crate::normalize::normalize;
use crate::server::{TestServer, TestSession};

const DIRECTIVE: &str = "--!";
const SEPARATOR: &str = "----\n";

/// Runs a script on a fresh instance; returns what it prints.
pub fn run_script(text: &str) -> String {
    let mut runner = Runner { server: TestServer::new(), sessions: BTreeMap::new(), current: "sa".into() };
    let mut printed = String::new();
    for batch in batches(text) {
        printed.push_str(&runner.run(&batch));
        printed.push_str(SEPARATOR);
    }
    normalize(&printed, &mut HashMap::new())
}

struct Runner {
    server: TestServer,
    sessions: BTreeMap<String, TestSession>,
    current: String,
}

impl Runner {
    fn run(&mut self, batch: &str) -> String {
        let mut printed = String::new();
        for line in batch.lines().filter_map(|line| line.trim().strip_prefix(DIRECTIVE)) {
            printed.push_str(&self.direct(line.trim()));
        }
        if batch.lines().all(|line| line.trim().is_empty() || line.trim().starts_with(DIRECTIVE)) {
            return printed;
        }
        if !self.sessions.contains_key(&self.current) {
            match self.server.login(&self.current) {
                Ok(session) => drop(self.sessions.insert(self.current.clone(), session)),
                Err(error) => return format!("{printed}{error}\n"),
            }
        }
        let Some(session) = self.sessions.get_mut(&self.current) else { return printed };
        printed.push_str(&self.server.run(session, batch));
        while !matches!(session.progress, duologue_session::Progress::Done(_)) {
            match session.progress {
                duologue_session::Progress::Waiting { until: Some(_) } => {
                    // Nobody else is there: what it waits for is time.
                    self.server.advance(Duration::from_millis(100));
                }
                duologue_session::Progress::Waiting { until: None } if !self.server.is_ready(session) => {
                    self.server.cancel(session);
                    printed.push_str("<waits for ever>\n");
                    break;
                }
                _ => {}
            }
            printed.push_str(&self.server.go_on(session));
        }
        printed
    }

    fn direct(&mut self, directive: &str) -> String {
        match directive.split_once(' ') {
            Some(("login", name)) => self.current = name.trim().to_owned(),
            Some(("advance", milliseconds)) => {
                let milliseconds = milliseconds.trim().parse().unwrap_or_default();
                self.server.advance(Duration::from_millis(milliseconds));
            }
            _ => return format!("unknown directive: {directive}\n"),
        }
        String::new()
    }
}

/// The texts between GO lines.
fn batches(text: &str) -> Vec<String> {
    let mut batches = vec![String::new()];
    for line in text.lines() {
        if line.trim().eq_ignore_ascii_case("GO") {
            batches.push(String::new());
        } else if let Some(batch) = batches.last_mut() {
            batch.push_str(line);
            batch.push('\n');
        }
    }
    batches.retain(|batch| !batch.trim().is_empty());
    batches
}
