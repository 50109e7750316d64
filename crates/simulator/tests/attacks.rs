//! Attacks on dialogs that a security review tried: each must end in its safe outcome.
//!
//! The attacker is a relay (it sees, keeps, changes and brings envelopes, and speaks on its link), or the owner of
//! some other certificate that is installed where he attacks.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::time::Duration;

use bytes::Bytes;
use duologue_broker::{BeginDialog, EndMode, Rejection, SendRequest};
use duologue_catalog::Permission;
use duologue_catalog::ddl::services::drop_service;
use duologue_catalog::objects::Validation;
use duologue_dialog::{Envelope, Fragment, Kind, Position, Security};
use duologue_keys::dialog_security_header::build_header;
use duologue_keys::fixtures::{SeededRandom, identity};
use duologue_keys::{KeyExchangeKeyCache, SessionKey};
use duologue_messages::sql_error;
use duologue_simulator::{Protection, World, ready};
use duologue_store::Store;
use duologue_types::{BrokerInstance, ConversationHandle, ConversationId, Guid, SessionKeyId, Timestamp};

const A: usize = 0;
const B: usize = 1;
const MINUTE: Duration = Duration::from_secs(60);

/// The initiator's service on a, the target's on b; M is somebody else whose certificate both have installed.
fn world(security: bool) -> World {
    let mut world = World::new(2, 1);
    for node in [A, B] {
        let mut party = world.party(node, "db");
        party.create_database();
        party.master_key(true);
        party.contract(Validation::None);
        for user in ["I", "T", "M"] {
            party.user(user);
        }
        party.endpoint(3 + node);
        let own = |mine| if mine { Protection::MasterKey } else { Protection::Absent };
        party.certificate("i", "I", 0, own(node == A), true);
        party.certificate("t", "T", 1, own(node == B), true);
        party.certificate("m", "M", 7, Protection::Absent, true);
    }
    let mut party = world.party(A, "db");
    party.service("Init", "I", &[]);
    party.route("Target", "TCP://b:4022");
    if security {
        party.binding("Target", "T", false);
    }
    let mut party = world.party(B, "db");
    party.service("Target", "T", &["Contract"]);
    party.route("Init", "TCP://a:4022");
    party.grant_on_service(Permission::Send, "Target", if security { "I" } else { "public" });
    world
}

fn secured() -> World {
    world(true)
}

fn begin(world: &mut World) -> ConversationHandle {
    let now = world.now;
    let encryption = world.nodes[A].database("db").remote_service_bindings.iter().next().is_some();
    let request = BeginDialog {
        from_service: "Init",
        to_service: "Target",
        broker_instance: None,
        contract: Some("Contract"),
        related: None,
        lifetime: Some(3600),
        encryption,
    };
    world.nodes[A]
        .run("db", now, |instance, caller| instance.begin_dialog(caller, request).map(ready))
        .unwrap()
}

fn send(world: &mut World, node: usize, handle: ConversationHandle, message_type: &str, body: &'static str) {
    send_only(world, node, handle, message_type, body);
    world.settle();
}

fn send_only(
    world: &mut World,
    node: usize,
    handle: ConversationHandle,
    message_type: &str,
    body: &'static str,
) {
    let now = world.now;
    let body = Some(Bytes::from_static(body.as_bytes()));
    let request = SendRequest { handles: &[Some(handle)], message_type, body };
    world.nodes[node].run("db", now, |instance, caller| instance.send(caller, &request).map(ready)).unwrap();
}

fn end(world: &mut World, node: usize, handle: ConversationHandle, mode: &EndMode) {
    let now = world.now;
    world.nodes[node]
        .run("db", now, |instance, caller| instance.end_conversation(caller, handle, mode).map(ready))
        .unwrap();
    world.settle();
}

/// Everything in a queue.
fn bodies(world: &mut World, node: usize, queue: &str) -> Vec<String> {
    let mut found = Vec::new();
    loop {
        let now = world.now;
        let messages = world.nodes[node].receive("db", queue, now).unwrap();
        if messages.is_empty() {
            return found;
        }
        found.extend(messages.into_iter().map(|message| {
            let name = message.message_type_name.rsplit('/').next().unwrap_or_default().to_owned();
            format!("{name}:{}", String::from_utf8_lossy(&message.body.unwrap_or_default()))
        }));
    }
}

