//! Answers on conversations that the broker leads itself: questions to the configuration service, and the dialogs of
//! event notifications. Nobody receives from these, so each answer is handled here, and the broker ends its side.

use duologue_dialog::Kind;
use duologue_messages::{SqlError, sql_error};
use duologue_types::{ConversationHandle, Timestamp};

use crate::arrival::Incoming;
use crate::conversations::{FarEnd, LocalEnd, SystemUse};
use crate::instance::{DeferredChange, Instance};

impl Instance {
    /// Takes a message that arrived on a conversation of the broker's own.
    pub(crate) fn deliver_to_broker(
        &mut self,
        handle: ConversationHandle,
        message: &Incoming,
        now: Timestamp,
    ) {
        let Some(endpoint) = self.conversations.get_mut(handle) else { return };
        let Some(system) = endpoint.system else { return };
        let (end, error) = match message.kind {
            Kind::EndDialog => (FarEnd::Ended, None),
            Kind::Error | Kind::BrokerError => (FarEnd::Error, Some(description(message))),
            // The contracts of these conversations let only the broker send.
            Kind::Message | Kind::Acknowledgement => return,
        };
        endpoint.far_end.get_or_insert(end);
        endpoint.local.end.get_or_insert(LocalEnd { sequence: None, with_error: false });
        self.save_endpoint(handle);
        match system {
            SystemUse::ConfigurationNotice => self.question_answered(handle, error.as_deref(), now),
            SystemUse::EventNotification => self.event_notification_closed(handle, error.as_deref()),
        }
    }

    /// The dialog of an event notification is over: the notification goes with it.
    fn event_notification_closed(&mut self, handle: ConversationHandle, error: Option<&str>) {
        let logged: SqlError = match error {
            Some(text) => sql_error!(17003, handle, text),
            None => sql_error!(17004, handle),
        };
        self.log(&logged);
        self.deferred.push_back(DeferredChange::DropEventNotification(handle));
    }
}

/// What an Error message says, for the log.
fn description(message: &Incoming) -> String {
    let document =
        message.body.as_ref().and_then(|body| duologue_xml::decode_bytes(body).ok()).unwrap_or_default();
    let between = |start: &str, end: &str| {
        let from = document.find(start)? + start.len();
        let to = document[from..].find(end)? + from;
        Some(document[from..to].to_owned())
    };
    let code = between("<Code>", "</Code>").unwrap_or_default();
    let text = between("<Description>", "</Description>").unwrap_or_else(|| document.clone());
    format!("{text} (code {code})")
}
