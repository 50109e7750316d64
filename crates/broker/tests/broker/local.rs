//! Dialogs within one instance: the documented tutorials.

use duologue_broker::EndMode;
use duologue_catalog::ddl::databases::{DatabaseOptions, alter_database};
use duologue_catalog::ddl::queues::QueueOptions;
use duologue_catalog::objects::Validation;
use duologue_simulator::World;

use crate::support::{MINUTE, Statements, begin_in, rows, send_in, single};

const D: (usize, &str) = (0, "d");

#[test]
fn the_tutorial_in_a_single_database() {
    let mut world = single();
    let now = world.now;
    let initiator = world.nodes[0]
        .run("d", now, |instance, caller| {
            let handle = begin_in(instance, caller, "Initiator", "Target", false, None)?;
            send_in(instance, caller, handle, "Request", "<RequestMsg/>")?;
            Ok(handle)
        })
        .unwrap();
    world.settle();
    assert_eq!((world.state(0, initiator), world.unsent(0, initiator)), ("CO", 0));
    let request = world.receive(D, "TargetQueue");
    assert_eq!(request.len(), 1);
    let target = request[0].handle;
    assert_eq!(world.state(0, target), "CO");
    world.reply(D, target, "<ReplyMsg/>");
    world.end(D, target, EndMode::Normal);
    assert_eq!(rows(&world.nodes[0], "d", "InitiatorQueue"), ["Reply:<ReplyMsg/>", "EndDialog:"]);
    assert_eq!(world.state(0, initiator), "DI");
    world.end(D, initiator, EndMode::Normal);
    assert_eq!((world.state(0, initiator), rows(&world.nodes[0], "d", "InitiatorQueue").len()), ("gone", 0));
    assert_eq!(world.nodes[0].instance.conversations().iter().count(), 0);
    assert_eq!(world.nodes[0].instance.conversations().groups().count(), 0);
}

fn two_databases(trustworthy: bool) -> World {
    let mut world = World::new(1, 2);
    for (database, service) in [("i", "Initiator"), ("t", "Target")] {
        let mut party = world.party(0, database);
        party.create_database();
        party.contract(Validation::None);
        party.service(service, "dbo", if service == "Target" { &["Contract"] } else { &[] });
    }
    if trustworthy {
        set_trustworthy(&mut world);
    }
    world
}

fn set_trustworthy(world: &mut World) {
    let options = DatabaseOptions { trustworthy: Some(true), ..DatabaseOptions::default() };
    let _outcome = world.party(0, "i").ddl(|cx| alter_database(cx, "i", &options)).unwrap();
    world.settle();
}

#[test]
fn the_tutorial_in_two_databases_needs_trustworthy() {
    for trustworthy in [true, false] {
        let mut world = two_databases(trustworthy);
        let handle = world.begin((0, "i"), "Initiator", "Target", false);
        world.send((0, "i"), handle, "hello");
        if !trustworthy {
            assert!(world.status(0, handle).contains("916"), "{}", world.status(0, handle));
            assert_eq!((world.unsent(0, handle), world.receive((0, "t"), "TargetQueue").len()), (1, 0));
            set_trustworthy(&mut world);
        }
        assert_eq!(world.texts((0, "t"), "TargetQueue"), ["Request:hello"]);
        assert_eq!((world.status(0, handle).as_str(), world.unsent(0, handle)), ("", 0));
    }
}

#[test]
fn encryption_between_two_databases_needs_a_master_key_in_both() {
    let mut world = two_databases(true);
    let handle = world.begin((0, "i"), "Initiator", "Target", true);
    world.send((0, "i"), handle, "hello");
    assert_eq!(world.unsent(0, handle), 1);
    world.party(0, "i").master_key(true);
    world.settle();
    assert_ne!(world.status(0, handle), "");
    world.party(0, "t").master_key(true);
    world.settle();
    assert_eq!(world.texts((0, "t"), "TargetQueue"), ["Request:hello"]);
}

#[test]
fn a_target_queue_that_is_off_keeps_messages_at_the_sender_in_order() {
    let mut world = single();
    let off = QueueOptions { status: Some(false), ..QueueOptions::default() };
    world.party(0, "d").alter_queue("TargetQueue", &off);
    let handle = world.begin(D, "Initiator", "Target", false);
    for body in ["1", "2", "3"] {
        world.send(D, handle, body);
    }
    assert_eq!(world.unsent(0, handle), 3);
    assert_ne!(world.status(0, handle), "");
    world.restart(0);
    world.pass(MINUTE);
    assert_eq!(world.unsent(0, handle), 3);
    let on = QueueOptions { status: Some(true), ..QueueOptions::default() };
    world.party(0, "d").alter_queue("TargetQueue", &on);
    world.settle();
    assert_eq!(world.texts(D, "TargetQueue"), ["Request:1", "Request:2", "Request:3"]);
}

#[test]
fn a_message_that_breaks_the_contract_comes_back_as_an_error() {
    let mut world = World::new(1, 3);
    let mut party = world.party(0, "d");
    party.create_database();
    party.contract(Validation::WellFormedXml);
    party.service("Initiator", "dbo", &[]);
    party.service("Target", "dbo", &["Contract"]);
    party.service("Deaf", "dbo", &[]);
    let first = world.begin(D, "Initiator", "Target", false);
    world.send(D, first, "<not well formed");
    assert_eq!(world.texts(D, "InitiatorQueue"), ["Error:-9615"]);
    assert_eq!(world.state(0, first), "ER");
    let second = world.begin(D, "Initiator", "Deaf", false);
    world.send(D, second, "<a/>");
    assert_eq!(world.texts(D, "InitiatorQueue"), ["Error:-8408"]);
    let third = world.begin(D, "Initiator", "Target", false);
    world.send(D, third, "<a/>");
    world.send(D, third, "<b>");
    let target = world.receive(D, "TargetQueue");
    assert_eq!(target.len(), 2, "the first message and the error");
    assert_eq!(world.texts(D, "InitiatorQueue"), ["Error:-9615"]);
    world.end(D, first, EndMode::Normal);
    assert_eq!(world.state(0, first), "gone");
}
