//! tiberius against the server: the proofs of `tests/clients/proofs.py`, for `cargo xtask clients`.
//!
//! `tiberius_client HOST PORT PASSWORD DATABASE`

// Its output is what the runner reads.
#![allow(clippy::print_stdout)]

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use tiberius::{AuthMethod, Client, Config, FromSql, ToSql};
use tokio::net::TcpStream;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};

const SEND: &str = "
    DECLARE @handle uniqueidentifier;
    BEGIN DIALOG CONVERSATION @handle
        FROM SERVICE Sender TO SERVICE 'Receiver', 'CURRENT DATABASE'
        WITH ENCRYPTION = OFF;
    SEND ON CONVERSATION @handle (N'kept');";

const LARGE_BODY_LENGTH: usize = 5 * 1024 * 1024;
const CANCEL_AFTER: Duration = Duration::from_secs(2);

type Connection = Client<Compat<TcpStream>>;

struct Target {
    host: String,
    port: u16,
    password: String,
    database: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(target) = target(&arguments) else {
        println!("usage: tiberius_client HOST PORT PASSWORD DATABASE");
        return ExitCode::FAILURE;
    };
    let outcomes = [
        ("connect", prove_connect(&target).await),
        ("version", prove_version(&target).await),
        ("parameters", prove_parameters(&target).await),
        ("rollback", prove_rollback(&target).await),
        ("commit", prove_commit(&target).await),
        ("error", prove_error(&target).await),
        ("large", prove_large(&target).await),
        ("cancel", prove_cancel(&target).await),
    ];
    for (name, outcome) in &outcomes {
        match outcome {
            Ok(()) => println!("PASS {name}"),
            Err(reason) => println!("FAIL {name}: {reason:#}"),
        }
    }
    if outcomes.iter().all(|(_, outcome)| outcome.is_ok()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn target(arguments: &[String]) -> Option<Target> {
    let [host, port, password, database] = arguments else { return None };
    let port = port.parse().ok()?;
    Some(Target { host: host.clone(), port, password: password.clone(), database: database.clone() })
}

async fn connect(target: &Target) -> anyhow::Result<Connection> {
    let mut config = Config::new();
    config.host(&target.host);
    config.port(target.port);
    config.database(&target.database);
    config.authentication(AuthMethod::sql_server("sa", &target.password));
    config.trust_cert();
    let tcp = TcpStream::connect(config.get_addr()).await.context("cannot connect")?;
    Client::connect(config, tcp.compat_write()).await.context("cannot log in")
}

/// The first value of the first row, sent as a batch.
async fn fetch<T>(connection: &mut Connection, sql: &str) -> anyhow::Result<Option<T>>
where
    T: for<'a> FromSql<'a>,
{
    let row = connection.simple_query(sql).await?.into_row().await?;
    match row {
        Some(row) => Ok(row.try_get(0)?),
        None => Ok(None),
    }
}

/// The first value of the first row, with one parameter by `sp_executesql`.
async fn echo<T>(connection: &mut Connection, sql: &str, value: T) -> anyhow::Result<Option<T>>
where
    T: for<'a> FromSql<'a> + ToSql,
{
    let row = connection.query(sql, &[&value]).await?.into_row().await?.context("no row")?;
    Ok(row.try_get(0)?)
}

async fn run(connection: &mut Connection, sql: &str) -> anyhow::Result<()> {
    connection.simple_query(sql).await?.into_results().await?;
    Ok(())
}

async fn count_marks(connection: &mut Connection, mark: i32) -> anyhow::Result<i32> {
    let sql = format!("SELECT COUNT(*) FROM dbo.Marks WHERE mark = {mark}");
    fetch(connection, &sql).await?.context("no count")
}

async fn prove_connect(target: &Target) -> anyhow::Result<()> {
    Ok(connect(target).await?.close().await?)
}

async fn prove_version(target: &Target) -> anyhow::Result<()> {
    let mut connection = connect(target).await?;
    let row = connection.simple_query("SELECT @@VERSION").await?.into_row().await?.context("no row")?;
    let version: Option<&str> = row.try_get(0)?;
    ensure!(version.is_some_and(|version| !version.is_empty()), "@@VERSION is {version:?}");
    Ok(())
}

async fn prove_parameters(target: &Target) -> anyhow::Result<()> {
    let mut connection = connect(target).await?;
    ensure!(echo(&mut connection, "SELECT @P1", 42_i32).await? == Some(42), "a number changed");
    let sent = "Grüße, €, 漢字";
    let row = connection.query("SELECT @P1", &[&sent]).await?.into_row().await?.context("no row")?;
    ensure!(row.try_get::<&str, _>(0)? == Some(sent), "text changed");
    let sent: &[u8] = &[0, 255];
    let row = connection.query("SELECT @P1", &[&sent]).await?.into_row().await?.context("no row")?;
    ensure!(row.try_get::<&[u8], _>(0)? == Some(sent), "bytes changed");
    let row = connection.query("SELECT @P1", &[&None::<i32>]).await?.into_row().await?.context("no row")?;
    ensure!(row.try_get::<i32, _>(0)?.is_none(), "NULL changed");
    Ok(())
}

async fn prove_rollback(target: &Target) -> anyhow::Result<()> {
    let mut connection = connect(target).await?;
    run(&mut connection, "BEGIN TRANSACTION").await?;
    run(&mut connection, "INSERT INTO dbo.Marks (mark) VALUES (1)").await?;
    run(&mut connection, "ROLLBACK TRANSACTION").await?;
    ensure!(count_marks(&mut connection, 1).await? == 0, "the row is still there");
    Ok(())
}

async fn prove_commit(target: &Target) -> anyhow::Result<()> {
    let mut connection = connect(target).await?;
    run(&mut connection, "BEGIN TRANSACTION").await?;
    run(&mut connection, "INSERT INTO dbo.Marks (mark) VALUES (2)").await?;
    run(&mut connection, "COMMIT TRANSACTION").await?;
    let mut other = connect(target).await?;
    ensure!(count_marks(&mut other, 2).await? == 1, "another connection does not see the row");
    Ok(())
}

async fn prove_error(target: &Target) -> anyhow::Result<()> {
    let mut connection = connect(target).await?;
    let Err(error) = run(&mut connection, "SELECT 1/0").await else { bail!("no error came") };
    let number = error.downcast_ref::<tiberius::error::Error>().and_then(tiberius::error::Error::code);
    ensure!(number == Some(8134), "another error came: {error:#}");
    ensure!(fetch(&mut connection, "SELECT 7").await? == Some(7), "the connection does not go on");
    Ok(())
}

async fn prove_large(target: &Target) -> anyhow::Result<()> {
    let mut connection = connect(target).await?;
    let sent: Vec<u8> = (0..=u8::MAX).cycle().take(LARGE_BODY_LENGTH).collect();
    connection.execute(SEND.replace("N'kept'", "@P1"), &[&sent.as_slice()]).await?;
    let receive = "RECEIVE TOP (1) message_body FROM dbo.ReceiverQueue";
    let row = connection.simple_query(receive).await?.into_row().await?.context("no message")?;
    let body = row.try_get::<&[u8], _>(0)?;
    ensure!(body == Some(&sent), "received {:?} bytes", body.map(<[u8]>::len));
    Ok(())
}

/// Goes away in the middle of the wait. `cancel_query` is no way: it expects one message for the interrupted answer and
/// the acknowledgement, and servers send two.
async fn prove_cancel(target: &Target) -> anyhow::Result<()> {
    let mut waiting = connect(target).await?;
    let wait = async { waiting.simple_query(receive(60_000)).await?.into_results().await };
    ensure!(tokio::time::timeout(CANCEL_AFTER, wait).await.is_err(), "the wait was not interrupted");
    drop(waiting);
    let mut other = connect(target).await?;
    run(&mut other, SEND).await?;
    let row = other.simple_query(receive(10_000)).await?.into_row().await?;
    let body = row.as_ref().map(|row| row.try_get::<&str, _>(0)).transpose()?.flatten();
    ensure!(body == Some("kept"), "received {body:?}: the interrupted wait has taken the message");
    Ok(())
}

fn receive(milliseconds: u32) -> String {
    format!(
        "WAITFOR (
            RECEIVE TOP (1) CAST(message_body AS nvarchar(max)) AS body FROM dbo.ReceiverQueue
        ), TIMEOUT {milliseconds};"
    )
}