/// An envelope from outside, and what the answer on its link says: 0 when there is none.
fn arrive(world: &mut World, node: usize, envelope: &Envelope) -> i32 {
    let now = world.now;
    let rejection = world.nodes[node].instance.arrive(&envelope.encode().unwrap(), now);
    world.nodes[node].flush(now);
    rejection.map_or(0, |rejection| rejection.reason.number)
}

fn conversation(world: &World, handle: ConversationHandle) -> ConversationId {
    world.nodes[A].instance.conversations().get(handle).unwrap().conversation
}

fn first(world: &World) -> Envelope {
    Envelope::decode(&world.seen[0].1).unwrap()
}

fn target(world: &World) -> ConversationHandle {
    world.nodes[B].instance.conversations().iter().find(|endpoint| !endpoint.is_initiator).unwrap().handle
}

fn outgoing(world: &World, node: usize, handle: ConversationHandle) -> usize {
    world.nodes[node].instance.conversations().get(handle).unwrap().outgoing.len()
}

fn seal(envelope: &mut Envelope, key: &SessionKey, random: &mut SeededRandom) {
    let sealed = key.seal(random, &envelope.associated_data(), &envelope.body);
    envelope.security.as_mut().unwrap().salt = sealed.salt.0;
    envelope.body = sealed.body.into();
}

#[test]
fn without_an_attack_a_dialog_works() {
    for mut world in [world(false), secured()] {
        let handle = begin(&mut world);
        send(&mut world, A, handle, "Request", "hello");
        assert_eq!(bodies(&mut world, B, "TargetQueue"), ["Request:hello"]);
        let target = target(&world);
        send(&mut world, B, target, "Reply", "yes");
        assert_eq!(bodies(&mut world, A, "InitQueue"), ["Reply:yes"]);
    }
}

/// A relay that saw the conversation's id opens a clear target at the initiator's own instance.
#[test]
fn a_target_at_the_initiators_instance_does_not_take_a_secured_dialog_over() {
    let mut world = secured();
    let mut party = world.party(A, "db");
    party.service("Open", "dbo", &["Contract"]);
    party.grant_on_service(Permission::Send, "Open", "public");
    let handle = begin(&mut world);
    send(&mut world, A, handle, "Request", "one");
    assert_eq!(bodies(&mut world, B, "TargetQueue"), ["Request:one"]);
    let forged = Envelope {
        to_service: "Open".into(),
        to_broker_instance: None,
        security: None,
        fragment: Fragment::whole(1),
        body: Bytes::from_static(b"x"),
        from_service: "evil".into(),
        ..first(&world)
    };
    arrive(&mut world, A, &forged);
    world.settle();
    send(&mut world, A, handle, "Request", "secret");
    assert_eq!(bodies(&mut world, B, "TargetQueue"), ["Request:secret"], "it reaches the real target");
    assert!(!bodies(&mut world, A, "OpenQueue").contains(&"Request:secret".to_owned()));
    // And back: what the attacker opened speaks into the secured conversation.
    let id = conversation(&world, handle);
    let all = world.nodes[A].instance.conversations().iter();
    let fake: Vec<_> = all
        .filter(|found| !found.is_initiator && found.conversation == id)
        .map(|found| found.handle)
        .collect();
    for fake in fake {
        send(&mut world, A, fake, "Reply", "forged");
    }
    assert!(bodies(&mut world, A, "InitQueue").is_empty());
}

