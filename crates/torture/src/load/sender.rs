//! One sender: transactions on dialogs of its own, through every break of its connection.

use std::sync::atomic::Ordering;
use std::time::Duration;

use duologue_bench::client::RequestBuilder;

use super::Shared;
use crate::chance::Chance;
use crate::client::{Client, Target, is_answer};
use crate::pair::{DATABASE, SERVICES};

/// Until a server that is down is asked again.
const PAUSE: Duration = Duration::from_millis(50);
/// Transactions of a dialog.
const DIALOG: u64 = 60;

struct Sender<'a> {
    shared: &'a Shared,
    number: u32,
    chance: Chance,
    dialog: Option<[u8; 16]>,
    /// Dialogs begun so far.
    dialogs: u32,
}

/// Sends until the senders are to end.
pub(super) fn run(shared: &Shared, target: &Target, number: u32, seed: u64) -> anyhow::Result<()> {
    let chance = Chance::new(seed ^ u64::from(number + 1) << 40);
    let mut sender = Sender { shared, number, chance, dialog: None, dialogs: 0 };
    while !sender.is_over() {
        let Ok(mut client) = Client::open(target, DATABASE) else {
            std::thread::sleep(PAUSE);
            continue;
        };
        while !sender.is_over() && sender.step(&mut client).is_ok() {}
    }
    Ok(())
}

impl Sender<'_> {
    fn is_over(&self) -> bool {
        self.shared.senders_end.load(Ordering::SeqCst)
    }

    /// One transaction. An error means that the connection is of no use any more.
    fn step(&mut self, client: &mut Client) -> anyhow::Result<()> {
        let handle = match self.dialog {
            Some(handle) => handle,
            None => self.begin_dialog(client)?,
        };
        let (count, is_rolled_back) = match self.chance.below(12) {
            0..6 => (1, false),
            6..11 => (3, false),
            _ => (2, true),
        };
        let stamps = self.shared.ledger().begin(self.number, self.dialogs, count);
        if is_rolled_back {
            self.shared.ledger().withdrawn(&stamps);
        }
        let text = statement(count, if is_rolled_back { "ROLLBACK" } else { "COMMIT" });
        let mut request = RequestBuilder::new(text).guid("@h", handle);
        for (index, stamp) in stamps.iter().enumerate() {
            request = request.binary(&format!("@b{index}"), &stamp.body());
        }
        match client.call(&request.build()) {
            Ok(_) if is_rolled_back => {}
            Ok(_) => {
                self.shared.ledger().answered(&stamps);
                self.shared.sent.fetch_add(1, Ordering::SeqCst);
            }
            Err(error) if is_answer(&error) => {
                self.shared.ledger().refuse(&stamps, format!("{error:#}"));
                std::thread::sleep(PAUSE);
            }
            Err(error) => return Err(error),
        }
        if self.chance.one_in(DIALOG) {
            self.end_dialog(client, handle)?;
        }
        Ok(())
    }

    fn begin_dialog(&mut self, client: &mut Client) -> anyhow::Result<[u8; 16]> {
        let [near, far] = SERVICES;
        let begun = client.batch(&format!(
            "SET NOCOUNT ON; DECLARE @h uniqueidentifier; \
             BEGIN DIALOG CONVERSATION @h FROM SERVICE [{near}] TO SERVICE '{far}' \
             ON CONTRACT [//torture/contract] WITH ENCRYPTION = ON; SELECT @h"
        ));
        let handle = begun.and_then(duologue_bench::client::Reply::guid).inspect_err(|error| {
            if is_answer(error) {
                self.shared.ledger().refuse(&[], format!("{error:#}"));
                std::thread::sleep(PAUSE);
            }
        })?;
        self.dialogs += 1;
        self.dialog = Some(handle);
        Ok(handle)
    }

    /// Whether or not this is answered, nothing more is sent on it.
    fn end_dialog(&mut self, client: &mut Client, handle: [u8; 16]) -> anyhow::Result<()> {
        self.dialog = None;
        let request = RequestBuilder::new("END CONVERSATION @h").guid("@h", handle).build();
        client.call(&request).map(drop)
    }
}

/// SEND of so many messages in one transaction that ends like that. A single one needs none.
fn statement(count: u32, end: &str) -> String {
    let sends: String = (0..count)
        .map(|index| format!("SEND ON CONVERSATION @h MESSAGE TYPE [//torture/message] (@b{index}); "))
        .collect();
    if count == 1 {
        return sends;
    }
    format!("SET XACT_ABORT ON; BEGIN TRANSACTION; {sends}{end} TRANSACTION")
}
