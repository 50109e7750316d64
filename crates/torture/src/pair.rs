//! Two servers whose services trust each other by certificates, with a proxy on either way between their brokers.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::client::Client;
use crate::proxy::Proxy;
use crate::server::{Build, Server};

/// LISTENER_PORT takes no port from here on.
const PORT_LIMIT: u16 = 32_767;
const VALIDITY: &str = "START_DATE = '20260101', EXPIRY_DATE = '20361231'";
/// Of master keys and logins that live as long as this run.
const PASSWORD: &str = "Torture-Only#2";

pub(crate) const DATABASE: &str = "Torture";
/// The services of the two sides.
pub(crate) const SERVICES: [&str; 2] = ["//torture/near", "//torture/far"];
/// The queue of either side's service.
pub(crate) const QUEUE: &str = "ServiceQueue";

/// `near` sends, `far` receives.
pub(crate) struct Pair {
    pub(crate) near: Server,
    pub(crate) far: Server,
    /// To the far broker, to the near one.
    pub(crate) links: [Proxy; 2],
    folder: PathBuf,
}

impl Pair {
    /// Starts both servers and lets them know each other.
    pub(crate) fn start(build: &Build, folder: &Path) -> anyhow::Result<Self> {
        Self::start_on(build, folder, folder)
    }

    /// With their data somewhere else.
    pub(crate) fn start_on(build: &Build, folder: &Path, disk: &Path) -> anyhow::Result<Self> {
        let near = Server::start_on(build, &folder.join("near"), &disk.join("near/data"))?;
        let far = Server::start_on(build, &folder.join("far"), &disk.join("far/data"))?;
        let [near_port, far_port] = free_ports()?;
        let links = [Proxy::start(far_port)?, Proxy::start(near_port)?];
        let pair = Self { near, far, links, folder: folder.to_owned() };
        pair.connect_brokers([near_port, far_port])?;
        pair.connect_services()?;
        Ok(pair)
    }

    /// Where messages are, for whoever has to find out why they don't move.
    pub(crate) fn state(&self) -> String {
        let state = || -> anyhow::Result<String> {
            let mut near = Client::open(&self.near.target, DATABASE)?;
            let mut far = Client::open(&self.far.target, DATABASE)?;
            let waiting = near.integer("SELECT COUNT(*) FROM sys.transmission_queue")?;
            let acknowledging = far.integer("SELECT COUNT(*) FROM sys.transmission_queue")?;
            let queued = far.integer(&format!("SELECT COUNT(*) FROM {QUEUE}"))?;
            let status = near.batch("SELECT TOP (1) transmission_status FROM sys.transmission_queue")?;
            let status = if status.rows() > 0 { status.text(0, 0) } else { String::new() };
            Ok(format!(
                "{waiting} messages wait in the near server ('{status}'), {acknowledging} in the far one; \
                 {queued} are queued there"
            ))
        };
        state().unwrap_or_else(|error| format!("a server does not answer: {error:#}"))
    }

    fn servers(&self) -> [&Server; 2] {
        [&self.near, &self.far]
    }

    /// Endpoints, and who may connect to them.
    fn connect_brokers(&self, ports: [u16; 2]) -> anyhow::Result<()> {
        let mut masters = Vec::new();
        for (side, server) in self.servers().into_iter().enumerate() {
            let mut master = Client::open(&server.target, "master")?;
            let (own, other, port) = (name(side), name(1 - side), ports[side]);
            for statement in [
                format!("CREATE MASTER KEY ENCRYPTION BY PASSWORD = '{PASSWORD}'"),
                format!("CREATE CERTIFICATE {own}_link WITH SUBJECT = '{own}', {VALIDITY}"),
                format!("BACKUP CERTIFICATE {own}_link TO FILE = '{}'", self.file(&format!("{own}_link"))),
                format!(
                    "CREATE ENDPOINT torture STATE = STARTED AS TCP (LISTENER_PORT = {port}) \
                     FOR SERVICE_BROKER (AUTHENTICATION = CERTIFICATE {own}_link)"
                ),
                format!("CREATE LOGIN {other} WITH PASSWORD = '{PASSWORD}'"),
                format!("CREATE USER {other} FOR LOGIN {other}"),
                format!("GRANT CONNECT ON ENDPOINT::torture TO {other}"),
                format!("CREATE DATABASE {DATABASE}"),
            ] {
                master.batch(&statement)?;
            }
            masters.push(master);
        }
        for (side, master) in masters.iter_mut().enumerate() {
            master.batch(&self.install(&format!("{}_link", name(1 - side)), name(1 - side)))?;
        }
        Ok(())
    }

    fn connect_services(&self) -> anyhow::Result<()> {
        for (side, server) in self.servers().into_iter().enumerate() {
            let mut client = Client::open(&server.target, DATABASE)?;
            let (own, service) = (name(side), SERVICES[side]);
            for statement in [
                format!("CREATE MASTER KEY ENCRYPTION BY PASSWORD = '{PASSWORD}'"),
                format!("CREATE CERTIFICATE {own}_own WITH SUBJECT = '{own}', {VALIDITY}"),
                format!("BACKUP CERTIFICATE {own}_own TO FILE = '{}'", self.file(own)),
                "CREATE MESSAGE TYPE [//torture/message] VALIDATION = NONE".to_owned(),
                "CREATE CONTRACT [//torture/contract] ([//torture/message] SENT BY ANY)".to_owned(),
                format!("CREATE QUEUE {QUEUE} WITH POISON_MESSAGE_HANDLING (STATUS = OFF)"),
                format!("CREATE SERVICE [{service}] ON QUEUE {QUEUE} ([//torture/contract])"),
            ] {
                client.batch(&statement)?;
            }
        }
        for (side, server) in self.servers().into_iter().enumerate() {
            let mut client = Client::open(&server.target, DATABASE)?;
            let (other, own_service, other_service) = (name(1 - side), SERVICES[side], SERVICES[1 - side]);
            for statement in [
                format!("CREATE USER {other} WITHOUT LOGIN"),
                self.install(other, other),
                format!("GRANT SEND ON SERVICE::[{own_service}] TO {other}"),
                format!(
                    "CREATE REMOTE SERVICE BINDING {other} TO SERVICE '{other_service}' WITH USER = {other}"
                ),
                format!(
                    "CREATE ROUTE {other} WITH SERVICE_NAME = '{other_service}', ADDRESS = 'TCP://127.0.0.1:{}'",
                    self.links[side].port
                ),
            ] {
                client.batch(&statement)?;
            }
        }
        Ok(())
    }

    fn install(&self, certificate: &str, user: &str) -> String {
        format!(
            "CREATE CERTIFICATE {certificate} AUTHORIZATION {user} FROM FILE = '{}'",
            self.file(certificate)
        )
    }

    fn file(&self, name: &str) -> String {
        self.folder.join(format!("{name}.cer")).display().to_string()
    }
}

fn name(side: usize) -> &'static str {
    ["near", "far"][side]
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