/// Somebody else with a certificate in the initiator's database answers first.
#[test]
fn only_the_far_sides_own_user_answers() {
    let mut world = secured();
    let handle = begin(&mut world);
    world.passes = Box::new(|_, _| false);
    send(&mut world, A, handle, "Request", "one");
    let seen = first(&world);
    let mut random = SeededRandom::new(99);
    let (m, i) = (identity(7), identity(0));
    let key = SessionKey::generate(&mut random);
    let id = SessionKeyId(Guid([9; 16]));
    let mut cache = KeyExchangeKeyCache::default();
    let source = Some((&m.certificate, &m.private_key));
    let header = build_header(
        world.now,
        &mut random,
        &mut cache,
        source,
        &i.certificate,
        &key,
        id,
        seen.conversation_id,
    );
    let mut forged = Envelope {
        from_initiator: false,
        from_service: "Target".into(),
        to_service: "Init".into(),
        from_broker_instance: BrokerInstance(Guid([8; 16])),
        to_broker_instance: Some(seen.from_broker_instance),
        message_type: "Reply".into(),
        fragment: Fragment::whole(6),
        body: Bytes::from_static(b"forged"),
        acknowledgement: Some(Position::message(1)),
        security: Some(Security { session_key_id: id, header: header.unwrap(), salt: [0; 12] }),
        ..seen
    };
    seal(&mut forged, &key, &mut random);
    assert_eq!(arrive(&mut world, A, &forged), 11229);
    assert_eq!(outgoing(&world, A, handle), 1, "its acknowledgement counts for nothing");
    assert!(bodies(&mut world, A, "InitQueue").is_empty());
}

/// Private keys are not put to work for somebody who asks for what he may not have anyway.
#[test]
fn what_can_be_refused_without_a_private_key_is() {
    let mut world = secured();
    world.party(B, "db").service("Other", "dbo", &["Contract"]);
    let handle = begin(&mut world);
    world.passes = Box::new(|_, _| false);
    send(&mut world, A, handle, "Request", "one");
    let mut forged = first(&world);
    let security = forged.security.as_mut().unwrap();
    let mut header = security.header.to_vec();
    *header.last_mut().unwrap() ^= 1;
    security.header = header.into();
    // T's certificate, for which it is sealed, does not stand for that service: nobody finds out that the rest is
    // wrong.
    let other = Envelope { to_service: "Other".into(), ..forged.clone() };
    assert_eq!(arrive(&mut world, B, &other), 28056);
    assert!(![0, 28056].contains(&arrive(&mut world, B, &forged)));
    assert!(bodies(&mut world, B, "TargetQueue").is_empty());
}

/// M opens a dialog of his own under the id of the victim's session key.
#[test]
fn a_session_key_with_a_known_id_opens_only_its_own_dialog() {
    let mut world = secured();
    world.party(B, "db").grant_on_service(Permission::Send, "Target", "M");
    let handle = begin(&mut world);
    send(&mut world, A, handle, "Request", "one");
    assert_eq!(bodies(&mut world, B, "TargetQueue"), ["Request:one"]);
    let seen = first(&world);
    // Nothing is cached; the attacker's own END does the same.
    world.settle();
    world.restart(B);
    let mut random = SeededRandom::new(99);
    let (m, t) = (identity(7), identity(1));
    let key = SessionKey::generate(&mut random);
    let id = seen.security.as_ref().unwrap().session_key_id;
    let own = ConversationId(Guid([7; 16]));
    let mut cache = KeyExchangeKeyCache::default();
    let source = Some((&m.certificate, &m.private_key));
    let header =
        build_header(world.now, &mut random, &mut cache, source, &t.certificate, &key, id, own).unwrap();
    for sequence in 0..2 {
        let mut envelope = Envelope {
            conversation_id: own,
            from_service: "M".into(),
            sequence,
            to_broker_instance: None,
            fragment: Fragment::whole(1),
            body: Bytes::from_static(b"m"),
            security: Some(Security { session_key_id: id, header: header.clone(), salt: [0; 12] }),
            ..seen.clone()
        };
        seal(&mut envelope, &key, &mut random);
        assert_eq!(arrive(&mut world, B, &envelope), 0);
    }
    // Now into the victim's conversation, with the attacker's key.
    let mut forged = Envelope {
        sequence: 1,
        fragment: Fragment::whole(6),
        body: Bytes::from_static(b"forged"),
        security: Some(Security { session_key_id: id, header: Bytes::new(), salt: [0; 12] }),
        ..seen
    };
    seal(&mut forged, &key, &mut random);
    assert_eq!(arrive(&mut world, B, &forged), 11230);
    assert_eq!(bodies(&mut world, B, "TargetQueue"), ["Request:m", "Request:m"]);
    send(&mut world, A, handle, "Request", "two");
    assert_eq!(bodies(&mut world, B, "TargetQueue"), ["Request:two"]);
}

