//! Blocking specs: several sessions, one line after the other, in virtual time.
//!
//! A line `A: text` runs a batch in session `A`, which logs in as `sa` the first time; lines that are indented belong
//! to it. `A cancel` is an attention, `A close` closes the socket, `advance 1500` lets so many milliseconds pass. A
//! `disk full` leaves the store no room for anything new, `disk free` gives it back. A
//! batch that has to wait prints `<waiting…>`; when it goes on, its output follows the step that let it.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use duologue_session::Progress;

use crate::normalize::normalize;
use crate::server::{TestServer, TestSession};

/// Runs a spec on a fresh instance; returns its transcript.
pub fn run_spec(text: &str) -> String {
    let mut runner = Runner { server: TestServer::new(), sessions: BTreeMap::new(), printed: String::new() };
    for step in steps(text) {
        runner.printed.push_str(&step);
        runner.printed.push('\n');
        runner.step(&step);
        runner.wake();
        runner.close_ended();
    }
    normalize(&runner.printed, &mut HashMap::new())
}

struct Runner {
    server: TestServer,
    sessions: BTreeMap<String, TestSession>,
    printed: String,
}

impl Runner {
    fn step(&mut self, step: &str) {
        if let Some(milliseconds) = step.strip_prefix("advance ") {
            let milliseconds = milliseconds.trim().parse().unwrap_or_default();
            self.server.advance(Duration::from_millis(milliseconds));
        } else if let Some(room) = step.strip_prefix("disk ") {
            self.server.set_room(room.trim() == "free");
        } else if let Some((name, batch)) = step.split_once(':').filter(|(name, _)| !name.contains(' ')) {
            self.run(name, batch);
        } else if let Some((name, "cancel")) = step.split_once(' ') {
            if let Some(session) = self.sessions.get_mut(name) {
                self.server.cancel(session);
            }
        } else if let Some((name, "close")) = step.split_once(' ')
            && let Some(session) = self.sessions.remove(name)
        {
            self.server.close(session);
        } else {
            self.print("runner", "what is this step?\n");
        }
    }

    fn run(&mut self, name: &str, batch: &str) {
        if !self.sessions.contains_key(name) {
            match self.server.login("sa") {
                Ok(session) => drop(self.sessions.insert(name.to_owned(), session)),
                Err(error) => return self.print(name, &format!("{error}\n")),
            }
        }
        let Some(session) = self.sessions.get_mut(name) else { return };
        if matches!(session.progress, Progress::Waiting { .. }) {
            return self.print(name, "it is waiting still\n");
        }
        let printed = self.server.run(session, batch);
        let waits = matches!(session.progress, Progress::Waiting { .. });
        self.print(name, &printed);
        if waits {
            self.print(name, "<waiting…>\n");
        }
    }

    /// Lets sessions go on that were woken, until none is left.
    fn wake(&mut self) {
        loop {
            let ready = self.sessions.iter().find(|(_, session)| self.server.is_ready(session));
            let Some(name) = ready.map(|(name, _)| name.clone()) else { break };
            let Some(session) = self.sessions.get_mut(&name) else { break };
            let printed = self.server.go_on(session);
            let is_done = matches!(session.progress, Progress::Done(_));
            self.print(&name, &printed);
            if is_done {
                self.print(&name, "<done>\n");
            } else if !printed.is_empty() {
                self.print(&name, "<waiting…>\n");
            }
        }
    }

    /// Closes the sockets of sessions that KILL ended; what they held wakes others.
    fn close_ended(&mut self) {
        let ended = |(_, session): &(&String, &TestSession)| self.server.is_ended(session);
        let names: Vec<String> = self.sessions.iter().filter(ended).map(|(name, _)| name.clone()).collect();
        for name in names {
            let Some(session) = self.sessions.remove(&name) else { continue };
            self.server.close(session);
            self.print(&name, "<ended>\n");
            self.wake();
        }
    }

    fn print(&mut self, name: &str, text: &str) {
        for line in text.lines() {
            self.printed.push_str(&format!("  {name}| {line}\n"));
        }
    }
}

/// The steps: a line with the indented lines after it. Comments begin with `#`.
fn steps(text: &str) -> Vec<String> {
    let mut steps: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        match steps.last_mut().filter(|_| line.starts_with(' ')) {
            Some(step) => {
                step.push('\n');
                step.push_str(line);
            }
            None => steps.push(line.to_owned()),
        }
    }
    steps
}
