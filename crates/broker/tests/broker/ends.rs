//! How conversations end, near and far.

use duologue_broker::EndMode;
use duologue_simulator::{World, ready};

use crate::support::{MINUTE, SECOND, Statements, begin_in, pair, rows, secured_pair, send_in, single, text};

fn error(code: i32) -> EndMode {
    EndMode::Error { code, description: "because".into() }
}

/// Every scenario runs near, far in clear, and far with full security.
fn everywhere(scenario: impl Fn(&mut World, (usize, &str), (usize, &str))) {
    scenario(&mut single(), (0, "d"), (0, "d"));
    scenario(&mut pair(), (0, "i"), (1, "t"));
    scenario(&mut secured_pair(false), (0, "i"), (1, "t"));
    scenario(&mut secured_pair(true), (0, "i"), (1, "t"));
}

fn encryption(world: &World) -> bool {
    world.nodes.len() == 2 && world.nodes[0].database("i").remote_service_bindings.iter().count() > 0
}

#[test]
fn fire_and_forget() {
    everywhere(|world, i, t| {
        let now = world.now;
        let encryption = encryption(world);
        let initiator = world.nodes[i.0]
            .run(i.1, now, |instance, caller| {
                let handle = begin_in(instance, caller, "Initiator", "Target", encryption, Some(60))?;
                send_in(instance, caller, handle, "Request", "x")?;
                instance.end_conversation(caller, handle, &EndMode::Normal).map(ready)?;
                Ok(handle)
            })
            .unwrap();
        world.settle();
        assert_eq!(world.state(i.0, initiator), "gone");
        let messages = world.receive(t, "TargetQueue");
        assert_eq!(messages.iter().map(text).collect::<Vec<_>>(), ["Request:x", "EndDialog:"]);
        let target = messages[0].handle;
        assert_eq!(world.state(t.0, target), "DI");
        world.end(t, target, EndMode::Normal);
        if t.0 == 1 {
            assert_eq!(world.state(1, target), "CD");
            world.pass(MINUTE * 29);
            assert_eq!(world.state(1, target), "CD", "kept against replays");
            world.pass(MINUTE * 2);
        }
        assert_eq!(world.state(t.0, target), "gone");
    });
}

/// The far side is gone, and its Error comes late: nobody waits for the acknowledgement.
#[test]
fn a_late_error_of_a_far_side_that_is_gone_is_owed_nothing() {
    let (i, t) = ((0, "i"), (1, "t"));
    let mut world = pair();
    let initiator = world.begin(i, "Initiator", "Target", false);
    world.send(i, initiator, "x");
    let target = world.receive(t, "TargetQueue")[0].handle;
    world.passes = Box::new(|from, _| from != 0);
    world.end(i, initiator, error(1));
    let late = world.seen.last().unwrap().1.clone();
    world.end(i, initiator, EndMode::Cleanup);
    world.passes = Box::new(|_, _| false);
    world.reply(t, target, "y");
    world.end(t, target, EndMode::Normal);
    // What the target says again, the link answers with 8462.
    world.passes = Box::new(|from, _| from == 1);
    world.pass(SECOND * 5);
    assert_eq!(world.state(1, target), "DO");
    let now = world.now;
    world.nodes[1].instance.arrive(&late, now);
    world.settle();
    assert_eq!(world.state(1, target), "CD");
    assert_eq!(world.nodes[1].instance.audit(now), Ok(()));
}

#[test]
fn the_target_ends_first_and_nothing_stays() {
    everywhere(|world, i, t| {
        let encryption = encryption(world);
        let initiator = world.begin(i, "Initiator", "Target", encryption);
        world.send(i, initiator, "x");
        let target = world.receive(t, "TargetQueue")[0].handle;
        world.reply(t, target, "y");
        world.end(t, target, EndMode::Normal);
        assert_eq!(world.texts(i, "InitiatorQueue"), ["Reply:y", "EndDialog:"]);
        world.end(i, initiator, EndMode::Normal);
        assert_eq!(world.state(i.0, initiator), "gone");
        world.pass(MINUTE * 31);
        assert_eq!(world.state(t.0, target), "gone");
        for node in &world.nodes {
            assert_eq!(node.instance.conversations().iter().count(), 0);
        }
    });
}