/// Fire and forget; the relay says that the conversation is unknown.
#[test]
fn a_forged_rejection_costs_no_messages() {
    // On the conversation's own link and on another one; a clear dialog must trust its own link.
    for (security, address) in [(true, "b:4022"), (true, "c:4022"), (false, "c:4022")] {
        let mut world = world(security);
        let handle = begin(&mut world);
        world.passes = Box::new(|_, _| false);
        send(&mut world, A, handle, "Request", "pay");
        end(&mut world, A, handle, &EndMode::Normal);
        let conversation = conversation(&world, handle);
        let reason = sql_error!(8462);
        let rejection = Rejection { conversation, from_initiator: true, sequence: 0, reason };
        world.nodes[A].instance.rejected(address, &rejection);
        let endpoint = world.nodes[A].instance.conversations().get(handle).unwrap();
        assert_eq!(endpoint.transmission_status().is_empty(), address != "b:4022");
        world.passes = Box::new(|_, _| true);
        world.pass(MINUTE * 10);
        assert_eq!(bodies(&mut world, B, "TargetQueue"), ["Request:pay", "EndDialog:"]);
    }
}

/// How the target's endpoint goes before its first message comes again.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Gone {
    BothEnded,
    CleanedUp,
    ServiceDropped,
    /// The relay lets the first message seem to have spent its life on the way.
    Shortened,
}

/// The relay keeps the first message and brings it again at any time after the target's endpoint is gone.
#[test]
fn an_old_first_message_opens_nothing() {
    for security in [true, false] {
        for gone in [Gone::BothEnded, Gone::CleanedUp, Gone::ServiceDropped, Gone::Shortened] {
            let mut world = world(security);
            let recorded = deliver_and_forget(&mut world, gone);
            for minutes in [0, 1, 23, 4, 3, 31, 120] {
                world.pass(MINUTE * minutes);
                let number = arrive(&mut world, B, &recorded);
                world.settle();
                let found = bodies(&mut world, B, "TargetQueue");
                assert!(found.is_empty(), "{gone:?}: {found:?}");
                assert!([0, 8462, 8489, 11210, 28011].contains(&number), "{gone:?}: {number}");
            }
            let left = world.nodes[B].instance.conversations().iter().count();
            assert_eq!(left, 0, "{gone:?}: closed endpoints do not stay for ever");
        }
    }
}

fn deliver_and_forget(world: &mut World, gone: Gone) -> Envelope {
    let handle = begin(world);
    if gone == Gone::Shortened {
        world.passes = Box::new(|_, _| false);
        send(world, A, handle, "Request", "pay");
        let recorded = first(world);
        let shortened = Envelope { seconds_consumed: recorded.time_to_live - 1, ..recorded.clone() };
        assert_eq!(arrive(world, B, &shortened), 0);
        assert_eq!(bodies(world, B, "TargetQueue"), ["Request:pay"]);
        end(world, A, handle, &EndMode::Cleanup);
        end(world, B, target(world), &EndMode::Normal);
        // Its life is over when the sender says so, which is authenticated.
        world.pass(MINUTE * 61);
        return recorded;
    }
    send(world, A, handle, "Request", "pay");
    let recorded = first(world);
    send(world, A, handle, "Request", "again");
    assert_eq!(bodies(world, B, "TargetQueue"), ["Request:pay", "Request:again"]);
    match gone {
        Gone::BothEnded => {
            end(world, B, target(world), &EndMode::Normal);
            end(world, A, handle, &EndMode::Normal);
        }
        Gone::CleanedUp => {
            end(world, B, target(world), &EndMode::Cleanup);
            end(world, A, handle, &EndMode::Cleanup);
        }
        Gone::ServiceDropped | Gone::Shortened => {
            let now = world.now;
            let _ = world.nodes[B].ddl("db", now, |cx| drop_service(cx, "Target")).unwrap();
            end(world, A, handle, &EndMode::Cleanup);
        }
    }
    recorded
}

