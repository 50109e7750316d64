//! Connecting, logging in, running batches.

use std::sync::Arc;

use anyhow::{Context, bail};
use bytes::{BufMut, BytesMut};
use rustls::pki_types::ServerName;
use tds_protocol::{EncryptionLevel, Login7, PacketType, PreLogin, TdsVersion};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::handshake::HandshakeStream;
use super::reply::{Event, Message, Reply, SessionChange};
use super::{trust, wire::Wire};

/// Whom to connect to, as whom.
#[derive(Clone, Debug)]
pub(in crate::sql) struct Target {
    pub(in crate::sql) host: String,
    pub(in crate::sql) port: u16,
    pub(in crate::sql) user: String,
    pub(in crate::sql) password: String,
    pub(in crate::sql) database: Option<String>,
    /// Accept any certificate; that of a server on this machine is accepted anyway.
    pub(in crate::sql) trust_certificate: bool,
}

/// Why there is no connection.
#[derive(Debug)]
pub(in crate::sql) enum LoginError {
    /// The server's own messages, such as 18456.
    Refused(Vec<Message>),
    /// It never came to a login.
    Failed(anyhow::Error),
}

impl From<anyhow::Error> for LoginError {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

/// A session.
pub(in crate::sql) struct Client {
    wire: Wire<TlsStream<HandshakeStream>>,
    reply: Reply,
    transaction: u64,
    /// The packet read last ended its message.
    is_last: bool,
}

impl Client {
    /// Connects and logs in.
    pub(in crate::sql) async fn connect(target: &Target) -> Result<Self, LoginError> {
        let address = (target.host.as_str(), target.port);
        let tcp = TcpStream::connect(address)
            .await
            .with_context(|| format!("cannot connect to {} on port {}", target.host, target.port))?;
        tcp.set_nodelay(true).context("cannot set up the connection")?;
        let is_local = tcp.peer_addr().is_ok_and(|peer| peer.ip().is_loopback());
        let tcp = prelogin(tcp).await?;
        let stream = encrypt(tcp, &target.host, target.trust_certificate || is_local).await?;
        let mut client = Self { wire: stream, reply: Reply::default(), transaction: 0, is_last: true };
        client.login(target).await?;
        Ok(client)
    }

    async fn login(&mut self, target: &Target) -> Result<(), LoginError> {
        let mut login = Login7::new()
            .with_tds_version(TdsVersion::V7_4)
            .with_sql_auth(target.user.clone(), target.password.clone())
            .with_hostname(std::env::var("HOSTNAME").unwrap_or_default())
            .with_app_name("duologue sql")
            .with_server_name(target.host.clone())
            .with_database(target.database.clone().unwrap_or_default());
        login.library_name = "duologue".to_owned();
        // As ODBC: the session starts with the ANSI settings on.
        login.option_flags2.odbc = true;
        self.start(PacketType::Tds7Login, &login.encode()).await?;
        let mut errors = Vec::new();
        let mut is_logged_in = false;
        while let Some(event) = self.next().await? {
            match event {
                Event::Session(SessionChange::LoggedIn) => is_logged_in = true,
                Event::Message(message) if message.severity > 10 => errors.push(message),
                _ => {}
            }
        }
        match (is_logged_in, errors.is_empty()) {
            (true, _) => Ok(()),
            (false, true) => Err(anyhow::anyhow!("the server refused the login without a reason").into()),
            (false, false) => Err(LoginError::Refused(errors)),
        }
    }

    /// Sends a batch; its reply is read with [`Client::next`].
    pub(in crate::sql) async fn run(&mut self, batch: &str) -> anyhow::Result<()> {
        let mut request = BytesMut::with_capacity(22 + 2 * batch.len());
        // ALL_HEADERS with the one header a batch needs: the transaction it belongs to.
        request.put_u32_le(22);
        request.put_u32_le(18);
        request.put_u16_le(2);
        request.put_u64_le(self.transaction);
        request.put_u32_le(1);
        batch.encode_utf16().for_each(|unit| request.put_u16_le(unit));
        self.start(PacketType::SqlBatch, &request).await
    }

    async fn start(&mut self, kind: PacketType, payload: &[u8]) -> anyhow::Result<()> {
        self.is_last = false;
        self.wire.send(kind, payload).await
    }

    /// The next part of the reply; None at its end. May be dropped while it waits.
    pub(in crate::sql) async fn next(&mut self) -> anyhow::Result<Option<Event>> {
        loop {
            if let Some(event) = self.reply.next(self.is_last)? {
                match event {
                    Event::Session(SessionChange::PacketSize(size)) => self.wire.set_packet_size(size),
                    Event::Session(SessionChange::Transaction(descriptor)) => self.transaction = descriptor,
                    _ => {}
                }
                return Ok(Some(event));
            }
            if self.is_last {
                return Ok(None);
            }
            let (payload, is_last) = self.wire.receive().await?;
            self.reply.add(&payload);
            self.is_last = is_last;
        }
    }

    /// Interrupts the running batch and reads on until the server has acknowledged it. What comes before that is
    /// the rest of the interrupted reply, which may be a message of its own.
    pub(in crate::sql) async fn cancel(&mut self) -> anyhow::Result<()> {
        self.wire.send(PacketType::Attention, &[]).await?;
        loop {
            match self.next().await? {
                Some(Event::Cancelled) => return Ok(()),
                Some(_) => {}
                None => self.is_last = false,
            }
        }
    }
}

/// Asks for encryption; a server that has none is refused, for the password would travel readable.
async fn prelogin(mut tcp: TcpStream) -> anyhow::Result<TcpStream> {
    let request = PreLogin::new().with_encryption(EncryptionLevel::On).encode();
    let answer = {
        let mut wire = Wire::new(&mut tcp);
        wire.send(PacketType::PreLogin, &request).await?;
        let (mut answer, mut is_last) = wire.receive().await?;
        while !is_last {
            let (more, last) = wire.receive().await?;
            answer = [answer, more].concat().into();
            is_last = last;
        }
        answer
    };
    let answer = PreLogin::decode(answer).context("the server's pre-login answer can't be read")?;
    match answer.encryption {
        EncryptionLevel::On | EncryptionLevel::Required => Ok(tcp),
        other => bail!("the server does not offer encryption ({other:?})"),
    }
}

async fn encrypt(
    tcp: TcpStream,
    host: &str,
    trust_any: bool,
) -> anyhow::Result<Wire<TlsStream<HandshakeStream>>> {
    let name =
        ServerName::try_from(host.to_owned()).with_context(|| format!("'{host}' is not a host name"))?;
    let connector = TlsConnector::from(Arc::new(trust::client_config(trust_any)?));
    let mut stream = connector
        .connect(name, HandshakeStream::new(tcp))
        .await
        .context("the encrypted connection failed (-C trusts the server's certificate unseen)")?;
    stream.get_mut().0.finish();
    Ok(Wire::new(stream))
}
