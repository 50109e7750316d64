//! END CONVERSATION.

use duologue_catalog::permissions::{Permission, Securable};
use duologue_dialog::{EndpointState, Verb};
use duologue_messages::{SqlError, sql_error};
use duologue_types::ConversationHandle;

use super::{Caller, LocalEnd};
use crate::instance::{Attempt, Instance};
use crate::system::{END_DIALOG, ERROR, error_body};
use crate::transmission::OutgoingKind;

/// How a conversation is ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EndMode {
    /// EndDialog after everything that is pending.
    Normal,
    /// An Error message in place of what is pending.
    Error {
        /// The failure code, above 0.
        code: i32,
        /// At most 3000 characters.
        description: String,
    },
    /// Forget this side; nobody is told.
    Cleanup,
}

impl Instance {
    /// END CONVERSATION.
    pub fn end_conversation(
        &mut self,
        caller: Caller<'_>,
        handle: ConversationHandle,
        mode: &EndMode,
    ) -> Result<Attempt<()>, SqlError> {
        let service = self.usable_endpoint(caller, handle)?.0.service;
        self.require_may_end(caller, handle, service, mode)?;
        if let Some(blocked) = self.lock_conversation(caller, handle)? {
            return Ok(Attempt::Blocked(blocked));
        }
        let (endpoint, local) = self.usable_endpoint(caller, handle)?;
        let nothing_to_tell =
            endpoint.far_end.is_some() || (endpoint.is_initiator && local.send_sequence == 0);
        if *mode == EndMode::Cleanup {
            self.change_local(caller.transaction, handle, |draft| draft.cleanup = true);
            return Ok(Attempt::Ready(()));
        }
        endpoint.state_with(local).check(Verb::End)?;
        let sequence = match (nothing_to_tell, mode) {
            (true, _) => None,
            (false, EndMode::Error { code, description }) => {
                let body = error_body(*code, description);
                Some(self.queue_outgoing(caller, handle, OutgoingKind::Error, ERROR.into(), Some(body)))
            }
            (false, _) => {
                Some(self.queue_outgoing(caller, handle, OutgoingKind::End, END_DIALOG.into(), None))
            }
        };
        let with_error = matches!(mode, EndMode::Error { .. });
        self.change_local(caller.transaction, handle, |draft| {
            draft.local.end = Some(LocalEnd { sequence, with_error });
            draft.local.timer = None;
        });
        Ok(Attempt::Ready(()))
    }

    /// Owners of the conversation (whoever may receive from its queue), db_owner and sysadmin; a closed conversation
    /// only the latter two (28006).
    fn require_may_end(
        &self,
        caller: Caller<'_>,
        handle: ConversationHandle,
        service: duologue_types::ServiceId,
        mode: &EndMode,
    ) -> Result<(), SqlError> {
        let (endpoint, local) = self.usable_endpoint(caller, handle)?;
        let state = endpoint.state_with(local);
        let catalog = self.catalog_for(Some(caller.transaction));
        let owns_database = catalog.has(caller.security, Permission::Control, Securable::Database);
        if owns_database {
            return Ok(());
        }
        if *mode == EndMode::Cleanup
            && matches!(state, EndpointState::Closed | EndpointState::DisconnectedOutbound)
        {
            return Err(sql_error!(28006, "END CONVERSATION WITH CLEANUP", handle, state.description()));
        }
        self.require_receive_on_service(caller, service)
    }
}