/// A cleaned up target is invisible at once, over a restart too, and an initiator that is still there hears of it.
#[test]
fn nobody_sees_what_is_kept_against_replays() {
    let mut world = secured();
    let handle = begin(&mut world);
    send(&mut world, A, handle, "Request", "one");
    let target = target(&world);
    end(&mut world, B, target, &EndMode::Cleanup);
    for _ in 0..2 {
        let now = world.now;
        let again = world.nodes[B].run("db", now, |instance, caller| {
            instance.end_conversation(caller, target, &EndMode::Cleanup).map(ready)
        });
        assert_eq!(again.unwrap_err().number, 8426);
        let instance = &world.nodes[B].instance;
        assert_eq!(instance.conversations().groups().count(), 0);
        assert_eq!(instance.conversations().get(target).unwrap().state().code(), "CD");
        world.restart(B);
    }
    send(&mut world, A, handle, "Request", "two");
    let answer = bodies(&mut world, A, "InitQueue");
    assert!(answer.len() == 1 && answer[0].starts_with("Error:"), "{answer:?}");
    assert!(bodies(&mut world, B, "TargetQueue").is_empty());
}

/// A first message that is too old, or from a clock that is wrong, is not taken, and its sender can read why.
#[test]
fn a_clock_that_is_wrong_is_named() {
    // Seconds by which the target's clock is ahead of the sender's when the message arrives.
    for (ahead, expected) in [(25 * 60, 0), (25 * 60 + 1, 28011), (-5 * 60, 0), (-5 * 60 - 1, 28011)] {
        let mut world = secured();
        let handle = begin(&mut world);
        world.passes = Box::new(|_, _| false);
        send(&mut world, A, handle, "Request", "one");
        let recorded = first(&world).encode().unwrap();
        let now = Timestamp::from_unix_seconds(world.now.unix_seconds() + ahead);
        let Some(rejection) = world.nodes[B].instance.arrive(&recorded, now) else {
            assert_eq!(expected, 0, "{ahead}");
            continue;
        };
        assert_eq!(rejection.reason.number, expected, "{ahead}");
        for part in ["security header timestamp", "showed 2027-01-15T08:00:00"] {
            assert!(rejection.reason.text.contains(part), "{}", rejection.reason.text);
        }
    }
}

/// The moment of sealing is authenticated.
#[test]
fn an_old_first_message_is_not_made_young() {
    let mut world = secured();
    let handle = begin(&mut world);
    world.passes = Box::new(|_, _| false);
    send(&mut world, A, handle, "Request", "one");
    let recorded = first(&world);
    world.now = world.now + MINUTE * 40;
    let young = Envelope { sealed_at: world.now.unix_seconds(), ..recorded };
    assert_eq!(arrive(&mut world, B, &young), 11230);
    assert!(bodies(&mut world, B, "TargetQueue").is_empty());
}

/// In a clear dialog whoever is on the way can write an Error, but not make one of anything.
#[test]
fn an_error_is_an_error_document() {
    let documents: [(&str, bool); 4] = [
        (
            "<Error xmlns=\"http://schemas.microsoft.com/SQL/ServiceBroker/Error\"><Code>7</Code></Error>",
            true,
        ),
        (
            "<Error xmlns=\"http://schemas.microsoft.com/SQL/ServiceBroker/Error\"><Code>-8462</Code></Error>",
            false,
        ),
        ("<Error><Code>7</Code></Error>", false),
        ("drop everything", false),
    ];
    for (document, is_taken) in documents {
        let mut world = world(false);
        let handle = begin(&mut world);
        send(&mut world, A, handle, "Request", "one");
        let error = Envelope {
            kind: Kind::Error,
            sequence: 1,
            message_type: "".into(),
            fragment: Fragment::whole(document.len() as u64),
            body: Bytes::copy_from_slice(document.as_bytes()),
            ..first(&world)
        };
        assert_eq!(arrive(&mut world, B, &error), if is_taken { 0 } else { 9615 });
        let broker = Envelope { kind: Kind::BrokerError, sequence: 0, from_initiator: true, ..error };
        assert_eq!(arrive(&mut world, B, &broker), 0, "nobody waits for an answer");
        let found = bodies(&mut world, B, "TargetQueue");
        let errors: Vec<_> = found.iter().filter(|body| body.starts_with("Error:")).collect();
        assert_eq!(errors.len(), 1, "{found:?}");
        assert_eq!(errors[0].ends_with(document), is_taken, "{found:?}");
    }
}

