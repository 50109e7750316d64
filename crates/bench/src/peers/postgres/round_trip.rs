//! W4 with LISTEN and NOTIFY.

use anyhow::{bail, ensure};

use super::super::PeerAddress;
use super::connection::Postgres;
use super::wire::{Call, CallBuilder};
use crate::load::{Body, Outcome, Stamp, Step, Timing, Worker, drive};
use crate::measure::Meters;
use crate::workloads::Cell;

const TABLES: [&str; 2] = ["duologue_bench_request", "duologue_bench_reply"];

/// Tells the other side with the commit.
fn send(table: &str) -> String {
    format!(
        "WITH i AS (INSERT INTO {table} (body) VALUES ($1) RETURNING id) SELECT pg_notify('{table}', '') FROM i"
    )
}

fn receive(table: &str) -> String {
    format!(
        "DELETE FROM {table} WHERE id = (SELECT id FROM {table} ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1) \
         RETURNING body"
    )
}

/// Takes a request and answers it.
fn answer(request: &str, reply: &str) -> String {
    format!(
        "WITH m AS ({}), i AS (INSERT INTO {reply} (body) SELECT body FROM m RETURNING id) \
         SELECT pg_notify('{reply}', '') FROM i",
        receive(request)
    )
}

struct Client {
    connection: Postgres,
    send: Call,
    receive: Call,
    sent: u32,
}

impl Worker for Client {
    async fn step(&mut self) -> anyhow::Result<Step> {
        let stamp = Stamp { sender: 0, number: self.sent };
        self.sent += 1;
        self.send.set(0, &stamp.bytes());
        self.connection.call(&self.send).await?;
        loop {
            self.connection.notified().await?;
            if self.connection.call(&self.receive).await? > 0 {
                break;
            }
        }
        ensure!(Stamp::of(self.connection.value(0)) == Some(stamp), "the answer is not the request's");
        Ok(Step::Messages(1))
    }
}

pub(super) async fn round_trip(peer: &PeerAddress, cell: Cell, timing: Timing) -> anyhow::Result<Outcome> {
    let [request, reply] = TABLES;
    let mut control = Postgres::open(peer).await?;
    for table in TABLES {
        control.query(&format!("DROP TABLE IF EXISTS {table}")).await?;
        control
            .query(&format!("CREATE TABLE {table} (id bigserial PRIMARY KEY, body bytea NOT NULL)"))
            .await?;
    }
    let mut connection = Postgres::open(peer).await?;
    connection.query(&format!("LISTEN {reply}")).await?;
    connection.prepare("send", &send(request)).await?;
    connection.prepare("receive", &receive(reply)).await?;
    let send = CallBuilder::new().binary(&Body::new(cell.size)).build("send");
    let client = Client { connection, send, receive: CallBuilder::new().build("receive"), sent: 0 };
    let mut service = Postgres::open(peer).await?;
    service.query(&format!("LISTEN {request}")).await?;
    service.prepare("answer", &answer(request, reply)).await?;
    let meters = Meters::default();
    let driven = tokio::select! {
        driven = drive(vec![client], timing, &meters) => driven,
        failed = serve(service) => bail!(failed),
    };
    let (outcome, clients) = driven?;
    drop(clients);
    for table in TABLES {
        control.query(&format!("DROP TABLE {table}")).await?;
    }
    Ok(outcome)
}

/// Answers until it is dropped or fails.
async fn serve(mut connection: Postgres) -> anyhow::Error {
    let call = CallBuilder::new().build("answer");
    loop {
        if let Err(error) = connection.notified().await {
            return error;
        }
        loop {
            match connection.call(&call).await {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => return error,
            }
        }
    }
}
