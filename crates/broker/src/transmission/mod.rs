//! The way of a committed message to its target: routing, security, the links to other brokers, acknowledgements.

mod acknowledge;
mod classify;
mod collect;
mod links;
mod local;
mod message;
mod secure;

use std::sync::Arc;
use std::time::Duration;

use duologue_dialog::{EndpointState, Position, REPLAY_PROTECTION};
use duologue_messages::{SqlError, sql_error};
use duologue_store::Key;
use duologue_types::{ConversationHandle, DatabaseId, Timestamp};

pub(crate) use classify::Destination;
pub use classify::tcp_address;
pub(crate) use classify::{Question, classify};
pub use links::Links;
pub use message::{OutgoingKind, OutgoingMessage};

use crate::bodies::Body;
use crate::conversations::{DialogSecurity, Endpoint, FarEnd};
use crate::instance::Instance;
use crate::system::is_exempt_from_notices;
use crate::timers::Due;

/// Between two parts of a review.
const REVIEW_PAUSE: Duration = Duration::from_millis(10);

/// How an endpoint's transmission stands. Not stored: found out anew after a start.
#[derive(Debug, Default)]
pub struct Transmission {
    /// Why the last attempt failed; `None` when it succeeded or none was made.
    pub status: Option<Arc<SqlError>>,
    /// Where its messages go, found with this version of the catalog.
    route: Option<(u64, KnownRoute)>,
    /// Messages below this number are durable.
    sendable_below: u64,
    /// What arrived before this position is durable and not acknowledged yet.
    pub(crate) acknowledge: Option<Position>,
    /// How many acknowledgements wait until what they acknowledge is durable.
    pub(crate) owed: u32,
    /// The keys that were made for it are not durable yet: nothing may be sealed with them.
    pub(crate) keys_pending: bool,
    /// The far side's broker does not know the conversation any more.
    pub(crate) far_side_is_gone: bool,
    /// What became of an initiator's first acknowledgement from another broker.
    pub(crate) first_ack: FirstAck,
}

/// How far an initiator is with the acknowledgement of its first message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(crate) enum FirstAck {
    /// It has not come, or the target is here.
    #[default]
    Awaited,
    Arrived,
    /// The first message will not be sent again even after a crash.
    Durable,
    /// An envelope has told the target so.
    Told,
}

/// A way that was found.
#[derive(Clone, Debug)]
enum KnownRoute {
    Local(DatabaseId),
    Remote(Arc<str>),
}

impl From<KnownRoute> for Destination {
    fn from(route: KnownRoute) -> Self {
        match route {
            KnownRoute::Local(database) => Self::Local(database),
            KnownRoute::Remote(address) => Self::Remote(address),
        }
    }
}

impl Destination {
    /// The way, if one was found.
    fn known_route(&self) -> Option<KnownRoute> {
        match self {
            Self::Local(database) => Some(KnownRoute::Local(*database)),
            Self::Remote(address) => Some(KnownRoute::Remote(address.clone())),
            Self::Delayed(_) | Self::AskForRoute => None,
        }
    }
}

impl Transmission {
    /// Messages below this number are durable.
    pub(crate) fn sendable_below(&self) -> u64 {
        self.sendable_below
    }

    /// Whether the far side has yet to hear that its messages arrived.
    pub(crate) fn owes_acknowledgement(&self) -> bool {
        self.owed > 0 || self.acknowledge.is_some()
    }
}

impl Endpoint {
    /// Text for `transmission_status` and GET_TRANSMISSION_STATUS: empty when the last attempt succeeded, none was
    /// made, or the answer is awaited.
    pub fn transmission_status(&self) -> &str {
        self.transmission.status.as_ref().map_or("", |error| error.text.as_str())
    }

