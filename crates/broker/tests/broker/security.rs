//! The outcome table of dialog security: what is delivered how, and what the sender reads when it is not.

use duologue_catalog::Permission;
use duologue_catalog::SecurableKind;
use duologue_catalog::ddl::certificates::drop_certificate;
use duologue_catalog::ddl::grant::{GrantStatement, GrantTarget, GrantVerb, PermissionList, grant};
use duologue_dialog::Envelope;
use duologue_simulator::{Protection, World};

use crate::support::{MINUTE, Statements, pair, secured_pair};

const I: (usize, &str) = (0, "i");
const T: (usize, &str) = (1, "t");

/// Sends one message and says what its status is and what arrived.
fn outcome(world: &mut World, encryption: bool) -> (String, Vec<String>) {
    let handle = world.begin(I, "Initiator", "Target", encryption);
    world.send(I, handle, "CONFIDENTIAL");
    (world.status(0, handle), world.texts(T, "TargetQueue"))
}

fn revoke_send(world: &mut World) {
    let statement = GrantStatement {
        verb: GrantVerb::Revoke { grant_option_for: false, cascade: false },
        permissions: PermissionList::Named(vec![Permission::Send]),
        on: Some(GrantTarget::Named(SecurableKind::Service, "Target".into())),
        to: vec!["public".into()],
        as_grantor: None,
    };
    let _outcome = world.party(1, "t").ddl(|cx| grant(cx, &statement)).unwrap();
}

#[test]
fn what_is_secured_is_sealed_both_ways_and_clear_is_clear() {
    for (mut world, sealed) in [(pair(), false), (secured_pair(true), true), (secured_pair(false), true)] {
        let handle = world.begin(I, "Initiator", "Target", false);
        world.send(I, handle, "CONFIDENTIAL-there");
        let target = world.receive(T, "TargetQueue")[0].handle;
        world.reply(T, target, "CONFIDENTIAL-back");
        assert_eq!(world.texts(I, "InitiatorQueue"), ["Reply:CONFIDENTIAL-back"]);
        assert_eq!((world.unsent(0, handle), world.unsent(1, target)), (0, 0));
        let mut messages = 0;
        for (_, bytes) in &world.seen {
            let envelope = Envelope::decode(bytes).unwrap();
            assert_eq!(envelope.security.is_some(), sealed, "acknowledgements too");
            let visible = bytes.windows(12).any(|part| part == b"CONFIDENTIAL");
            assert!(!(visible && sealed));
            messages += usize::from(visible);
        }
        assert_eq!(messages == 0, sealed);
    }
}

#[test]
fn the_header_travels_until_the_first_acknowledgement() {
    let mut world = secured_pair(false);
    world.passes = Box::new(|from, _| from == 0);
    let handle = world.begin(I, "Initiator", "Target", true);
    world.send(I, handle, "1");
    world.send(I, handle, "2");
    world.passes = Box::new(|_, _| true);
    world.pass(MINUTE);
    world.send(I, handle, "3");
    let headers: Vec<bool> = world
        .seen
        .iter()
        .map(|(from, bytes)| (from, Envelope::decode(bytes).unwrap()))
        .filter(|(from, envelope)| **from == 0 && envelope.kind == duologue_dialog::Kind::Message)
        .map(|(_, envelope)| envelope.security.is_some_and(|security| !security.header.is_empty()))
        .collect();
    let (last, before) = headers.split_last().unwrap();
    assert!(!last && before.iter().all(|has_header| *has_header), "{headers:?}");
    assert_eq!(world.texts(T, "TargetQueue"), ["Request:1", "Request:2", "Request:3"]);
}

/// Each row: what is wrong at the initiator, and a part of the status. Fixing it lets the message go.
#[test]
fn what_is_missing_at_the_initiator_is_said_there() {
    // No binding, ENCRYPTION = ON.
    let mut world = pair();
    world.party(0, "i").master_key(true);
    let (status, arrived) = outcome(&mut world, true);
    assert!(status.contains("no binding") || status.contains("remote service binding"), "9727: {status}");
    assert!(arrived.is_empty());

    type Row = (&'static str, fn(&mut World), &'static str);
    let rows: [Row; 6] = [
        ("the bound user has no certificate", |w| own_only(w, Protection::MasterKey, true), "9731"),
        ("the owner has no certificate", far_only, "9731"),
        ("its private key is elsewhere", |w| both(w, Protection::Absent, true), "9733"),
        ("its private key is under a password", |w| both(w, Protection::Password, true), "9737"),
        ("it is not active", |w| both(w, Protection::MasterKey, false), "9767"),
        ("the master key is not under the service master key", without_service_master_key, "28050"),
    ];
    for (case, prepare, number) in rows {
        let mut world = pair();
        prepare(&mut world);
        world.party(0, "i").binding("Target", "far", false);
        let handle = world.begin(I, "Initiator", "Target", false);
        world.send(I, handle, "x");
        let error = world.endpoint(0, handle).unwrap().transmission.status.clone();
        let found = error.map(|error| error.number.to_string()).unwrap_or_default();
        assert_eq!(found, number, "{case}");
        assert!(world.seen.is_empty(), "{case}");
    }
}

