//! A stock client against a server in this process.

mod support;

use std::time::{Duration, Instant};

use duologue_server::EncryptionPolicy;
use support::{PASSWORD, TestServer, code, connect, error_number, number};
use tiberius::EncryptionLevel;

#[tokio::test(flavor = "multi_thread")]
async fn every_encryption_that_both_sides_offer() {
    use EncryptionLevel::{NotSupported, Off, On, Required};
    for (policy, levels) in [
        (EncryptionPolicy::Optional, &[NotSupported, Off, On, Required][..]),
        (EncryptionPolicy::Required, &[Off, On, Required]),
        (EncryptionPolicy::Unavailable, &[NotSupported]),
    ] {
        let server = TestServer::start_with(|config| config.encryption = policy).await;
        for level in levels {
            let mut client = connect(server.port(), "sa", PASSWORD, *level)
                .await
                .unwrap_or_else(|error| panic!("{policy:?} {level:?}: {error}"));
            assert_eq!(number(&mut client, "SELECT 1").await, 1, "{policy:?} {level:?}");
        }
        server.running.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_are_refused_alike_and_slower_each_time() {
    let server = TestServer::start().await;
    let refused = async |user: &str, password: &str| {
        code(connect(server.port(), user, password, EncryptionLevel::Off).await)
    };
    assert_eq!(refused("sa", "wrong").await, 18456);
    assert_eq!(refused("nobody", PASSWORD).await, 18456);
    assert_eq!(refused("##MS_PolicyEventProcessingLogin##", "").await, 18456);
    assert_eq!(refused("sa", "").await, 18456);
    let begun = Instant::now();
    assert_eq!(refused("sa", "wrong").await, 18456);
    assert_eq!(refused("sa", PASSWORD).await, 0, "waits for longer, and gets in");
    assert!(begun.elapsed() >= Duration::from_millis(750), "{:?}", begun.elapsed());
    server.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_has_its_number_and_the_session_goes_on() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    assert_eq!(error_number(&mut client, "SELECT 1/0").await, 8134);
    assert_eq!(number(&mut client, "SELECT 1").await, 1);
    let rows = client.query("SELECT @P1", &[&7i32]).await.unwrap().into_row().await.unwrap().unwrap();
    assert!(rows.get::<i32, _>(0).is_some());
    server.running.shutdown().await;
}

/// A client that goes away while it waits leaves nothing behind.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_may_vanish_while_it_waits() {
    let server = TestServer::start().await;
    for _ in 0..3 {
        let mut client = server.connect().await;
        let wait = client.simple_query("WAITFOR DELAY '00:00:20'");
        assert!(tokio::time::timeout(Duration::from_millis(200), wait).await.is_err());
    }
    let mut client = server.connect().await;
    assert_eq!(number(&mut client, "SELECT 1").await, 1);
    assert_eq!(error_number(&mut client, "WAITFOR DELAY '00:00:01'").await, 0);
    // Stopping does not wait for waits.
    let begun = Instant::now();
    let waiting =
        tokio::spawn(async move { client.simple_query("WAITFOR DELAY '00:00:20'").await.map(|_| ()) });
    tokio::time::sleep(Duration::from_millis(200)).await;
    server.running.shutdown().await;
    assert!(waiting.await.unwrap().is_err());
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
}

/// The answer of a client that does not read waits for it, and nobody else does.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_stops_only_itself() {
    let server = TestServer::start().await;
    let mut lazy = server.connect().await;
    let stream = lazy.simple_query("WHILE 1 = 1 SELECT REPLICATE('x', 4000) AS x").await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut other = server.connect().await;
    let begun = Instant::now();
    for _ in 0..20 {
        assert_eq!(number(&mut other, "SELECT 1").await, 1);
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    drop(stream);
    drop(lazy);
    server.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_limited_and_places_come_back() {
    let server = TestServer::start_with(|config| config.max_connections = 2).await;
    let first = server.connect().await;
    let _second = server.connect().await;
    assert!(connect(server.port(), "sa", PASSWORD, EncryptionLevel::Off).await.is_err());
    drop(first);
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.connect().await;
    server.running.shutdown().await;
}