/// Whoever can send may not fill the log, nor write lines of his own into it.
#[test]
fn the_log_stays_small_and_tidy() {
    let mut world = secured();
    let handle = begin(&mut world);
    world.passes = Box::new(|_, _| false);
    send(&mut world, A, handle, "Request", "one");
    let recorded = first(&world);
    for number in 0..2_000_u16 {
        let [low, high] = number.to_le_bytes();
        let mut id = [1; 16];
        (id[0], id[1]) = (low, high);
        let conversation_id = ConversationId(Guid(id));
        let name = "evil\r\n2027-01-15 08:00:00 Logon Login succeeded";
        let forged = Envelope { conversation_id, to_service: name.into(), ..recorded.clone() };
        assert_ne!(arrive(&mut world, B, &forged), 0);
    }
    world.logged.clear();
    world.settle();
    assert!((1..=200).contains(&world.logged.len()), "{}", world.logged.len());
    for (_, entry) in &world.logged {
        assert!(!entry.text.contains(char::is_control) && entry.text.chars().count() <= 2048, "{entry:?}");
    }
}

/// The target's session key goes out only when it is durable.
#[test]
fn a_crash_takes_no_key_that_was_used() {
    let mut world = secured();
    let handle = begin(&mut world);
    send(&mut world, A, handle, "Request", "one");
    bodies(&mut world, B, "TargetQueue");
    let target = target(&world);
    let now = world.now;
    // The reply's commit and the arrival of the next request share one flush.
    send_only(&mut world, B, target, "Reply", "yes");
    send_only(&mut world, A, handle, "Request", "two");
    world.nodes[A].flush(now);
    for envelope in world.nodes[A].instance.collect_outgoing("b:4022", 1 << 20, now) {
        assert!(world.nodes[B].instance.arrive(&envelope, now).is_none());
    }
    let (batch, sequence) = world.nodes[B].instance.take_batch().unwrap();
    world.nodes[B].store.commit(&batch).unwrap();
    world.nodes[B].instance.durable(sequence, now);
    for envelope in world.nodes[B].instance.collect_outgoing("a:4022", 1 << 20, now) {
        assert!(world.nodes[A].instance.arrive(&envelope, now).is_none());
        world.nodes[A].flush(now);
    }
    world.restart(B);
    world.pass(MINUTE * 5);
    assert_eq!(bodies(&mut world, A, "InitQueue"), ["Reply:yes"]);
    assert_eq!(outgoing(&world, B, target), 0);
}

/// No attack: a dialog of one message leaves nothing behind once a replay of it would be refused for its age.
#[test]
fn a_dialog_that_is_over_is_forgotten_by_both_sides() {
    for mut world in [world(false), secured()] {
        let handle = begin(&mut world);
        send_only(&mut world, A, handle, "Request", "hello");
        end(&mut world, A, handle, &EndMode::Normal);
        assert_eq!(bodies(&mut world, B, "TargetQueue"), ["Request:hello", "EndDialog:"]);
        let target = target(&world);
        end(&mut world, B, target, &EndMode::Normal);
        world.pass(31 * MINUTE);
        let left = [A, B].map(|node| world.nodes[node].instance.conversations().iter().count());
        assert_eq!(left, [0, 0]);
    }
}