    /// Whether this side, which has ended, stops waiting for a far side that is said not to know the conversation.
    ///
    /// Whoever is on the way can say so: it may not cost a secured conversation its messages at once. But a far side
    /// that got everything forgets a closed conversation after half an hour, and then nobody can ever acknowledge.
    fn may_believe_far_side_is_gone(&self, now: Timestamp) -> bool {
        // Cheap answers first: this is asked for every message, and almost always no.
        if !self.transmission.far_side_is_gone || self.local.end.is_none() {
            return false;
        }
        let ended = self.outgoing.values().find(|message| message.kind != OutgoingKind::Data);
        let costs_nothing = self.security.secured().is_none()
            || self.outgoing.values().all(|message| message.kind == OutgoingKind::End);
        let waited = ended.is_some_and(|end| now - end.enqueued >= REPLAY_PROTECTION);
        costs_nothing || waited
    }

    /// Whether this initiator has yet to say that it saw its first message acknowledged. Unless it does, the target
    /// must keep a closed conversation for its whole lifetime, lest the first message come once more.
    pub(crate) fn owes_last_word(&self) -> bool {
        let is_untold = matches!(self.transmission.first_ack, FirstAck::Arrived | FirstAck::Durable);
        self.is_initiator && !self.far_is_local && is_untold
    }

    fn has_something_to_send(&self) -> bool {
        let unsent = self.outgoing.range(..self.transmission.sendable_below).next().is_some();
        (unsent && self.far_end.is_none()) || self.transmission.acknowledge.is_some()
    }
}

