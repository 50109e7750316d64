//! Messages that are queued before anything is measured.

use super::database::Database;
use super::send::Sender;
use super::{BATCH, Cell, DIALOGS_PER_CLIENT, FILLERS, GROUP, Workload, text};
use crate::load::{Body, Step, Worker, to_the_end};

/// Fills the queue, one conversation after the other.
struct Filler {
    sender: Sender,
    dialogs: Vec<Dialog>,
    batch: u32,
}

struct Dialog {
    handle: [u8; 16],
    number: u32,
    /// Messages sent and to be sent.
    sent: u32,
    wanted: u32,
}

impl Worker for Filler {
    async fn step(&mut self) -> anyhow::Result<Step> {
        let Some(dialog) = self.dialogs.iter_mut().find(|dialog| dialog.sent < dialog.wanted) else {
            return Ok(Step::Finished);
        };
        self.sender.go_on_with(dialog.handle, dialog.number, dialog.sent);
        self.sender.send().await?;
        dialog.sent += self.batch;
        Ok(Step::Messages(self.batch.into()))
    }
}

/// Sends groups until there are enough.
struct GroupFiller {
    sender: Sender,
    wanted: u32,
}

impl Worker for GroupFiller {
    async fn step(&mut self) -> anyhow::Result<Step> {
        if self.sender.sent() >= self.wanted {
            return Ok(Step::Finished);
        }
        self.sender.step().await
    }
}

/// Puts at least that many messages into the queue; how many each conversation got.
pub(super) async fn fill(database: &Database, cell: Cell, messages: u64) -> anyhow::Result<Vec<u32>> {
    let body = Body::new(cell.size);
    if cell.workload == Workload::ReceiveGroup {
        return fill_groups(database, &body, messages.div_ceil(GROUP.into())).await;
    }
    let dialogs = cell.clients * DIALOGS_PER_CLIENT;
    let each = u32::try_from(messages.div_ceil(dialogs as u64))?;
    let batch = each.clamp(1, BATCH);
    let each = each.div_ceil(batch) * batch;
    let request = text::send(batch, &body);
    let mut fillers = Vec::new();
    for connection in database.connect_all(FILLERS.min(dialogs)).await? {
        let sender = Sender::on_any(connection, request.clone(), batch);
        fillers.push(Filler { sender, dialogs: Vec::new(), batch });
    }
    for index in 0..dialogs {
        let filler = &mut fillers[index % FILLERS];
        let handle = filler.sender.open_dialog().await?;
        filler.dialogs.push(Dialog { handle, number: u32::try_from(index)?, sent: 0, wanted: each });
    }
    to_the_end(fillers).await?;
    Ok(vec![each; dialogs])
}

/// One dialog for each group.
async fn fill_groups(database: &Database, body: &Body, groups: u64) -> anyhow::Result<Vec<u32>> {
    let request = text::send_new_dialog(GROUP, body);
    let wanted = u32::try_from(groups.div_ceil(FILLERS as u64))? * GROUP;
    let mut fillers = Vec::new();
    for (index, connection) in database.connect_all(FILLERS).await?.into_iter().enumerate() {
        let sender = Sender::on_new_dialogs(connection, request.clone(), GROUP, u32::try_from(index)?);
        fillers.push(GroupFiller { sender, wanted });
    }
    to_the_end(fillers).await?;
    Ok(vec![wanted; FILLERS])
}
