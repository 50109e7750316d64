//! Two servers whose databases trust each other by certificates: full dialog security over TLS.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::database::Database;
use super::text::TARGET;
use crate::client::Connection;
use crate::measure::{BlockDevice, Meters};
use crate::servers::{Children, OwnServer, ServerOptions};

/// LISTENER_PORT takes no port from here on.
const PORT_LIMIT: u16 = 32_767;
const VALIDITY: &str = "START_DATE = '20260101', EXPIRY_DATE = '20361231'";
/// Of master keys and logins that live as long as this run.
const PASSWORD: &str = "Bench-Only#2";

/// Initiators in databases of the near server, their target in the far one.
pub(crate) struct Pair {
    near: OwnServer,
    far: OwnServer,
    pub(super) initiators: Vec<Initiator>,
    pub(super) target: Database,
    folder: PathBuf,
    near_port: u16,
    far_port: u16,
}

/// A service that sends, in a database of its own.
pub(super) struct Initiator {
    pub(super) database: Database,
    pub(super) service: String,
}

impl Pair {
    /// Starts both servers and lets them know each other.
    pub(crate) async fn start(
        children: &Children,
        options: &ServerOptions,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let near = OwnServer::start(children, options, &folder.join("near"))?;
        let far = OwnServer::start(children, options, &folder.join("far"))?;
        let [near_port, far_port] = free_ports()?;
        let target = Database::with_objects(&far.target).await?;
        let folder = folder.to_owned();
        let initiators = Vec::new();
        let pair = Self { near, far, initiators, target, folder, near_port, far_port };
        pair.links().await?;
        pair.target_service().await?;
        Ok(pair)
    }

    /// Sees to it that at least so many databases send.
    pub(crate) async fn have_initiators(&mut self, count: usize) -> anyhow::Result<()> {
        for number in self.initiators.len()..count {
            self.add_initiator(number + 1).await?;
        }
        Ok(())
    }

    /// Of both servers together.
    pub(super) fn meters(&self) -> Meters {
        let servers = vec![self.near.process, self.far.process];
        Meters { servers, device: BlockDevice::of(&self.folder) }
    }

    /// Endpoints, and who may connect to them.
    async fn links(&self) -> anyhow::Result<()> {
        let sides = [
            (&self.near.target, "near", "far", self.near_port),
            (&self.far.target, "far", "near", self.far_port),
        ];
        for (server, name, other, port) in sides {
            let mut master = Connection::open(server, "master").await?;
            for statement in [
                format!("CREATE MASTER KEY ENCRYPTION BY PASSWORD = '{PASSWORD}'"),
                format!("CREATE CERTIFICATE {name}_link WITH SUBJECT = '{name}', {VALIDITY}"),
                format!("BACKUP CERTIFICATE {name}_link TO FILE = '{}'", self.file(&format!("{name}_link"))),
                format!(
                    "CREATE ENDPOINT bench STATE = STARTED AS TCP (LISTENER_PORT = {port}) \
                     FOR SERVICE_BROKER (AUTHENTICATION = CERTIFICATE {name}_link)"
                ),
                format!("CREATE LOGIN {other} WITH PASSWORD = '{PASSWORD}'"),
                format!("CREATE USER {other} FOR LOGIN {other}"),
                format!("GRANT CONNECT ON ENDPOINT::bench TO {other}"),
            ] {
                master.batch(&statement).await?;
            }
        }
        for (server, _, other, _) in sides {
            let mut master = Connection::open(server, "master").await?;
            master.batch(&self.install(&format!("{other}_link"), other)).await?;
        }
        Ok(())
    }

    async fn target_service(&self) -> anyhow::Result<()> {
        let mut target = self.target.connect().await?;
        for statement in self.dialog_certificate("target") {
            target.batch(&statement).await?;
        }
        target.batch(&format!("CREATE SERVICE [{TARGET}] ON QUEUE TargetQueue ([//bench/contract])")).await?;
        Ok(())
    }

    /// A database with a service, which the target's lets send.
    async fn add_initiator(&mut self, number: usize) -> anyhow::Result<()> {
        let service = format!("//bench/initiator/{number}");
        let name = format!("initiator_{number}");
        let database = Database::with_objects(&self.near.target).await?;
        let mut initiator = database.connect().await?;
        for statement in self.dialog_certificate(&name) {
            initiator.batch(&statement).await?;
        }
        for statement in [
            format!("CREATE SERVICE [{service}] ON QUEUE InitiatorQueue ([//bench/contract])"),
            "CREATE USER target WITHOUT LOGIN".to_owned(),
            self.install("target", "target"),
            format!("CREATE REMOTE SERVICE BINDING target TO SERVICE '{TARGET}' WITH USER = target"),
            route("target", TARGET, self.far_port),
        ] {
            initiator.batch(&statement).await?;
        }
        let mut target = self.target.connect().await?;
        for statement in [
            format!("CREATE USER {name} WITHOUT LOGIN"),
            self.install(&name, &name),
            format!("GRANT SEND ON SERVICE::[{TARGET}] TO {name}"),
            route(&name, &service, self.near_port),
        ] {
            target.batch(&statement).await?;
        }
        self.initiators.push(Initiator { database, service });
        Ok(())
    }

    /// The certificate of a service's owner, and its public part in a file.
    fn dialog_certificate(&self, name: &str) -> [String; 3] {
        [
            format!("CREATE MASTER KEY ENCRYPTION BY PASSWORD = '{PASSWORD}'"),
            format!("CREATE CERTIFICATE {name}_own WITH SUBJECT = '{name}', {VALIDITY}"),
            format!("BACKUP CERTIFICATE {name}_own TO FILE = '{}'", self.file(name)),
        ]
    }

    fn install(&self, name: &str, user: &str) -> String {
        format!("CREATE CERTIFICATE {name} AUTHORIZATION {user} FROM FILE = '{}'", self.file(name))
    }

    fn file(&self, name: &str) -> String {
        self.folder.join(format!("{name}.cer")).display().to_string()
    }
}

fn route(name: &str, service: &str, port: u16) -> String {
    format!("CREATE ROUTE {name} WITH SERVICE_NAME = '{service}', ADDRESS = 'TCP://127.0.0.1:{port}'")
}

/// Two ports that LISTENER_PORT takes and nobody listens on.
fn free_ports() -> anyhow::Result<[u16; 2]> {
    let start = 20_000 + u16::try_from(std::process::id() % 10_000).context("below 10,000")?;
    let mut free = (start..PORT_LIMIT).filter(|port| TcpListener::bind(("0.0.0.0", *port)).is_ok());
    match (free.next(), free.next()) {
        (Some(first), Some(second)) => Ok([first, second]),
        _ => bail!("no port is free for the brokers"),
    }
}
