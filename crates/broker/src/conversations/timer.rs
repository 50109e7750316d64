//! BEGIN CONVERSATION TIMER.

use std::time::Duration;

use duologue_catalog::permissions::{Permission, Securable};
use duologue_dialog::Verb;
use duologue_messages::{SqlError, sql_error};
use duologue_types::ConversationHandle;

use super::Caller;
use crate::instance::{Attempt, Instance};

impl Instance {
    /// BEGIN CONVERSATION TIMER: sets or restarts this side's timer. Durable; nothing travels.
    pub fn begin_conversation_timer(
        &mut self,
        caller: Caller<'_>,
        handle: ConversationHandle,
        seconds: i32,
    ) -> Result<Attempt<()>, SqlError> {
        let (endpoint, _) = self.usable_endpoint(caller, handle)?;
        let catalog = self.catalog_for(Some(caller.transaction));
        if !catalog.has(caller.security, Permission::Control, Securable::Database) {
            let _granted =
                catalog.require(caller.security, Permission::Send, Securable::Service(endpoint.service))?;
        }
        if let Some(blocked) = self.lock_conversation(caller, handle)? {
            return Ok(Attempt::Blocked(blocked));
        }
        let (endpoint, local) = self.usable_endpoint(caller, handle)?;
        endpoint.state_with(local).check(Verb::BeginTimer)?;
        let due = caller.now + Duration::from_secs(u64::try_from(seconds).map_err(|_| sql_error!(8410))?);
        if due > endpoint.expires {
            return Err(sql_error!(8410));
        }
        self.change_local(caller.transaction, handle, |draft| {
            draft.local.timer = Some(due);
            draft.sets_timer = true;
        });
        Ok(Attempt::Ready(()))
    }
}
