//! An instance that is killed between any two steps goes on as if nothing had happened.

use duologue_broker::EndMode;
use duologue_catalog::objects::Validation;
use duologue_simulator::World;
use duologue_store::{Key, Store, keys};

use crate::support::{MINUTE, Statements, pair, secured_pair, single};

type Step = fn(&mut World);

const I: (usize, &str) = (0, "i");
const T: (usize, &str) = (1, "t");

/// The handles are found anew in every step, as a program does that keeps nothing.
fn initiator(world: &World) -> duologue_types::ConversationHandle {
    world.only_endpoint(0, "i")
}

const STORY: [Step; 8] = [
    |world| {
        let encryption = world.nodes[0].database("i").settings.master_key.is_some();
        world.begin(I, "Initiator", "Target", encryption);
        world.settle();
    },
    |world| world.send(I, initiator(world), "1"),
    |world| world.send(I, initiator(world), "2"),
    |world| assert_eq!(world.texts(T, "TargetQueue"), ["Request:1", "Request:2"]),
    |world| world.reply(T, world.only_endpoint(1, "t"), "answer"),
    |world| world.end(T, world.only_endpoint(1, "t"), EndMode::Normal),
    |world| assert_eq!(world.texts(I, "InitiatorQueue"), ["Reply:answer", "EndDialog:"]),
    |world| world.end(I, initiator(world), EndMode::Normal),
];

#[test]
fn a_restart_after_every_step_changes_nothing() {
    for secured in [false, true] {
        for restarted in [vec![0], vec![1], vec![0, 1]] {
            for at in 0..=STORY.len() {
                let mut world = if secured { secured_pair(false) } else { pair() };
                for (index, step) in STORY.iter().enumerate() {
                    if index == at {
                        restarted.iter().for_each(|node| world.restart(*node));
                    }
                    step(&mut world);
                }
                world.pass(MINUTE * 40);
                for (node, name) in ["initiator", "target"].iter().enumerate() {
                    let left: Vec<_> = world.nodes[node].instance.conversations().iter().collect();
                    assert!(left.is_empty(), "{name}, restart of {restarted:?} before step {at}: {left:?}");
                }
            }
        }
    }
}

/// The same, with the process dying before any batch of a step is flushed, and the step done again.
#[test]
fn a_step_that_was_not_flushed_never_happened() {
    let mut world = single();
    let now = world.now;
    let handle = world.begin((0, "d"), "Initiator", "Target", false);
    world.nodes[0].flush(now);
    world.nodes[0]
        .run("d", now, |instance, caller| {
            crate::support::send_in(instance, caller, handle, "Request", "lost")
        })
        .unwrap();
    world.restart(0);
    assert_eq!(world.endpoint(0, handle).unwrap().local.send_sequence, 0);
    world.send((0, "d"), handle, "kept");
    world.restart(0);
    assert_eq!(world.texts((0, "d"), "TargetQueue"), ["Request:kept"]);
}

fn stored(world: &World, node: usize, family: keys::Family) -> usize {
    world.nodes[node].store.scan(&keys::prefix::family(family), None, 10_000).unwrap().len()
}

#[test]
fn nothing_stays_in_the_store_of_conversations_that_are_over() {
    let mut world = pair();
    let body = "x".repeat(200_000);
    let mut count = 0;
    // The first fragments arrive, the rest does not.
    world.passes = Box::new(move |_, _| {
        count += 1;
        count < 4
    });
    let handle = world.begin(I, "Initiator", "Target", false);
    world.send(I, handle, "1");
    world.send(I, handle, &body);
    assert!(stored(&world, 1, keys::Family::Partial) > 0);
    let target = world.receive(T, "TargetQueue")[0].handle;
    world.end(T, target, EndMode::Cleanup);
    assert_eq!(stored(&world, 1, keys::Family::Partial), 0);
    world.end(I, handle, EndMode::Cleanup);
    assert_eq!(stored(&world, 1, keys::Family::Endpoint), 1, "kept against replays");
    world.pass(crate::support::MINUTE * 31);
    for node in 0..2 {
        for family in [keys::Family::Endpoint, keys::Family::Transmission, keys::Family::Queue] {
            assert_eq!(stored(&world, node, family), 0, "{family:?} of node {node}");
        }
        world.restart(node);
    }
}

#[test]
fn every_row_in_the_store_is_known_by_its_key() {
    let mut world = World::new(1, 5);
    let mut party = world.party(0, "d");
    party.create_database();
    party.contract(Validation::None);
    party.service("Initiator", "dbo", &[]);
    let handle = world.begin((0, "d"), "Initiator", "Nowhere", false);
    world.send((0, "d"), handle, "x");
    for (key, _) in world.nodes[0].store.scan(b"", None, 100_000).unwrap() {
        Key::parse(&key).unwrap();
    }
    assert_eq!(stored(&world, 0, keys::Family::Transmission), 1);
}
