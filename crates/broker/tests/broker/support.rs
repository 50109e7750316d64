//! Services to talk to, and statements in one line.

use std::time::Duration;

use bytes::Bytes;
use duologue_broker::{BeginDialog, Caller, EndMode, Endpoint, Instance, QueueMessage, SendRequest};
use duologue_catalog::objects::Validation;
use duologue_messages::SqlError;
use duologue_simulator::{Node, Protection, World, ready};
use duologue_types::ConversationHandle;

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);

pub(crate) fn begin_in(
    instance: &mut Instance,
    caller: Caller<'_>,
    from: &str,
    to: &str,
    encryption: bool,
    lifetime: Option<i64>,
) -> Result<ConversationHandle, SqlError> {
    let request = BeginDialog {
        from_service: from,
        to_service: to,
        broker_instance: None,
        contract: Some("Contract"),
        related: None,
        lifetime,
        encryption,
    };
    instance.begin_dialog(caller, request).map(ready)
}

pub(crate) fn send_in(
    instance: &mut Instance,
    caller: Caller<'_>,
    handle: ConversationHandle,
    message_type: &str,
    body: &str,
) -> Result<(), SqlError> {
    let request = SendRequest {
        handles: &[Some(handle)],
        message_type,
        body: Some(Bytes::copy_from_slice(body.as_bytes())),
    };
    instance.send(caller, &request).map(ready)
}

/// Statements that commit at once; each names node and database.
pub(crate) trait Statements {
    fn begin(&mut self, at: (usize, &str), from: &str, to: &str, encryption: bool) -> ConversationHandle;
    fn send(&mut self, at: (usize, &str), handle: ConversationHandle, body: &str);
    fn reply(&mut self, at: (usize, &str), handle: ConversationHandle, body: &str);
    fn end(&mut self, at: (usize, &str), handle: ConversationHandle, mode: EndMode);
    fn receive(&mut self, at: (usize, &str), queue: &str) -> Vec<QueueMessage>;
    fn texts(&mut self, at: (usize, &str), queue: &str) -> Vec<String>;
    fn endpoint(&self, node: usize, handle: ConversationHandle) -> Option<&Endpoint>;
    fn state(&self, node: usize, handle: ConversationHandle) -> &'static str;
    fn status(&self, node: usize, handle: ConversationHandle) -> String;
    fn unsent(&self, node: usize, handle: ConversationHandle) -> usize;
    fn only_endpoint(&self, node: usize, database: &str) -> ConversationHandle;
}

impl Statements for World {
    fn begin(
        &mut self,
        (node, database): (usize, &str),
        from: &str,
        to: &str,
        encryption: bool,
    ) -> ConversationHandle {
        let now = self.now;
        self.nodes[node]
            .run(database, now, |instance, caller| begin_in(instance, caller, from, to, encryption, None))
            .unwrap()
    }

    fn send(&mut self, (node, database): (usize, &str), handle: ConversationHandle, body: &str) {
        let now = self.now;
        self.nodes[node]
            .run(database, now, |instance, caller| send_in(instance, caller, handle, "Request", body))
            .unwrap();
        self.settle();
    }

    fn reply(&mut self, (node, database): (usize, &str), handle: ConversationHandle, body: &str) {
        let now = self.now;
        self.nodes[node]
            .run(database, now, |instance, caller| send_in(instance, caller, handle, "Reply", body))
            .unwrap();
        self.settle();
    }

    fn end(&mut self, (node, database): (usize, &str), handle: ConversationHandle, mode: EndMode) {
        let now = self.now;
        self.nodes[node]
            .run(database, now, |instance, caller| {
                instance.end_conversation(caller, handle, &mode).map(ready)
            })
            .unwrap();
        self.settle();
    }

    fn receive(&mut self, (node, database): (usize, &str), queue: &str) -> Vec<QueueMessage> {
        let now = self.now;
        let messages = self.nodes[node].receive(database, queue, now).unwrap();
        self.settle();
        messages
    }

