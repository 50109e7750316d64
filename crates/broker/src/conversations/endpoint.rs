//! A conversation endpoint: one side of a dialog.
//!
//! Its parts change under different rules. The *local half* changes only in transactions that hold the lock of
//! its conversation group, and only when they commit. The *far half* and what concerns transmission change when
//! messages and acknowledgements arrive, which never waits for that lock. The state is derived from both.

use std::collections::BTreeMap;
use std::sync::Arc;

use duologue_dialog::{EndpointState, Facts, ReceiveHalf, SendHalf};
use duologue_types::{
    BrokerInstance, ContractId, ConversationGroupId, ConversationHandle, ConversationId, DatabaseId, Guid,
    PrincipalId, ServiceId, Timestamp,
};

use crate::arrival::PartialMessage;
use crate::bodies::Body;
use crate::transmission::{OutgoingMessage, Transmission};

use super::security::DialogSecurity;

/// How this side ended the conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LocalEnd {
    /// Number of the EndDialog or Error message; `None` when none had to be sent.
    pub sequence: Option<u64>,
    /// `WITH ERROR`.
    pub with_error: bool,
}

/// What transactions that hold the group's lock change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LocalHalf {
    /// The conversation's group.
    pub group: ConversationGroupId,
    /// Number of the next message to send.
    pub send_sequence: u64,
    /// Whether this side has ended.
    pub end: Option<LocalEnd>,
    /// When the conversation timer fires.
    pub timer: Option<Timestamp>,
}

/// How the far side, or the broker, finished the conversation for this side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FarEnd {
    /// An EndDialog message is, or was, in the queue.
    Ended,
    /// An Error message is, or was, in the queue.
    Error,
}

/// A conversation that the broker itself leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SystemUse {
    /// The exclusive dialog of an event notification.
    EventNotification,
    /// A question to the configuration service.
    ConfigurationNotice,
}

/// One side of a conversation.
#[derive(Debug)]
pub struct Endpoint {
    /// This side's handle.
    pub handle: ConversationHandle,
    /// Shared with the far side.
    pub conversation: ConversationId,
    /// Which side this is.
    pub is_initiator: bool,
    /// Where it lives.
    pub database: DatabaseId,
    /// Local service.
    pub service: ServiceId,
    /// Contract.
    pub contract: ContractId,
    /// Far service, compared by bytes.
    pub far_service: Arc<str>,
    /// As given in BEGIN DIALOG, or learned from the far side's first answer.
    pub far_broker_instance: Option<BrokerInstance>,
    /// End of the lifetime.
    pub expires: Timestamp,
    /// 1–10, fixed at creation.
    pub priority: u8,
    /// When BEGIN DIALOG ran, or the first message arrived.
    pub begun: Timestamp,
    /// The far side lives in this instance: nothing of it can be replayed.
    pub far_is_local: bool,
    /// The initiator has shown that it saw the first acknowledgement: its first message cannot come again.
    pub far_saw_first_ack: bool,
    /// Statements have forgotten it and none sees it: it stays only so that its first message cannot open it again.
    pub forgotten: bool,
    /// Led by the broker itself.
    pub system: Option<SystemUse>,
    /// `ENCRYPTION = ON`.
    pub encryption: bool,
    /// User whose certificate this side uses.
    pub principal: PrincipalId,
    /// User that stands for the far side.
    pub far_principal: PrincipalId,
    /// How its messages are protected.
    pub security: DialogSecurity,
    /// Changed under the group's lock.
    pub local: LocalHalf,
    /// What has arrived.
    pub received: ReceiveHalf,
    /// How the far side finished.
    pub far_end: Option<FarEnd>,
    /// What has been acknowledged, and when to send again.
    pub sent: SendHalf,
    /// When a closed endpoint that is kept against replays may go.
    pub purge_after: Option<Timestamp>,
    /// Rows of the transmission queue, by sequence.
    pub outgoing: BTreeMap<u64, Box<OutgoingMessage<Body>>>,
    /// What is here of messages that are not complete.
    pub partials: BTreeMap<u64, PartialMessage>,
    /// Where its messages go and what hinders them. Not stored.
    pub transmission: Transmission,
}

impl Endpoint {
    /// The state that follows from both halves.
    pub fn state(&self) -> EndpointState {
        self.state_with(&self.local)
    }

    /// The state as a transaction sees it that has changed the local half.
    pub fn state_with(&self, local: &LocalHalf) -> EndpointState {
        Facts {
            is_initiator: self.is_initiator,
            sent_first: local.send_sequence > 0,
            received_first: self.received.received_first(),
            ended: local.end.is_some(),
            end_acknowledged: local.end.is_some_and(|end| {
                end.sequence.is_none_or(|sequence| self.sent.acknowledged().sequence > sequence)
            }),
            far_ended: self.far_end == Some(FarEnd::Ended),
            failed: self.far_end == Some(FarEnd::Error),
        }
        .state()
    }

    /// Id of the key that seals this side's messages; zero without security.
    pub fn outbound_key_id(&self) -> Guid {
        self.security.outbound_key_id().map_or(Guid::ZERO, |id| id.0)
    }

    /// Id of the key that opens the far side's messages; zero without security.
    pub fn inbound_key_id(&self) -> Guid {
        self.security.inbound_key_id().map_or(Guid::ZERO, |id| id.0)
    }
}
