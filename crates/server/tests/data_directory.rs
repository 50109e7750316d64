//! What may be wrong with a data directory, and what stays when nothing is.

#![allow(clippy::panic, reason = "a test that fails here fails as it should")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use duologue_server::{Config, Server, StartError, StoreEngine, exit_code};
use support::{TestServer, config, connect, number};
use tiberius::EncryptionLevel;

async fn refusal(config: Config) -> StartError {
    match Server::start(config).await {
        Ok(_) => panic!("the server started"),
        Err(error) => error,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_stays() {
    let begun = Instant::now();
    let server = TestServer::start().await;
    // Unoptimised; the release build has to take well under a second.
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert!(server.running.generated_sa_password.is_none());
    let secret = fs::read(server.path().join("root-secret")).unwrap();
    let certificate = fs::read(server.path().join("tds-certificate.der")).unwrap();
    for file in ["root-secret", "tds-private-key.der"] {
        assert_eq!(fs::metadata(server.path().join(file)).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let server = server.restart().await;
    let mut client = server.connect().await;
    assert_eq!(number(&mut client, "SELECT 1").await, 1);
    assert_eq!(fs::read(server.path().join("root-secret")).unwrap(), secret);
    assert_eq!(fs::read(server.path().join("tds-certificate.der")).unwrap(), certificate);
    server.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_generated_when_none_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let without = || Config { sa_password: None, ..config(folder.path()) };
    let running = Server::start(without()).await.unwrap();
    let password = running.generated_sa_password.clone().unwrap();
    let port = running.tds_address.port();
    connect(port, "sa", password.expose(), EncryptionLevel::Off).await.unwrap();
    running.shutdown().await;
    let running = Server::start(without()).await.unwrap();
    assert!(running.generated_sa_password.is_none(), "only a new instance gets one");
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_belongs_to_one_server() {
    let server = TestServer::start().await;
    let error = refusal(config(&server.path())).await;
    assert_eq!(error.exit_code(), exit_code::DATA_DIRECTORY);
    assert!(error.to_string().contains("in use by process"), "{error}");
    server.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said() {
    type Damage = fn(&Path);
    let cases: [(Damage, &str); 5] = [
        (|path| fs::remove_file(path.join("root-secret")).unwrap(), "root-secret is missing"),
        (
            |path| fs::set_permissions(path.join("root-secret"), fs::Permissions::from_mode(0o640)).unwrap(),
            "mode 0640",
        ),
        (|path| fs::write(path.join("root-secret"), b"short").unwrap(), "has 5 bytes instead of 32"),
        (|path| fs::write(path.join("root-secret"), [7; 32]).unwrap(), "cannot be used"),
        (|path| fs::write(path.join("store.redb"), b"").unwrap(), "damaged"),
    ];
    for (damage, expected) in cases {
        let server = TestServer::start().await;
        let folder = server.stop().await;
        damage(folder.path());
        let error = refusal(config(folder.path())).await;
        assert_eq!(error.exit_code(), exit_code::DATA_DIRECTORY);
        assert!(error.to_string().contains(expected), "{expected}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn configuration_mistakes_have_their_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    let weak =
        Config { sa_password: Some(duologue_tds::Secret::new("weak".to_owned())), ..config(folder.path()) };
    let error = refusal(weak).await;
    assert_eq!(error.exit_code(), exit_code::USAGE);
    assert!(error.to_string().contains("password"), "{error}");

    let server = TestServer::start().await;
    let other = tempfile::tempdir().unwrap();
    let taken = Config { listen: server.running.tds_address.to_string(), ..config(other.path()) };
    assert_eq!(refusal(taken).await.exit_code(), exit_code::LISTEN);

    let file = folder.path().join("file");
    fs::write(&file, b"").unwrap();
    assert_eq!(refusal(config(&file)).await.exit_code(), exit_code::DATA_DIRECTORY);
    server.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_keeps_the_engine_that_made_it() {
    let folder = tempfile::tempdir().unwrap();
    let with = |store_engine| Config { store_engine, ..config(folder.path()) };
    let running = Server::start(with(Some(StoreEngine::Journal))).await.unwrap();
    let mut client = connect(running.tds_address.port(), "sa", support::PASSWORD, EncryptionLevel::Required)
        .await
        .unwrap();
    client.execute("CREATE DATABASE kept", &[]).await.unwrap();
    running.shutdown().await;
    assert!(folder.path().join("journal").is_dir() && !folder.path().join("store.redb").exists());

    let error = refusal(with(Some(StoreEngine::Redb))).await;
    assert_eq!(error.exit_code(), exit_code::DATA_DIRECTORY);
    assert!(
        error.to_string().contains("store.engine is 'redb', and its store was made by 'journal'"),
        "{error}"
    );

    let running = Server::start(with(None)).await.unwrap();
    let mut client = connect(running.tds_address.port(), "sa", support::PASSWORD, EncryptionLevel::Required)
        .await
        .unwrap();
    assert_eq!(number(&mut client, "SELECT COUNT(*) FROM sys.databases WHERE name = 'kept'").await, 1);
    running.shutdown().await;

    fs::write(folder.path().join("store.redb"), b"").unwrap();
    let error = refusal(with(None)).await;
    assert!(error.to_string().contains("it holds a journal and store.redb"), "{error}");
}
