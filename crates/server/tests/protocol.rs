//! Bytes that no driver sends, and the ones that all send at awkward moments.

mod support;

use std::time::{Duration, Instant};

use duologue_server::EncryptionPolicy;
use support::raw::{ATTENTION, LOGIN7, PRELOGIN, RPC, RawClient, SQL_BATCH, batch, login7, packet};
use support::{PASSWORD, TestServer, number};

const DONE: u8 = 0xFD;
/// Bytes of a DONE.
const DONE_LENGTH: usize = 13;
const FAILED: u16 = 0x0002;
const ACKNOWLEDGED: u16 = 0x0020;

/// Status of the DONE that a message ends with.
fn last_done(message: &[u8]) -> u16 {
    let done = &message[message.len() - DONE_LENGTH..];
    assert_eq!(done[0], DONE, "{message:02x?}");
    u16::from_le_bytes([done[1], done[2]])
}

/// An ERROR with that number is in the message.
fn has_error(message: &[u8], number: u32) -> bool {
    let number = number.to_le_bytes();
    message.windows(7).any(|token| token[0] == 0xAA && token[3..7] == number)
}

/// `{VERSION, ENCRYPTION}`.
fn prelogin(encryption: u8) -> Vec<u8> {
    let mut payload = vec![0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xFF];
    payload.extend([16, 0, 0, 0, 0, 0, encryption]);
    packet(PRELOGIN, &payload)
}

