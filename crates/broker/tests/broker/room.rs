//! A full disk and one that cannot keep up.

use bytes::Bytes;
use duologue_broker::{Attempt, Blocked, EndMode, SendRequest};

use crate::support::{MINUTE, SECOND, Statements, begin_in, pair, send_in, single};

const I: (usize, &str) = (0, "i");
const T: (usize, &str) = (1, "t");

#[test]
fn without_room_nothing_new_is_taken_and_what_makes_room_goes_on() {
    let mut world = pair();
    let handle = world.begin(I, "Initiator", "Target", false);
    world.send(I, handle, "before");
    let target = world.only_endpoint(1, "t");
    world.nodes[1].store.set_room(false);
    world.send(I, handle, "late");
    let status = world.status(0, handle);
    assert!(status.contains("rejected this message: Could not allocate space"), "{status}");
    assert_eq!(world.unsent(0, handle), 1);
    let now = world.now;
    let refused = |number: Result<(), duologue_messages::SqlError>| number.map_err(|error| error.number);
    let sent =
        world.nodes[1].run("t", now, |instance, caller| send_in(instance, caller, target, "Reply", "r"));
    assert_eq!(refused(sent), Err(1105));
    let begun = world.nodes[1]
        .run("t", now, |instance, caller| begin_in(instance, caller, "Target", "Initiator", false, None));
    assert_eq!(refused(begun.map(drop)), Err(1105));
    assert_eq!(world.texts(T, "TargetQueue"), ["Request:before"], "RECEIVE makes room");
    world.pass(MINUTE);
    assert_eq!((world.unsent(0, handle), world.texts(T, "TargetQueue").len()), (1, 0), "still none");
    world.end(T, target, EndMode::Normal);
    assert_eq!(world.texts(I, "InitiatorQueue"), ["EndDialog:"], "END CONVERSATION is told");
    let new = world.begin(I, "Initiator", "Target", false);
    world.send(I, new, "to nobody yet");
    world.nodes[1].store.set_room(true);
    world.pass(MINUTE * 2);
    assert_eq!(world.texts(T, "TargetQueue"), ["Request:to nobody yet"], "with room it comes by itself");
    assert_eq!(world.status(0, new), "");
}

#[test]
fn a_full_disk_of_the_sender_still_takes_acknowledgements() {
    let mut world = pair();
    let handle = world.begin(I, "Initiator", "Target", false);
    world.nodes[1].store.set_room(false);
    world.send(I, handle, "x");
    world.nodes[0].store.set_room(false);
    world.nodes[1].store.set_room(true);
    world.pass(SECOND * 30);
    assert_eq!(world.unsent(0, handle), 0);
    assert_eq!(world.texts(T, "TargetQueue"), ["Request:x"]);
}

#[test]
fn statements_wait_for_a_disk_that_cannot_keep_up() {
    let mut world = single();
    let now = world.now;
    let handle = world.begin((0, "d"), "Initiator", "Target", false);
    let node = &mut world.nodes[0];
    let body = Bytes::from(vec![7; 8 << 20]);
    let mut sent = 0;
    let session = loop {
        let session = node.session();
        let transaction = node.instance.begin(session);
        let request =
            SendRequest { handles: &[Some(handle)], message_type: "Request", body: Some(body.clone()) };
        let attempt = node.within(transaction, "d", now, |instance, caller| instance.send(caller, &request));
        match attempt.unwrap() {
            Attempt::Ready(()) => {
                node.instance.commit(transaction, now);
                sent += 1;
            }
            Attempt::Blocked(blocked) => {
                assert_eq!(blocked, Blocked::Congested);
                node.instance.rollback(transaction, now);
                break session;
            }
        }
        assert!(sent < 20, "the queue of commits has a limit");
    };
    assert!(sent >= 8);
    node.instance.take_actions();
    node.flush(now);
    assert!(!node.instance.is_congested());
    let woken = node.instance.take_actions();
    assert!(woken.contains(&duologue_broker::Action::Wake(session)), "{woken:?}");
    assert_eq!(world.receive((0, "d"), "TargetQueue").len(), sent);
}