    fn texts(&mut self, at: (usize, &str), queue: &str) -> Vec<String> {
        Statements::receive(self, at, queue).iter().map(text).collect()
    }

    fn endpoint(&self, node: usize, handle: ConversationHandle) -> Option<&Endpoint> {
        self.nodes[node].instance.conversations().get(handle)
    }

    fn state(&self, node: usize, handle: ConversationHandle) -> &'static str {
        self.endpoint(node, handle).map_or("gone", |endpoint| endpoint.state().code())
    }

    fn status(&self, node: usize, handle: ConversationHandle) -> String {
        self.endpoint(node, handle).map_or("gone", |endpoint| endpoint.transmission_status()).to_owned()
    }

    fn unsent(&self, node: usize, handle: ConversationHandle) -> usize {
        self.endpoint(node, handle).map_or(0, |endpoint| endpoint.outgoing.len())
    }

    fn only_endpoint(&self, node: usize, database: &str) -> ConversationHandle {
        let id = self.nodes[node].database(database).settings.id;
        let all = self.nodes[node].instance.conversations().iter();
        let found: Vec<_> = all.filter(|endpoint| endpoint.database == id).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].handle
    }
}

/// `Type:body`; system types by their last word, Error with its code.
pub(crate) fn text(message: &QueueMessage) -> String {
    let name = message.message_type_name.rsplit('/').next().unwrap_or_default();
    let body = message.body.clone().unwrap_or_default();
    if name != "Error" {
        return format!("{name}:{}", String::from_utf8_lossy(&body));
    }
    let units: Vec<u16> = body.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    let document = String::from_utf16(&units).unwrap();
    let code = document.split("<Code>").nth(1).and_then(|rest| rest.split("</Code>").next());
    format!("Error:{}", code.unwrap_or(&document))
}

pub(crate) fn rows(node: &Node, database: &str, queue: &str) -> Vec<String> {
    let queue = node.queue(database, queue);
    node.instance.queue_messages(queue, None).map(|message| text(&message.unwrap())).collect()
}

/// One instance, one database `d`, services `Initiator` and `Target`.
pub(crate) fn single() -> World {
    let mut world = World::new(1, 1);
    let mut party = world.party(0, "d");
    party.create_database();
    party.contract(Validation::None);
    party.service("Initiator", "dbo", &[]);
    party.service("Target", "dbo", &["Contract"]);
    world.settle();
    world
}

/// Two instances: `Initiator` in `i` of the first, `Target` in `t` of the second; routes both ways, `public` may send;
/// no keys.
pub(crate) fn pair() -> World {
    let mut world = World::new(2, 11);
    for (node, database, far, service) in [(0, "i", "Target", "Initiator"), (1, "t", "Initiator", "Target")] {
        let mut party = world.party(node, database);
        party.create_database();
        party.contract(Validation::None);
        party.user("own");
        party.user("far");
        party.service(service, "own", if service == "Target" { &["Contract"] } else { &[] });
        party.route(far, if node == 0 { "TCP://b:4022" } else { "TCP://a:4022" });
        party.endpoint(3 + node);
    }
    world.party(1, "t").grant_on_service(duologue_catalog::Permission::Send, "Target", "public");
    world.settle();
    world
}

/// [`pair`] with everything that full security takes; `public` may send too.
pub(crate) fn secured_pair(anonymous: bool) -> World {
    let mut world = pair();
    for (node, database) in [(0, "i"), (1, "t")] {
        let mut party = world.party(node, database);
        party.master_key(true);
        party.certificate("own", "own", node, Protection::MasterKey, true);
    }
    world.party(0, "i").certificate("far", "far", 1, Protection::Absent, true);
    world.party(0, "i").binding("Target", "far", anonymous);
    if !anonymous {
        world.party(1, "t").certificate("far", "far", 0, Protection::Absent, true);
    }
    world.settle();
    world
}