#[test]
fn an_error_overtakes_what_is_pending_and_unread() {
    everywhere(|world, i, t| {
        let encryption = encryption(world);
        let initiator = world.begin(i, "Initiator", "Target", encryption);
        world.send(i, initiator, "1");
        world.send(i, initiator, "2");
        world.end(i, initiator, error(7));
        assert_eq!(world.state(i.0, initiator), "gone");
        let messages = world.receive(t, "TargetQueue");
        assert_eq!(messages.iter().map(text).collect::<Vec<_>>(), ["Error:7", "Request:1", "Request:2"]);
        assert_eq!(world.state(t.0, messages[0].handle), "ER");
    });
}

#[test]
fn an_error_reaches_a_target_that_never_saw_a_message() {
    for mut world in [pair(), secured_pair(false)] {
        let encryption = encryption(&world);
        world.passes = Box::new(|_, _| false);
        let initiator = world.begin((0, "i"), "Initiator", "Target", encryption);
        world.send((0, "i"), initiator, "1");
        world.end((0, "i"), initiator, error(7));
        assert_eq!(world.state(0, initiator), "DO");
        let lost = std::mem::take(&mut world.seen);
        world.passes = Box::new(|_, _| true);
        world.pass(MINUTE * 3);
        assert_eq!(world.state(0, initiator), "gone");
        assert_eq!(world.texts((1, "t"), "TargetQueue"), ["Error:7"]);
        let now = world.now;
        for (_, late) in lost {
            let _ = world.nodes[1].instance.arrive(&late, now);
        }
        world.settle();
        assert!(
            world.texts((1, "t"), "TargetQueue").is_empty(),
            "a late first message finds the conversation over"
        );
    }
}

#[test]
fn both_sides_end_at_once() {
    everywhere(|world, i, t| {
        let encryption = encryption(world);
        let initiator = world.begin(i, "Initiator", "Target", encryption);
        world.send(i, initiator, "x");
        let target = world.receive(t, "TargetQueue")[0].handle;
        let now = world.now;
        let first = world.nodes[i.0].begin();
        world.nodes[i.0]
            .within(first, i.1, now, |instance, caller| {
                instance.end_conversation(caller, initiator, &EndMode::Normal).map(ready)
            })
            .unwrap();
        let second = world.nodes[t.0].begin();
        world.nodes[t.0]
            .within(second, t.1, now, |instance, caller| {
                instance.end_conversation(caller, target, &EndMode::Normal).map(ready)
            })
            .unwrap();
        world.nodes[i.0].instance.commit(first, now);
        world.nodes[t.0].instance.commit(second, now);
        world.settle();
        assert_eq!(world.state(i.0, initiator), "gone");
        assert!(["CD", "gone"].contains(&world.state(t.0, target)), "{}", world.state(t.0, target));
        assert!(rows(&world.nodes[i.0], i.1, "InitiatorQueue").is_empty());
        assert!(rows(&world.nodes[t.0], t.1, "TargetQueue").is_empty());
    });
}

#[test]
fn a_lost_acknowledgement_of_the_end_does_not_keep_the_target_waiting() {
    for mut world in [pair(), secured_pair(false)] {
        let encryption = encryption(&world);
        let initiator = world.begin((0, "i"), "Initiator", "Target", encryption);
        world.send((0, "i"), initiator, "x");
        let target = world.receive((1, "t"), "TargetQueue")[0].handle;
        world.passes = Box::new(|from, _| from == 1);
        world.end((1, "t"), target, EndMode::Normal);
        world.end((0, "i"), initiator, EndMode::Normal);
        assert_eq!((world.state(0, initiator), world.state(1, target)), ("gone", "DO"));
        world.passes = Box::new(|_, _| true);
        world.pass(MINUTE * 3);
        assert!(["CD", "gone"].contains(&world.state(1, target)), "{}", world.state(1, target));
    }
}