impl Instance {
    /// The messages that an endpoint has in the transmission queue. An error is the store's.
    pub fn outgoing_messages<'a>(
        &'a self,
        endpoint: &'a Endpoint,
    ) -> impl Iterator<Item = Result<OutgoingMessage, SqlError>> + 'a {
        let handle = endpoint.handle;
        endpoint.outgoing.iter().map(move |(sequence, message)| {
            let body = self.bodies.read(&Key::Transmission { handle, sequence: *sequence }, &message.body)?;
            Ok(message.with_body(body))
        })
    }

    /// Has the body of a message in memory, that it can be sent.
    pub(crate) fn recall_outgoing(
        &mut self,
        handle: ConversationHandle,
        sequence: u64,
    ) -> Result<(), SqlError> {
        let endpoint = self.conversations.get_mut(handle);
        let message = endpoint.and_then(|endpoint| endpoint.outgoing.get_mut(&sequence));
        if let Some(message) = message.filter(|message| matches!(message.body, Body::Stored)) {
            let body = self.bodies.read(&Key::Transmission { handle, sequence }, &message.body)?;
            message.body = self.bodies.hold(body);
        }
        Ok(())
    }

    /// The row of a message is durable: if memory is short, that is enough of its body.
    pub(crate) fn leave_outgoing(&mut self, handle: ConversationHandle, sequence: u64) {
        if self.bodies.is_exceeded()
            && let Some(endpoint) = self.conversations.get_mut(handle)
            && let Some(message) = endpoint.outgoing.get_mut(&sequence)
        {
            message.body.leave();
        }
    }

    /// Messages below `below` are durable: they may go.
    pub(crate) fn release_to_send(&mut self, handle: ConversationHandle, below: u64, now: Timestamp) {
        let Some(endpoint) = self.conversations.get_mut(handle) else { return };
        endpoint.transmission.sendable_below = endpoint.transmission.sendable_below.max(below);
        self.transmit(handle, now);
    }

    /// What arrived before `position` is durable: it may be acknowledged.
    pub(crate) fn release_to_acknowledge(
        &mut self,
        handle: ConversationHandle,
        position: Position,
        now: Timestamp,
    ) {
        let Some(endpoint) = self.conversations.get_mut(handle) else { return };
        endpoint.transmission.owed = endpoint.transmission.owed.saturating_sub(1);
        let acknowledge = endpoint.transmission.acknowledge.get_or_insert(position);
        *acknowledge = position.max(*acknowledge);
        self.transmit(handle, now);
    }

    /// Everything stored is durable after a start: it may go.
    pub(crate) fn release_everything(&mut self, now: Timestamp) {
        let mut stored: Vec<_> = self
            .conversations
            .iter()
            .map(|endpoint| (endpoint.handle, endpoint.sent.next_sequence()))
            .collect();
        stored.sort_unstable();
        for (handle, below) in stored {
            self.release_to_send(handle, below, now);
            self.close_if_finished(handle, now);
        }
    }

    /// Looks at a conversation that has something to send, and sets it on its way or says what hinders it.
    pub(crate) fn transmit(&mut self, handle: ConversationHandle, now: Timestamp) {
        let Some(endpoint) = self.conversations.get_mut(handle).filter(|found| !found.forgotten) else {
            return;
        };
        if endpoint.may_believe_far_side_is_gone(now) {
            // Nobody waits for an acknowledgement either: one that is owed would keep an initiator for ever.
            endpoint.transmission.acknowledge = None;
            self.finish_far_side(handle, FarEnd::Error);
            self.save_endpoint(handle);
            self.close_if_finished(handle, now);
            return;
        }
        let (is_due, is_finished) = (endpoint.has_something_to_send(), endpoint.far_end.is_some());
        if is_finished || !is_due {
            self.hold_if_finished(handle);
        }
        if !is_due {
            return;
        }
        if let Err(reason) = self.set_on_its_way(handle, now) {
            let reason = self.explain_unroutable_acknowledgement(handle, reason);
            self.delay(handle, reason, now);
        }
    }

    /// A missing way back shows at the sender only as duplicates: say here, where the cause is, what to do (49906).
    fn explain_unroutable_acknowledgement(&self, handle: ConversationHandle, reason: SqlError) -> SqlError {
        let Some(endpoint) = self.conversations.get(handle) else { return reason };
        if !endpoint.outgoing.is_empty() || endpoint.is_initiator {
            return reason;
        }
        let database = self.catalog.databases.get(&endpoint.database);
        let database = database.map_or("", |found| found.settings.name.as_str());
        sql_error!(49906, endpoint.far_service, reason.text, database)
    }

    /// Sends a closed initiator's last word, once it is true for good. Nobody waits for it: an initiator that can't say
    /// it now goes without.
    pub(crate) fn say_last_word(&mut self, handle: ConversationHandle, now: Timestamp) {
        let Some(endpoint) = self.conversations.get_mut(handle) else { return };
        if endpoint.transmission.first_ack < FirstAck::Durable || endpoint.transmission.acknowledge.is_some()
        {
            return;
        }
        endpoint.transmission.acknowledge = Some(endpoint.received.expected());
        let is_on_its_way = self.set_on_its_way(handle, now).is_ok();
        let waits = |endpoint: &Endpoint| endpoint.transmission.acknowledge.is_some();
        if !is_on_its_way || !self.conversations.get(handle).is_some_and(waits) {
            self.remove_endpoint(handle);
        }
    }

    fn set_on_its_way(&mut self, handle: ConversationHandle, now: Timestamp) -> Result<(), SqlError> {
        match self.destination(handle, now)? {
            Destination::Local(database) => self.deliver_pending(handle, database, now),
            Destination::Remote(address) => {
                if self.prepare_security(handle, now)? {
                    self.require_endpoint_started()?;
                    self.queue_on_link(handle, address)?;
                }
                Ok(())
            }
            Destination::Delayed(reason) => Err(reason),
            Destination::AskForRoute => Err(sql_error!(9770)),
        }
    }

    /// Where the conversation's messages go, with the questions that this raises asked.
    pub(crate) fn destination(
        &mut self,
        handle: ConversationHandle,
        now: Timestamp,
    ) -> Result<Destination, SqlError> {
        let Some(endpoint) = self.conversations.get(handle) else { return Err(sql_error!(9793)) };
        let Some(database) = self.catalog.databases.get(&endpoint.database).cloned() else {
            return Err(sql_error!(9793));
        };
        if !database.settings.broker_enabled {
            return Err(sql_error!(9791));
        }
        if let Some(counterpart) = self.counterpart_database(endpoint) {
            return Ok(Destination::Local(counterpart));
        }
        let version = self.catalog_version;
        let known = endpoint.transmission.route.as_ref().filter(|(found_with, _)| *found_with == version);
        let is_new = known.is_none();
        let destination = match known {
            Some((_, route)) => route.clone().into(),
            None => {
                let question = Question {
                    service: &endpoint.far_service,
                    broker_instance: endpoint.far_broker_instance,
                    conversation: endpoint.conversation,
                    now,
                    may_ask: !is_exempt_from_notices(&endpoint.far_service),
                };
                classify(&self.catalog, &database, question)
            }
        };
        let undecided = endpoint.is_initiator && endpoint.security == DialogSecurity::Undecided;
        // Both questions may be open at once; the binding is asked for first.
        let binding = if undecided { self.ask_for_binding(handle, &destination, now) } else { Ok(()) };
        if destination == Destination::AskForRoute {
            self.ask_for_route(handle, now)?;
        }
        binding?;
        if is_new
            && let Some(route) = destination.known_route()
            && database.routes.iter().all(|route| route.expires.is_none())
            && let Some(endpoint) = self.conversations.get_mut(handle)
        {
            endpoint.transmission.route = Some((version, route));
        }
        Ok(destination)
    }

    /// The database of the other side, if that lives in this instance.
    pub(crate) fn counterpart_database(&self, endpoint: &Endpoint) -> Option<DatabaseId> {
        let counterpart = self.conversations.find(endpoint.conversation, !endpoint.is_initiator)?;
        let counterpart = self.conversations.get(counterpart)?;
        // Whoever knows the conversation's id can open its other side from outside; that one is no counterpart.
        (endpoint.far_is_local && counterpart.far_is_local).then_some(counterpart.database)
    }

    /// Notes why a conversation's messages stay, and looks at them again later.
    pub(crate) fn delay(&mut self, handle: ConversationHandle, reason: SqlError, now: Timestamp) {
        if let Some(endpoint) = self.conversations.get_mut(handle) {
            endpoint.transmission.status = Some(Arc::new(reason));
            if endpoint.state() == EndpointState::Closed {
                // An acknowledgement that cannot go keeps nobody: the far side finds out when it sends again.
                endpoint.transmission.acknowledge = None;
                self.close_if_finished(handle, now);
                return;
            }
            self.links.delayed.insert(handle);
            self.timers.arm_reclassify(now);
        }
    }

    /// Looks again at every delayed conversation: the catalog changed, or time passed. A part of them is looked at now,
    /// the others in parts of that size, with pauses in which everybody else gets on.
    pub(crate) fn reclassify(&mut self, now: Timestamp) {
        self.links.begin_review();
        self.continue_review(now);
    }

    /// The timer for delayed conversations fired: the next part of a review, or a new one.
    pub(crate) fn fire_review(&mut self, now: Timestamp) {
        if self.links.is_in_review() {
            self.continue_review(now);
        } else {
            self.reclassify(now);
        }
    }

    fn continue_review(&mut self, now: Timestamp) {
        for handle in self.links.next_in_review() {
            self.transmit(handle, now);
        }
        if self.links.is_in_review() {
            self.timers.arm(now + REVIEW_PAUSE, Due::Reclassify);
        }
    }

    /// Messages that the far side will not take any more stay until the application ends its side; their status says
    /// so.
    pub(crate) fn hold_if_finished(&mut self, handle: ConversationHandle) {
        let Some(endpoint) = self.conversations.get_mut(handle) else { return };
        if endpoint.outgoing.is_empty() {
            endpoint.transmission.status = None;
            return;
        }
        endpoint.transmission.status = match endpoint.far_end {
            Some(FarEnd::Ended) => Some(Arc::new(sql_error!(9779))),
            Some(FarEnd::Error) => Some(Arc::new(sql_error!(9784))),
            None => return,
        };
    }

    /// 9748 when this instance has no started broker endpoint: it speaks to nobody.
    fn require_endpoint_started(&self) -> Result<(), SqlError> {
        use duologue_catalog::objects::EndpointState;
        let started =
            self.catalog.server.endpoints.iter().any(|endpoint| endpoint.state == EndpointState::Started);
        if started { Ok(()) } else { Err(sql_error!(9748, "Service Broker")) }
    }
}
