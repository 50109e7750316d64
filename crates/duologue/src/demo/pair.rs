//! Two servers, and clients of theirs.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use anyhow::Context;
use duologue_server::{Config, Running, Server};
use tempfile::TempDir;
use tiberius::{AuthMethod, ColumnData, EncryptionLevel};
use tokio::net::TcpStream;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};

use super::script::Variables;
use super::steps::Login;

const HOST: &str = "127.0.0.1";
/// LISTENER_PORT takes no port from here on.
const PORT_LIMIT: u16 = 32_767;

/// Which of the two servers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Source,
    Target,
}

impl Side {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Target => "target",
        }
    }
}

/// Both servers.
pub(super) struct Pair {
    source: Instance,
    target: Instance,
    /// For the certificates that they exchange, and their data; goes with the pair.
    folder: TempDir,
}

struct Instance {
    running: Running,
    broker_port: u16,
    sa_password: String,
}

impl Pair {
    pub(super) async fn start() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("no temporary folder can be made")?;
        let [source_port, target_port] = free_ports()?;
        let source = start(&folder.path().join(Side::Source.name()), source_port).await?;
        let target = start(&folder.path().join(Side::Target.name()), target_port).await?;
        Ok(Self { source, target, folder })
    }

    /// What the scripts want to know beforehand.
    pub(super) fn variables(&self) -> Variables {
        let mut variables = Variables::default();
        variables.set("Exchange", self.folder.path().display().to_string());
        variables.set("SourceHost", HOST.to_owned());
        variables.set("SourcePort", self.source.broker_port.to_string());
        variables.set("TargetHost", HOST.to_owned());
        variables.set("TargetPort", self.target.broker_port.to_string());
        variables
    }

    /// Where a server is for clients, and the password of `sa`.
    pub(super) fn access(&self, side: Side) -> (SocketAddr, &str) {
        let instance = self.side(side);
        (instance.running.tds_address, &instance.sa_password)
    }

    pub(super) async fn connect(&self, side: Side, login: Login) -> anyhow::Result<Client> {
        let (address, sa_password) = self.access(side);
        let (user, password) = match login {
            Login::Sa => ("sa", sa_password),
            Login::Made { user, password } => (user, password),
        };
        let mut config = tiberius::Config::new();
        config.authentication(AuthMethod::sql_server(user, password));
        config.encryption(EncryptionLevel::Required);
        config.application_name("duologue demo");
        config.trust_cert();
        let socket = TcpStream::connect(address).await?;
        socket.set_nodelay(true)?;
        let client = tiberius::Client::connect(config, socket.compat_write()).await;
        client.map(Client).with_context(|| format!("{user} cannot log in to the {}", side.name()))
    }

    pub(super) async fn stop(self) {
        self.source.running.shutdown().await;
        self.target.running.shutdown().await;
    }

    fn side(&self, side: Side) -> &Instance {
        match side {
            Side::Source => &self.source,
            Side::Target => &self.target,
        }
    }
}

async fn start(data_directory: &Path, broker_port: u16) -> anyhow::Result<Instance> {
    let config = Config {
        data_directory: data_directory.to_owned(),
        listen: format!("{HOST}:0"),
        ..Config::default()
    };
    let running = Server::start(config).await?;
    let password = running.generated_sa_password.as_ref().context("the instance is not new")?;
    let sa_password = password.expose().to_owned();
    Ok(Instance { running, broker_port, sa_password })
}

/// Two ports that LISTENER_PORT takes and nobody listens on.
fn free_ports() -> anyhow::Result<[u16; 2]> {
    let start = 20_000 + (std::process::id() % 10_000) as u16;
    let mut free = (start..PORT_LIMIT).filter(|port| TcpListener::bind((HOST, *port)).is_ok());
    let next = (free.next(), free.next());
    match next {
        (Some(first), Some(second)) => Ok([first, second]),
        _ => anyhow::bail!("no port is free for the brokers"),
    }
}

/// A session on one of the servers.
pub(super) struct Client(tiberius::Client<Compat<TcpStream>>);

impl Client {
    /// Runs a batch; the rows of its result sets.
    pub(super) async fn run(&mut self, batch: &str) -> tiberius::Result<Vec<Vec<Row>>> {
        let results = self.0.simple_query(batch).await?.into_results().await?;
        Ok(results.into_iter().map(|rows| rows.into_iter().map(Row::new).collect()).collect())
    }
}

/// A row as text.
pub(super) struct Row(Vec<(String, String)>);

impl Row {
    fn new(row: tiberius::Row) -> Self {
        let names: Vec<String> = row.columns().iter().map(|column| column.name().to_owned()).collect();
        Self(names.into_iter().zip(row.into_iter().map(text)).collect())
    }

    /// Names and values of the columns.
    pub(super) fn fields(&self) -> &[(String, String)] {
        &self.0
    }

    /// The identifier in the row, if there is one.
    pub(super) fn identifier(&self) -> Option<String> {
        let is_identifier = |text: &str| text.len() == 36 && text.matches('-').count() == 4;
        self.0.iter().map(|(_, text)| text).find(|text| is_identifier(text)).cloned()
    }
}

fn text(value: ColumnData<'static>) -> String {
    match value {
        ColumnData::String(Some(text)) => text.into_owned(),
        ColumnData::Xml(Some(xml)) => xml.into_owned().into_string(),
        ColumnData::Guid(Some(guid)) => guid.to_string().to_uppercase(),
        ColumnData::I32(Some(number)) => number.to_string(),
        _ => "NULL".to_owned(),
    }
}
