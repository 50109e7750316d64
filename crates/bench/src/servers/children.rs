//! Processes that must not outlive this one.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, bail};

use crate::measure::Process;

/// Children that run; None when no more may be started.
#[derive(Clone)]
pub(crate) struct Children(Arc<Mutex<Option<Vec<Child>>>>);

impl Children {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Some(Vec::new()))))
    }

    /// Starts a process and waits for the line on its stdout that begins with `ready`; what follows that.
    pub(crate) fn start(&self, command: &mut Command, ready: &str) -> anyhow::Result<(Process, String)> {
        let (process, output) = {
            let mut children = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let children = children.as_mut().context("interrupted")?;
            let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
            let output = child.stdout.take().context("stdout is piped")?;
            let process = Process(child.id());
            children.push(child);
            (process, output)
        };
        let mut output = BufReader::new(output);
        let mut line = String::new();
        while output.read_line(&mut line)? > 0 {
            if let Some(rest) = line.trim().strip_prefix(ready) {
                let rest = rest.trim().to_owned();
                // Whatever else it says must not block it.
                std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
                return Ok((process, rest));
            }
            line.clear();
        }
        bail!("a process ended before it was ready")
    }

    /// Ends one of them.
    pub(crate) fn end(&self, process: Process) {
        let mut children = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(children) = children.as_mut() else { return };
        if let Some(index) = children.iter().position(|child| child.id() == process.0) {
            kill(children.swap_remove(index));
        }
    }

    /// Ends all of them; no other can be started any more.
    pub(crate) fn end_all(&self) {
        let children = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        children.into_iter().flatten().for_each(kill);
    }
}

fn kill(mut child: Child) {
    // One that has ended already is as good.
    let _ = child.kill();
    let _ = child.wait();
}