fn own_only(world: &mut World, protection: Protection, active: bool) {
    let mut party = world.party(0, "i");
    party.master_key(true);
    party.certificate("own", "own", 0, protection, active);
}

fn far_only(world: &mut World) {
    let mut party = world.party(0, "i");
    party.master_key(true);
    party.certificate("far", "far", 1, Protection::Absent, true);
}

fn both(world: &mut World, protection: Protection, active: bool) {
    far_only(world);
    world.party(0, "i").certificate("own", "own", 0, protection, active);
}

fn without_service_master_key(world: &mut World) {
    both(world, Protection::MasterKey, true);
    world.party(0, "i").master_key(false);
}

#[test]
fn a_target_that_lacks_a_certificate_says_so_over_the_link() {
    for missing in ["own", "far"] {
        let mut world = secured_pair(false);
        let _outcome = world.party(1, "t").ddl(|cx| drop_certificate(cx, missing)).unwrap();
        let handle = world.begin(I, "Initiator", "Target", true);
        world.send(I, handle, "x");
        assert!(world.status(0, handle).contains("certificate was not found"), "{}", world.status(0, handle));
        assert_eq!(world.unsent(0, handle), 1);
        assert!(world.logged.iter().any(|(node, entry)| *node == 1 && entry.number == 11229));
        let index = if missing == "own" { 1 } else { 0 };
        let protection = if missing == "own" { Protection::MasterKey } else { Protection::Absent };
        world.party(1, "t").certificate(missing, missing, index, protection, true);
        world.pass(MINUTE * 2);
        assert_eq!(world.texts(T, "TargetQueue"), ["Request:x"], "{missing}");
        assert_eq!(world.status(0, handle), "");
    }
}

#[test]
fn a_sender_without_the_permission_gets_an_error_message() {
    for mut world in [pair(), secured_pair(true), secured_pair(false)] {
        revoke_send(&mut world);
        let handle =
            world.begin(I, "Initiator", "Target", world.nodes[0].database("i").settings.master_key.is_some());
        world.send(I, handle, "x");
        assert_eq!(world.texts(I, "InitiatorQueue"), ["Error:-8494"]);
        assert_eq!(world.state(0, handle), "ER");
        assert_eq!(world.nodes[1].instance.conversations().iter().count(), 0);
    }
    let mut world = secured_pair(false);
    revoke_send(&mut world);
    world.party(1, "t").grant_on_service(Permission::Send, "Target", "far");
    assert_eq!(outcome(&mut world, true).1, ["Request:CONFIDENTIAL"], "the user behind the certificate may");
}

#[test]
fn the_owner_of_the_destination_certificate_must_control_the_service() {
    let mut world = secured_pair(false);
    let mut party = world.party(1, "t");
    party.user("somebody");
    let _outcome = party.ddl(|cx| drop_certificate(cx, "own")).unwrap();
    party.certificate("own", "somebody", 1, Protection::MasterKey, true);
    let handle = world.begin(I, "Initiator", "Target", true);
    world.send(I, handle, "x");
    assert_eq!(world.unsent(0, handle), 1);
    assert!(
        world.logged.iter().any(|(node, entry)| *node == 1 && entry.number == 28056),
        "{:?}",
        world.logged
    );
    world.party(1, "t").grant_on_service(Permission::Control, "Target", "somebody");
    world.pass(MINUTE * 2);
    assert_eq!(world.texts(T, "TargetQueue"), ["Request:x"]);
}

#[test]
fn a_tampered_message_is_not_taken() {
    let mut world = secured_pair(false);
    let handle = world.begin(I, "Initiator", "Target", true);
    world.passes = Box::new(|_, _| false);
    world.send(I, handle, "x");
    let sent = world.seen[0].1.clone();
    let now = world.now;
    for at in 0..sent.len() {
        let mut changed = sent.to_vec();
        changed[at] ^= 1;
        let _ = world.nodes[1].instance.arrive(&changed.into(), now);
    }
    world.settle();
    let arrived = world.texts(T, "TargetQueue");
    // Hops and consumed seconds may change on the way; nothing else, and the message comes once at most.
    assert!(arrived.is_empty() || arrived == ["Request:x"], "{arrived:?}");
}