#[test]
fn a_far_side_that_got_everything_and_forgot_it_does_not_keep_anybody_waiting() {
    let mut world = secured_pair(false);
    let initiator = world.begin((0, "i"), "Initiator", "Target", true);
    world.send((0, "i"), initiator, "1");
    // Acknowledgements get lost for longer than the target remembers a closed conversation.
    world.passes = Box::new(|from, _| from == 0);
    world.send((0, "i"), initiator, "2");
    world.end((0, "i"), initiator, EndMode::Normal);
    assert_eq!(world.texts((1, "t"), "TargetQueue"), ["Request:1", "Request:2", "EndDialog:"]);
    let target = world.only_endpoint(1, "t");
    world.end((1, "t"), target, EndMode::Normal);
    assert_eq!((world.state(0, initiator), world.state(1, target)), ("DO", "CD"));
    world.pass(MINUTE * 35);
    assert_eq!((world.state(0, initiator), world.state(1, target)), ("gone", "gone"));
}

#[test]
fn cleanup_forgets_this_side_and_the_other_finds_out() {
    for cleans_initiator in [true, false] {
        let mut world = pair();
        let initiator = world.begin((0, "i"), "Initiator", "Target", false);
        world.send((0, "i"), initiator, "x");
        let target = world.receive((1, "t"), "TargetQueue")[0].handle;
        if cleans_initiator {
            world.end((0, "i"), initiator, EndMode::Cleanup);
            assert_eq!((world.state(0, initiator), world.state(1, target)), ("gone", "CO"));
            world.reply((1, "t"), target, "y");
            assert_eq!(world.texts((1, "t"), "TargetQueue"), ["Error:-8462"]);
        } else {
            world.end((1, "t"), target, EndMode::Cleanup);
            world.send((0, "i"), initiator, "y");
            assert_eq!(world.texts((0, "i"), "InitiatorQueue"), ["Error:-8462"]);
        }
    }
}

#[test]
fn the_lifetime_ends_both_sides() {
    everywhere(|world, i, t| {
        let now = world.now;
        let encryption = encryption(world);
        let initiator = world.nodes[i.0]
            .run(i.1, now, |instance, caller| {
                let handle = begin_in(instance, caller, "Initiator", "Target", encryption, Some(100))?;
                send_in(instance, caller, handle, "Request", "x")?;
                Ok(handle)
            })
            .unwrap();
        world.settle();
        world.pass(SECOND * 99);
        assert_eq!(rows(&world.nodes[t.0], t.1, "TargetQueue"), ["Request:x"]);
        world.pass(SECOND * 2);
        assert_eq!(world.texts(i, "InitiatorQueue"), ["Error:-8489"]);
        let messages = world.receive(t, "TargetQueue");
        assert_eq!(messages.iter().map(text).collect::<Vec<_>>(), ["Error:-8489", "Request:x"]);
        assert_eq!((world.state(i.0, initiator), world.state(t.0, messages[0].handle)), ("ER", "ER"));
        world.end(i, initiator, EndMode::Normal);
        world.end(t, messages[0].handle, EndMode::Normal);
        world.pass(MINUTE * 31);
        assert_eq!((world.state(i.0, initiator), world.state(t.0, messages[0].handle)), ("gone", "gone"));
    });
}

#[test]
fn a_removed_conversation_leaves_no_timer_behind() {
    let mut world = single();
    let before = world.nodes[0].instance.next_timer();
    for _ in 0..20 {
        let handle = world.begin((0, "d"), "Initiator", "Target", false);
        world.send((0, "d"), handle, "x");
        let target = world.receive((0, "d"), "TargetQueue")[0].handle;
        world.end((0, "d"), target, EndMode::Normal);
        world.end((0, "d"), handle, EndMode::Normal);
    }
    assert_eq!(world.nodes[0].instance.next_timer(), before);
}
