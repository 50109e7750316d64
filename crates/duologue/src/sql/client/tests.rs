//! The client against a scripted server: pre-login, TLS inside packets, login, batches, attention.

use std::sync::Arc;

use rcgen::CertifiedKey;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tds_protocol::{PacketType, PreLogin};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::handshake::HandshakeStream;
use super::{Client, Event, LoginError, Target};

/// What the server answers to each message after pre-login; an answer may be several messages.
type Answers = Vec<Vec<Vec<u8>>>;

async fn message(stream: &mut (impl AsyncReadExt + Unpin)) -> Option<(u8, Vec<u8>)> {
    let mut whole = Vec::new();
    loop {
        let mut header = [0; 8];
        stream.read_exact(&mut header).await.ok()?;
        let mut payload = vec![0; usize::from(u16::from_be_bytes([header[2], header[3]])) - 8];
        stream.read_exact(&mut payload).await.ok()?;
        whole.extend(payload);
        if header[1] & 1 == 1 {
            return Some((header[0], whole));
        }
    }
}

/// Packets of 16 bytes payload, so that every token is cut somewhere.
fn packets(payload: &[u8]) -> Vec<u8> {
    let parts: Vec<&[u8]> = payload.chunks(16).collect();
    let mut bytes = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let length = u16::try_from(part.len() + 8).expect("short");
        bytes.extend([4, u8::from(index + 1 == parts.len())]);
        bytes.extend(length.to_be_bytes());
        bytes.extend([0; 4]);
        bytes.extend(*part);
    }
    bytes
}

fn server_config() -> ServerConfig {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("a key");
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS12])
        .expect("TLS 1.2")
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .expect("a configuration")
}

/// Serves one connection; returns the kinds of messages that came after pre-login.
async fn serve(tcp: TcpStream, answers: Answers) -> Vec<u8> {
    let mut tcp = tcp;
    let (kind, request) = message(&mut tcp).await.expect("pre-login");
    assert_eq!(kind, 0x12);
    PreLogin::decode(&request[..]).expect("a pre-login request");
    let version_and_encryption = [0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xFF, 16, 0, 16, 39, 0, 0, 1];
    tcp.write_all(&packets(&version_and_encryption)).await.expect("sent");
    let acceptor = TlsAcceptor::from(Arc::new(server_config()));
    // The wrapping is the same in both directions.
    let mut stream = acceptor.accept(HandshakeStream::new(tcp)).await.expect("a handshake");
    stream.get_mut().0.finish();
    let mut kinds = Vec::new();
    for answer in answers {
        let Some((kind, _)) = message(&mut stream).await else { break };
        kinds.push(kind);
        for part in answer {
            stream.write_all(&packets(&part)).await.expect("sent");
            stream.flush().await.expect("sent");
        }
    }
    kinds
}

async fn against(answers: Answers) -> (Result<Client, LoginError>, tokio::task::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let server = tokio::spawn(async move {
        let (tcp, _) = listener.accept().await.expect("a connection");
        serve(tcp, answers).await
    });
    let target = Target {
        host: "127.0.0.1".to_owned(),
        port,
        user: "sa".to_owned(),
        password: "secret".to_owned(),
        database: None,
        trust_certificate: false,
    };
    (Client::connect(&target).await, server)
}

fn text(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn login_ack() -> Vec<u8> {
    let name = text("Microsoft SQL Server");
    let mut token = vec![0xAD];
    token.extend(u16::try_from(name.len() + 10).expect("short").to_le_bytes());
    token.extend([1, 0x74, 0, 0, 4, 20]);
    token.extend(name);
    token.extend([16, 0, 16, 39]);
    [token, done(0, 0)].concat()
}

fn done(status: u16, count: u64) -> Vec<u8> {
    [&[0xFD][..], &status.to_le_bytes(), &[0, 0], &count.to_le_bytes()].concat()
}

/// An ERROR (0xAA) or INFO (0xAB) token.
fn spoken(token: u8, number: i32, severity: u8, words: &str) -> Vec<u8> {
    let words = text(words);
    let units = u16::try_from(words.len() / 2).expect("short");
    let body = [&number.to_le_bytes()[..], &[1, severity], &units.to_le_bytes(), &words, &[0, 0, 7, 0, 0, 0]]
        .concat();
    [&[token][..], &u16::try_from(body.len()).expect("short").to_le_bytes(), &body].concat()
}

async fn events(client: &mut Client) -> Vec<Event> {
    let mut events = Vec::new();
    while let Some(event) = client.next().await.expect("a reply") {
        events.push(event);
    }
    events
}

#[tokio::test]
async fn a_session() {
    let print = [spoken(0xAB, 0, 0, "hello"), done(0x10, 3)].concat();
    let (client, server) = against(vec![
        vec![login_ack()],
        vec![print],
        // An interrupted batch: nothing, then its end and the acknowledgement in two messages.
        vec![],
        vec![done(2, 0), done(0x20, 0)],
        vec![done(0, 0)],
    ])
    .await;
    let mut client = client.expect("a login");
    client.run("PRINT 'hello'").await.expect("sent");
    let seen = events(&mut client).await;
    assert!(matches!(&seen[0], Event::Message(message) if message.text == "hello" && message.line == 7));
    assert_eq!(seen[1..], [Event::Done(Some(3))]);

    client.run("WAITFOR DELAY '1:00'").await.expect("sent");
    client.cancel().await.expect("acknowledged");
    client.run("SELECT 1").await.expect("sent");
    assert_eq!(events(&mut client).await, [Event::Done(None)], "nothing is left of the interrupted batch");

    drop(client);
    let kinds = server.await.expect("served");
    let expected = [
        PacketType::Tds7Login,
        PacketType::SqlBatch,
        PacketType::SqlBatch,
        PacketType::Attention,
        PacketType::SqlBatch,
    ];
    assert_eq!(kinds, expected.map(|kind| kind as u8));
}

#[tokio::test]
async fn a_refused_login_says_why() {
    let refusal = [spoken(0xAA, 18456, 14, "Login failed for user 'sa'."), done(2, 0)].concat();
    let (client, _server) = against(vec![vec![refusal]]).await;
    match client {
        Err(LoginError::Refused(messages)) => {
            assert_eq!((messages[0].number, messages[0].severity), (18456, 14))
        }
        Err(LoginError::Failed(error)) => panic!("{error:#}"),
        Ok(_) => panic!("logged in"),
    }
}

#[tokio::test]
async fn a_server_that_goes_away_is_an_error() {
    let (client, server) = against(vec![vec![login_ack()], vec![]]).await;
    let mut client = client.expect("a login");
    client.run("SELECT 1").await.expect("sent");
    server.await.expect("served");
    assert!(client.next().await.is_err());
}
