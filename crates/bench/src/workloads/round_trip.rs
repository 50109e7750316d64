//! W4: a client asks, a service in another database answers, the client takes the answer.

use anyhow::{bail, ensure};

use super::database::Database;
use super::text::Encryption;
use super::{Cell, Measured, Setting, Shape, text};
use crate::client::{Connection, Request};
use crate::load::{Body, Stamp, Step, Worker, drive};

/// What an answer may take.
const ANSWER_MS: u32 = 30_000;
const BODY: usize = 2;

/// Sends and waits for the answer.
struct Client {
    connection: Connection,
    request: Request,
    receive: Request,
    sender: u32,
    sent: u32,
}

impl Worker for Client {
    async fn step(&mut self) -> anyhow::Result<Step> {
        let stamp = Stamp { sender: self.sender, number: self.sent };
        self.request.set(1, &stamp.bytes());
        self.connection.call(&self.request).await?;
        self.sent += 1;
        let reply = self.connection.call(&self.receive).await?;
        ensure!(reply.rows() == 1, "a request was not answered within half a minute");
        ensure!(Stamp::of(reply.value(0, BODY)) == Some(stamp), "the answer is not the request's");
        Ok(Step::Messages(1))
    }
}

/// One client at each of the cell's clients' conversations would take answers of another; so there is one client.
pub(super) async fn round_trip(setting: &Setting, cell: Cell) -> anyhow::Result<Measured> {
    let near = Database::with_objects(&setting.target).await?;
    let mut far = Database::with_objects(&setting.target).await?;
    let asking = format!("//bench/{}/client", near.name);
    let answering = format!("//bench/{}/service", far.name);
    for database in [&near, &far] {
        // The sender's user means nothing in another database unless its own vouches for it.
        database.alter("SET TRUSTWORTHY ON").await?;
    }
    near.service(&near.name, &asking, "InitiatorQueue").await?;
    far.service(&far.name, &answering, "TargetQueue").await?;
    let mut connection = near.connect().await?;
    let handle = connection.batch(&text::open_dialog(&asking, &answering, Encryption::Off)).await?.guid()?;
    let mut request = text::send(1, &Body::new(cell.size));
    request.set(0, &handle);
    let receive = text::receive("TOP (1) ", "InitiatorQueue", ANSWER_MS);
    let request_bytes = request.message().len();
    let client = Client { connection, request, receive, sender: 0, sent: 0 };
    let service = far.connect().await?;
    let (outcome, clients) = tokio::select! {
        driven = drive(vec![client], setting.timing, &setting.meters) => driven?,
        failed = serve(service) => bail!(failed),
    };
    ensure!(far.count("TargetQueue").await? == 0, "requests are left");
    drop(clients);
    near.drop().await?;
    far.drop().await?;
    let shape = Shape { request_bytes, reply_bytes: 64, log_bytes: cell.size };
    Ok(Measured { outcome, shape })
}

/// Answers until it is dropped or fails.
async fn serve(mut connection: Connection) -> anyhow::Error {
    let request = text::answer("TargetQueue", 5_000);
    loop {
        if let Err(error) = connection.call(&request).await {
            return error;
        }
    }
}