/// A pseudorandom byte sequence: the same in each run.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 24) as u8
    };
    (0..length).map(|_| next()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_at_every_stage_closes_one_connection_only() {
    let server = TestServer::start().await;
    let address = server.running.tds_address;
    let mut steady = server.connect().await;
    let logged_in = |bytes: Vec<u8>| [packet(LOGIN7, &login7("sa", PASSWORD)), bytes].concat();
    let mut inputs: Vec<Vec<u8>> = vec![
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        vec![0x16, 3, 1, 0xFF, 0xFF],
        vec![PRELOGIN, 1, 0, 3],
        packet(PRELOGIN, &[1, 2, 3]),
        packet(LOGIN7, &[0xFF; 200]),
        packet(LOGIN7, &[]),
        packet(SQL_BATCH, &batch("SELECT 1")),
        [prelogin(2), packet(SQL_BATCH, &batch("SELECT 1"))].concat(),
        // In place of the TLS handshake.
        [prelogin(1), packet(LOGIN7, &login7("sa", PASSWORD))].concat(),
        [prelogin(1), packet(PRELOGIN, &noise(1, 300))].concat(),
        [prelogin(0), noise(2, 300)].concat(),
        logged_in(packet(PRELOGIN, &[])),
        logged_in(packet(0x77, &[])),
        logged_in(noise(3, 5000)),
    ];
    inputs.extend((4..30).map(|seed| noise(seed, 400)));
    inputs.extend((30..50).map(|seed| [&[0x16, 3, 1, 1, 0][..], &noise(seed, 400)].concat()));
    for input in &inputs {
        let mut client = RawClient::connect(address).await;
        client.send_bytes(input).await;
        // Half a message has to be waited for; the end of the stream decides.
        let _ = tokio::io::AsyncWriteExt::shutdown(&mut client.socket).await;
        client.closed().await;
        assert_eq!(number(&mut steady, "SELECT 1").await, 1);
    }
    server.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_do_not_decode_leave_the_session() {
    let server = TestServer::start().await;
    let mut client = RawClient::log_in(server.running.tds_address, "sa", PASSWORD).await;
    for payload in [&[0xFF; 40][..], &[22, 0, 0, 0], &batch("x")[..23]] {
        client.send(RPC, payload).await;
        let answer = client.message().await.expect("an error");
        assert_eq!(last_done(&answer), FAILED);
        assert!(has_error(&answer, 4002), "{answer:02x?}");
    }
    client.batch("SELECT 1").await;
    assert_eq!(last_done(&client.message().await.unwrap()) & FAILED, 0);
    server.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_too_long_ends_the_connection_with_a_reason() {
    let server = TestServer::start_with(|config| config.max_request_bytes = 10_000).await;
    let mut client = RawClient::log_in(server.running.tds_address, "sa", PASSWORD).await;
    for _ in 0..20 {
        let mut part = packet(SQL_BATCH, &[b' '; 4000]);
        part[1] = 0;
        client.send_bytes(&part).await;
    }
    let answer = client.message().await.expect("the reason");
    assert_eq!(last_done(&answer), FAILED);
    client.closed().await;
    let mut other = server.connect().await;
    assert_eq!(number(&mut other, "SELECT 1").await, 1);
    server.running.shutdown().await;
}

/// ATTENTION while a statement waits: the interrupted answer is one message, the acknowledgement another.
#[tokio::test(flavor = "multi_thread")]
async fn attention_takes_two_messages() {
    let server = TestServer::start().await;
    let mut client = RawClient::log_in(server.running.tds_address, "sa", PASSWORD).await;
    for _ in 0..2 {
        client.batch("WAITFOR DELAY '00:00:20'").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let begun = Instant::now();
        client.send(ATTENTION, &[]).await;
        let interrupted = client.message().await.unwrap();
        assert_eq!((interrupted.len(), last_done(&interrupted)), (DONE_LENGTH, FAILED));
        let acknowledgement = client.message().await.unwrap();
        assert_eq!((acknowledgement.len(), last_done(&acknowledgement)), (DONE_LENGTH, ACKNOWLEDGED));
        assert!(begun.elapsed() < Duration::from_secs(5));
    }
    client.batch("SELECT 1").await;
    assert_eq!(last_done(&client.message().await.unwrap()) & FAILED, 0);
    server.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attention_while_idle_and_right_behind_a_request() {
    let server = TestServer::start().await;
    let mut client = RawClient::log_in(server.running.tds_address, "sa", PASSWORD).await;
    client.send(ATTENTION, &[]).await;
    assert_eq!(last_done(&client.message().await.unwrap()), ACKNOWLEDGED);
    // The request may be done or not when the ATTENTION is seen; there are two messages in either case.
    for _ in 0..50 {
        let both = [packet(SQL_BATCH, &batch("SELECT 1")), packet(ATTENTION, &[])].concat();
        client.send_bytes(&both).await;
        client.message().await.unwrap();
        assert_eq!(last_done(&client.message().await.unwrap()), ACKNOWLEDGED);
    }
    server.running.shutdown().await;
}

/// ATTENTION in the middle of a result that the client has stopped reading.
#[tokio::test(flavor = "multi_thread")]
async fn attention_stops_a_result_without_end() {
    let server = TestServer::start().await;
    let mut client = RawClient::log_in(server.running.tds_address, "sa", PASSWORD).await;
    client.batch("WHILE 1 = 1 SELECT REPLICATE('x', 4000) AS x").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    client.send(ATTENTION, &[]).await;
    let interrupted = client.message().await.unwrap();
    assert_eq!(last_done(&interrupted), FAILED);
    // What the sockets held, and no more.
    assert!(interrupted.len() < 32 << 20, "{}", interrupted.len());
    assert_eq!(last_done(&client.message().await.unwrap()), ACKNOWLEDGED);
    server.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_is_acknowledged_first() {
    let server = TestServer::start().await;
    let mut client = RawClient::log_in(server.running.tds_address, "sa", PASSWORD).await;
    let mut request = packet(SQL_BATCH, &batch("SELECT 1"));
    request[1] |= 0x08;
    client.send_bytes(&request).await;
    let answer = client.message().await.unwrap();
    assert_eq!(answer[..6], [0xE3, 3, 0, 18, 0, 0], "{answer:02x?}");
    server.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_in_clear_is_refused_where_encryption_is_required() {
    let server = TestServer::start_with(|config| config.encryption = EncryptionPolicy::Required).await;
    let mut client = RawClient::connect(server.running.tds_address).await;
    client.send(LOGIN7, &login7("sa", PASSWORD)).await;
    let answer = client.message().await.expect("the reason");
    assert!(has_error(&answer, 17835), "{answer:02x?}");
    client.closed().await;
    server.running.shutdown().await;
}

/// TDS 8.0: TLS from the first byte, of version 1.3, with its own ALPN name.
#[tokio::test(flavor = "multi_thread")]
async fn strict_encryption() {
    let server = TestServer::start().await;
    let certificate = std::fs::read(server.path().join("tds-certificate.der")).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate.into()).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"tds/8.0".to_vec()];
    let socket = tokio::net::TcpStream::connect(server.running.tds_address).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
    let stream = connector.connect("localhost".try_into().unwrap(), socket).await.unwrap();
    let (_, session) = stream.get_ref();
    assert_eq!(session.alpn_protocol(), Some(&b"tds/8.0"[..]));
    assert_eq!(session.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));

    let mut client = RawClient::over(stream);
    client.send_bytes(&prelogin(2)).await;
    assert_eq!(client.message().await.unwrap()[0], 0, "PRELOGIN begins with VERSION");
    client.send(LOGIN7, &login7("sa", PASSWORD)).await;
    assert!(client.message().await.unwrap().contains(&0xAD), "a LOGINACK");
    client.batch("SELECT 1").await;
    assert_eq!(last_done(&client.message().await.unwrap()) & FAILED, 0);
    server.running.shutdown().await;
}
