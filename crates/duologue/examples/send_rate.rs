//! How many messages a second clients send, each in a transaction of its own, on conversations of their own.
//!
//! `send_rate HOST PORT PASSWORD DATABASE FROM TO CONTRACT TYPE SENDERS SECONDS [ON|OFF]`: a first figure, until
//! there is a benchmark.

// Its output is the figure.
#![allow(clippy::print_stdout)]

use std::time::{Duration, Instant};

use anyhow::Context;
use tiberius::{AuthMethod, Client, Config};
use tokio::net::TcpStream;
use tokio_util::compat::TokioAsyncWriteCompatExt;

const SEND: &str = "DECLARE @h uniqueidentifier = CAST(@P1 AS uniqueidentifier); \
                    SEND ON CONVERSATION @h MESSAGE TYPE @P2 (@P3)";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let senders: usize = arguments.get(8).context("see the first lines of this file")?.parse()?;
    let seconds: u64 = arguments.get(9).context("seconds")?.parse()?;
    let started = Instant::now() + Duration::from_secs(1);
    let until = started + Duration::from_secs(seconds);
    let tasks: Vec<_> =
        (0..senders).map(|_| tokio::spawn(sender(arguments.clone(), started, until))).collect();
    let mut total = 0;
    for task in tasks {
        total += task.await??;
    }
    println!("{senders} senders: {} messages in {seconds} s, {} a second", total, total / seconds);
    Ok(())
}

async fn sender(arguments: Vec<String>, started: Instant, until: Instant) -> anyhow::Result<u64> {
    let [host, port, password, database, from, to, contract, message_type] = &arguments[..8] else {
        anyhow::bail!("too few arguments");
    };
    let encryption = arguments.get(10).map_or("ON", String::as_str);
    let mut config = Config::new();
    config.host(host);
    config.port(port.parse()?);
    config.authentication(AuthMethod::sql_server("sa", password));
    config.database(database);
    config.trust_cert();
    let socket = TcpStream::connect(config.get_addr()).await?;
    socket.set_nodelay(true)?;
    let mut client = Client::connect(config, socket.compat_write()).await?;
    let begin = format!(
        "SET NOCOUNT ON; DECLARE @h uniqueidentifier; BEGIN DIALOG @h FROM SERVICE [{from}] TO SERVICE '{to}' \
         ON CONTRACT [{contract}] WITH ENCRYPTION = {encryption}; SELECT CAST(@h AS nvarchar(36))"
    );
    let row = client.simple_query(begin).await?.into_row().await?.context("a handle")?;
    let handle: &str = row.get(0).context("a handle")?;
    let handle = handle.to_owned();
    let body = format!("<x>{}</x>", "y".repeat(505));
    tokio::time::sleep_until(started.into()).await;
    let mut sent = 0;
    while Instant::now() < until {
        client.execute(SEND, &[&handle.as_str(), &message_type.as_str(), &body.as_str()]).await?;
        sent += 1;
    }
    Ok(sent)
}
