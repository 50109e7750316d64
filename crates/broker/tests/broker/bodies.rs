//! Bodies that are in the store only. Nodes with an even seed have memory for hardly any.

use duologue_broker::EndMode;
use duologue_catalog::ddl::queues::QueueOptions;
use duologue_simulator::World;
use duologue_store::{Key, Store, WriteBatch};

use crate::support::{SECOND, Statements, pair, rows, single};

const D: (usize, &str) = (0, "d");
const I: (usize, &str) = (0, "i");
const T: (usize, &str) = (1, "t");

fn body(number: usize) -> String {
    format!("{number} {}", "x".repeat(500))
}

/// Services in `d` on a node that keeps 100 bytes of bodies in memory.
fn forgetful() -> World {
    let mut world = World::new(1, 2);
    let mut party = world.party(0, "d");
    party.create_database();
    party.contract(duologue_catalog::objects::Validation::None);
    party.service("Initiator", "dbo", &[]);
    party.service("Target", "dbo", &["Contract"]);
    world.settle();
    world
}

#[test]
fn what_does_not_fit_into_memory_is_received_all_the_same() {
    let mut world = forgetful();
    let handle = world.begin(D, "Initiator", "Target", false);
    for number in 0..20 {
        world.send(D, handle, &body(number));
    }
    assert!(world.nodes[0].instance.figures().body_bytes <= 100, "{:?}", world.nodes[0].instance.figures());
    let expected: Vec<_> = (0..20).map(|number| format!("Request:{}", body(number))).collect();
    assert_eq!(rows(&world.nodes[0], "d", "TargetQueue"), expected, "a view reads them");
    world.restart(0);
    assert!(world.nodes[0].instance.figures().body_bytes <= 100);
    assert_eq!(world.texts(D, "TargetQueue"), expected);
    assert_eq!(world.nodes[0].instance.figures().body_bytes, 0);
}

#[test]
fn rows_that_are_written_again_keep_their_bodies() {
    let mut world = forgetful();
    let retention = QueueOptions { retention: Some(true), ..QueueOptions::default() };
    world.party(0, "d").alter_queue("TargetQueue", &retention);
    let handle = world.begin(D, "Initiator", "Target", false);
    world.send(D, handle, &body(1));
    world.send(D, handle, &body(2));
    let expected = [1, 2].map(|number| format!("Request:{}", body(number)));
    assert_eq!(world.texts(D, "TargetQueue"), expected);
    assert_eq!(rows(&world.nodes[0], "d", "TargetQueue"), expected, "retained");
    world.restart(0);
    assert_eq!(rows(&world.nodes[0], "d", "TargetQueue"), expected);
}

#[test]
fn what_waits_for_another_broker_is_read_when_it_is_sent_and_sent_again() {
    // The second node is the one with hardly any memory: let it answer.
    let mut world = pair();
    let handle = world.begin(I, "Initiator", "Target", false);
    world.send(I, handle, "question");
    assert_eq!(world.texts(T, "TargetQueue"), ["Request:question"]);
    let target = world.only_endpoint(1, "t");
    world.passes = Box::new(|from, _| from != 1);
    let long = "y".repeat(300_000);
    world.reply(T, target, &long);
    for number in 0..5 {
        world.reply(T, target, &body(number));
    }
    assert!(world.nodes[1].instance.figures().body_bytes <= 100, "{:?}", world.nodes[1].instance.figures());
    world.restart(1);
    world.pass(SECOND * 5);
    world.passes = Box::new(|_, _| true);
    world.pass(SECOND * 70);
    let mut expected = vec![format!("Reply:{long}")];
    expected.extend((0..5).map(|number| format!("Reply:{}", body(number))));
    assert!(world.texts(I, "InitiatorQueue") == expected);
    assert_eq!(world.unsent(1, target), 0);
}

#[test]
fn a_row_that_cannot_be_read_stops_the_instance_and_loses_nothing() {
    let mut world = forgetful();
    let handle = world.begin(D, "Initiator", "Target", false);
    world.send(D, handle, &body(1));
    world.send(D, handle, &body(2));
    let (database, queue) = world.nodes[0].queue("d", "TargetQueue");
    let key = Key::Queue { database, queue, order: 1 };
    let row = world.nodes[0].store.get(&key.to_bytes()).unwrap().unwrap();
    let mut damage = WriteBatch::new();
    damage.delete(&key);
    world.nodes[0].store.commit(&damage).unwrap();
    let now = world.now;
    let error = world.nodes[0].receive("d", "TargetQueue", now).unwrap_err();
    assert_eq!(error.number, 49904, "{}", error.text);
    assert!(world.nodes[0].instance.failure().is_some());
    let end = world.nodes[0].run("d", now, |instance, caller| {
        instance.end_conversation(caller, handle, &EndMode::Cleanup).map(duologue_simulator::ready)
    });
    assert!(
        end.is_ok() && world.nodes[0].instance.take_batch().is_none(),
        "nothing becomes durable any more"
    );
    let mut repair = WriteBatch::new();
    repair.put(&key, row);
    world.nodes[0].store.commit(&repair).unwrap();
    world.restart(0);
    assert_eq!(world.texts(D, "TargetQueue").len(), 2);
}

#[test]
fn memory_counts_what_is_there() {
    let mut world = single();
    let handle = world.begin(D, "Initiator", "Target", false);
    let before = world.nodes[0].instance.figures().body_bytes;
    world.send(D, handle, &body(1));
    assert_eq!(world.nodes[0].instance.figures().body_bytes, before + body(1).len());
    world.end(D, handle, EndMode::Normal);
    assert_eq!(world.texts(D, "TargetQueue").len(), 2);
    assert_eq!(world.nodes[0].instance.figures().body_bytes, before);
}
