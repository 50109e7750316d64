//! A server that this run starts, on an empty data directory.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::Children;
use crate::client::{Pool, Target};
use crate::measure::Process;

const READY: &str = "duologue: ready, TDS on ";
/// Of instances that live as long as this run.
const PASSWORD: &str = "Bench-Only#1";

/// How servers are started.
#[derive(Clone, Debug)]
pub(crate) struct ServerOptions {
    /// The binary; itself unless another one is to be measured.
    pub(crate) binary: PathBuf,
    /// `[store] engine`; the default engine if absent.
    pub(crate) store: Option<String>,
    pub(crate) encrypt: bool,
}

/// A running server; dropping it ends it.
pub(crate) struct OwnServer {
    pub(crate) target: Target,
    pub(crate) process: Process,
    children: Children,
}

impl OwnServer {
    /// Starts a server with its data in `folder`.
    pub(crate) fn start(children: &Children, options: &ServerOptions, folder: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)?;
        let log = folder.join("server.log");
        let mut command = Command::new(&options.binary);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.join("data"));
        if let Some(engine) = &options.store {
            let config = folder.join("config.toml");
            fs::write(&config, format!("[store]\nengine = '{engine}'\n"))?;
            command.arg("--config").arg(config);
        }
        command.env("DUOLOGUE_SA_PASSWORD", PASSWORD).stderr(File::create(&log)?);
        let (process, address) = children.start(&mut command, READY).with_context(|| {
            let said = fs::read_to_string(&log).unwrap_or_default();
            format!("a server did not start: {}", said.trim())
        })?;
        let target = Target {
            address,
            user: "sa".to_owned(),
            password: PASSWORD.to_owned(),
            encrypt: options.encrypt,
            pool: Pool::default(),
        };
        Ok(Self { target, process, children: children.clone() })
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        self.children.end(self.process);
    }
}
