//! Two servers, and what peers of all kinds do to their endpoints.

mod support;

use std::time::{Duration, Instant};

use support::brokers::{Broker, Brokers, eventually};
use support::raw::RawClient;
use tokio::net::{TcpListener, TcpStream};

const SOON: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_every_size_arrive() {
    let brokers = Brokers::start().await;
    brokers.trust().await;
    for (body, length) in [
        ("0x01", 1),
        ("CAST(REPLICATE(CAST('x' AS varchar(max)), 100000) AS varbinary(max))", 100_000),
        ("CAST(REPLICATE(CAST('x' AS varchar(max)), 5000000) AS varbinary(max))", 5_000_000),
    ] {
        brokers.send(body).await;
        assert_eq!(brokers.receive(SOON).await, Some(length));
    }
    let mut client = brokers.near.client("d").await;
    let empty = eventually(async || {
        support::number(&mut client, "SELECT COUNT(*) FROM sys.transmission_queue").await == 0
    });
    assert!(empty.await, "everything is acknowledged");
    let query = "SELECT COUNT(*) FROM sys.dm_broker_connections WHERE state = 4 AND login_state = 12";
    let shown = eventually(async || support::number(&mut client, query).await == 2);
    assert!(shown.await, "one connection for each direction");
    brokers.stop().await;
}

/// Each omission can be read at the sender, and its repair is noticed.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_told_and_can_be_repaired() {
    let brokers = Brokers::start().await;
    brokers.send("0x01").await;
    // Neither side knows the other's certificate: whoever looks first refuses.
    brokers.status("certificate used by the peer is invalid").await;
    brokers.near.install_certificate(&brokers.exchange, "far").await;
    brokers.far.install_certificate(&brokers.exchange, "near").await;
    brokers.status("does not have CONNECT permission on the endpoint").await;
    brokers.near.grant_connect("far").await;
    brokers.status("The login 'near_login' does not have CONNECT").await;
    brokers.far.grant_connect("near").await;
    assert_eq!(brokers.receive(Duration::from_secs(40)).await, Some(1));
    brokers.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_leads_nowhere_is_told() {
    let brokers = Brokers::start().await;
    brokers.route("TCP://127.0.0.1:1").await;
    brokers.send("0x01").await;
    brokers.status("Connection attempt failed with error: '127.0.0.1:1: Connection refused").await;
    brokers.route("TCP://no-such-host.invalid:4022").await;
    brokers.send("0x01").await;
    brokers.status("DNS lookup failed with error").await;
    brokers.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_that_is_corrected_is_taken() {
    let brokers = Brokers::start().await;
    brokers.trust().await;
    brokers.route("TCP://127.0.0.1:1").await;
    brokers.send("0x01").await;
    brokers.status("Connection refused").await;
    brokers.route(&format!("TCP://127.0.0.1:{}", brokers.far.port)).await;
    assert_eq!(brokers.receive(SOON).await, Some(1));
    brokers.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_was_away_gets_its_messages() {
    let mut brokers = Brokers::start().await;
    brokers.trust().await;
    brokers.send("0x01").await;
    assert_eq!(brokers.receive(SOON).await, Some(1));
    brokers.far.stop().await;
    brokers.send("0x0102").await;
    brokers.status("Connection refused").await;
    brokers.far.start_again().await;
    assert_eq!(brokers.receive(Duration::from_secs(40)).await, Some(2));
    brokers.stop().await;
}

/// Strangers, noise and half a handshake: nothing of that keeps messages from arriving.
#[tokio::test(flavor = "multi_thread")]
async fn garbage_does_not_stop_the_endpoint() {
    let brokers = Brokers::start().await;
    brokers.trust().await;
    let address = ([127, 0, 0, 1], brokers.far.port).into();
    let mut open = Vec::new();
    for input in
        [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5], &[0xFF; 70_000], b"", &[0x16]]
    {
        let mut client = RawClient::connect(address).await;
        client.send_bytes(input).await;
        open.push(client);
    }
    let begun = Instant::now();
    brokers.send("0x01").await;
    assert_eq!(brokers.receive(SOON).await, Some(1));
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    for client in open.iter_mut().take(3) {
        client.closed().await;
    }
    brokers.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_endpoint_listens_as_the_catalog_says() {
    let mut broker = Broker::start("near").await;
    let exchange = tempfile::tempdir().unwrap();
    let port = broker.port;
    let listens = async || TcpStream::connect(("127.0.0.1", port)).await.is_ok();
    broker.create_endpoint(&exchange, "STOPPED").await;
    assert!(!listens().await);
    for _ in 0..2 {
        broker.run("ALTER ENDPOINT e STATE = STARTED").await;
        assert!(eventually(&listens).await);
        broker.run("ALTER ENDPOINT e STATE = STOPPED").await;
        assert!(eventually(async || !listens().await).await);
    }
    // Disabled: it listens and refuses.
    broker.run("ALTER ENDPOINT e STATE = DISABLED").await;
    assert!(eventually(&listens).await);
    RawClient::connect(([127, 0, 0, 1], port).into()).await.closed().await;
    broker.run("DROP ENDPOINT e").await;
    assert!(eventually(async || !listens().await).await);
    broker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_taken_once_it_is_free() {
    let mut broker = Broker::start("near").await;
    let exchange = tempfile::tempdir().unwrap();
    let squatter = TcpListener::bind(("0.0.0.0", broker.port)).await.unwrap();
    broker.create_endpoint(&exchange, "STARTED").await;
    let mut client = broker.client("master").await;
    let rows = "SELECT COUNT(*) FROM sys.service_broker_endpoints WHERE state = 0";
    assert_eq!(support::number(&mut client, rows).await, 1, "the endpoint stays");
    drop(squatter);
    let port = broker.port;
    assert!(eventually(async || TcpStream::connect(("127.0.0.1", port)).await.is_ok()).await);
    broker.stop().await;
}
