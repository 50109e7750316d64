//! RECEIVE: order, priorities, groups and their locks, waiting, poison messages, retention.

use duologue_broker::{
    Attempt, Blocked, EndMode, MessageStatus, ReceiveFilter, ReceiveRequest, RelatedConversation,
};
use duologue_broker::{BeginDialog, Instance};
use duologue_catalog::ddl::ObjectName;
use duologue_catalog::ddl::broker_priorities::{AnyOr, PriorityOptions, create_broker_priority};
use duologue_catalog::ddl::queues::{QueueOptions, create_queue};
use duologue_catalog::ddl::services::{AlterService, alter_service};
use duologue_messages::SqlError;
use duologue_simulator::{World, ready};
use duologue_types::{ConversationHandle, SessionId, TransactionId};

use crate::support::{SECOND, Statements, rows, send_in, single, text};

const D: (usize, &str) = (0, "d");

fn try_receive(
    world: &mut World,
    transaction: TransactionId,
    queue: &str,
    filter: ReceiveFilter,
    top: Option<u64>,
) -> Result<Attempt<Vec<String>>, SqlError> {
    let queue = world.nodes[0].queue("d", queue);
    let now = world.now;
    let attempt = world.nodes[0].within(transaction, "d", now, |instance, caller| {
        instance.receive(caller, ReceiveRequest { queue, top, filter })
    })?;
    Ok(match attempt {
        Attempt::Ready(messages) => Attempt::Ready(messages.iter().map(text).collect()),
        Attempt::Blocked(why) => Attempt::Blocked(why),
    })
}

fn receive_in(world: &mut World, transaction: TransactionId, queue: &str) -> Vec<String> {
    ready(try_receive(world, transaction, queue, ReceiveFilter::Any, None).unwrap())
}

/// A second conversation in the group of the first.
fn begin_related(world: &mut World, first: ConversationHandle) -> ConversationHandle {
    let now = world.now;
    let request = BeginDialog {
        from_service: "Initiator",
        to_service: "Target",
        broker_instance: None,
        contract: Some("Contract"),
        related: Some(RelatedConversation::Conversation(first)),
        lifetime: None,
        encryption: false,
    };
    world.nodes[0]
        .run("d", now, |instance, caller| instance.begin_dialog(caller, request).map(ready))
        .unwrap()
}

fn target_of(world: &World, initiator: ConversationHandle) -> ConversationHandle {
    let conversations = world.nodes[0].instance.conversations();
    conversations.find(conversations.get(initiator).unwrap().conversation, false).unwrap()
}

#[test]
fn a_receive_takes_one_group_conversation_by_conversation_in_order() {
    let mut world = single();
    let first = world.begin(D, "Initiator", "Target", false);
    let second = begin_related(&mut world, first);
    let stranger = world.begin(D, "Initiator", "Target", false);
    for (handle, body) in [(first, "a"), (second, "b"), (stranger, "c"), (first, "d")] {
        world.send(D, handle, body);
    }
    // At the target every conversation has its own group; their replies share the initiator's.
    assert_eq!(world.texts(D, "TargetQueue"), ["Request:a", "Request:d"]);
    assert_eq!(world.texts(D, "TargetQueue"), ["Request:b"]);
    for (handle, body) in [(first, "1"), (second, "2"), (stranger, "3"), (first, "4")] {
        let target = target_of(&world, handle);
        world.reply(D, target, body);
    }
    assert_eq!(world.texts(D, "InitiatorQueue"), ["Reply:1", "Reply:4", "Reply:2"]);
    assert_eq!(world.texts(D, "InitiatorQueue"), ["Reply:3"]);
}

#[test]
fn timer_before_error_before_data_and_the_timer_fires_once() {
    let mut world = single();
    let initiator = world.begin(D, "Initiator", "Target", false);
    world.send(D, initiator, "1");
    let target = target_of(&world, initiator);
    let now = world.now;
    world.nodes[0]
        .run("d", now, |instance, caller| instance.begin_conversation_timer(caller, target, 10).map(ready))
        .unwrap();
    world.settle();
    world.restart(0);
    // A transaction that has the conversation's state in hand while the timer fires must not set it again.
    let open = world.nodes[0].begin();
    world.nodes[0]
        .within(open, "d", now, |instance, caller| send_in(instance, caller, target, "Reply", "r"))
        .unwrap();
    world.pass(SECOND * 11);
    let now = world.now;
    world.nodes[0].instance.commit(open, now);
    world.pass(SECOND * 60);
    world.end(D, initiator, EndMode::Error { code: 5, description: "x".into() });
    assert_eq!(world.texts(D, "TargetQueue"), ["DialogTimer:", "Error:5", "Request:1"]);
}

#[test]
fn the_highest_priority_goes_first() {
    let mut world = single();
    let now = world.now;
    world.party(0, "d").service("Vip", "dbo", &[]);
    let options = PriorityOptions {
        remote_service: Some(AnyOr::One("Vip".into())),
        level: Some(AnyOr::One(9)),
        ..PriorityOptions::default()
    };
    let _outcome = world.party(0, "d").ddl(|cx| create_broker_priority(cx, "vip", &options)).unwrap();
    let _ = now;
    let low = world.begin(D, "Initiator", "Target", false);
    world.send(D, low, "low");
    let high = world.begin(D, "Vip", "Target", false);
    world.send(D, high, "high");
    assert_eq!(world.texts(D, "TargetQueue"), ["Request:high"]);
    assert_eq!(world.texts(D, "TargetQueue"), ["Request:low"]);
}

#[test]
fn a_locked_group_is_passed_over_without_where_and_waited_for_with_it() {
    let mut world = single();
    let initiator = world.begin(D, "Initiator", "Target", false);
    world.send(D, initiator, "1");
    world.send(D, initiator, "2");
    let target = target_of(&world, initiator);
    let (first, second) = (world.nodes[0].begin(), world.nodes[0].begin());
    let one = try_receive(&mut world, first, "TargetQueue", ReceiveFilter::Any, Some(1)).unwrap();
    assert_eq!(ready(one), ["Request:1"]);
    assert!(receive_in(&mut world, second, "TargetQueue").is_empty());
    let filter = ReceiveFilter::Conversation(target);
    let waits = try_receive(&mut world, second, "TargetQueue", filter, None).unwrap();
    assert!(matches!(waits, Attempt::Blocked(Blocked::Lock)));
    // A new message arrives without waiting for the lock.
    world.send(D, initiator, "3");
    assert_eq!(rows(&world.nodes[0], "d", "TargetQueue").len(), 3);
    let now = world.now;
    world.nodes[0].instance.rollback(first, now);
    world.settle();
    assert_eq!(world.woken.len(), 1);
    let rest = try_receive(&mut world, second, "TargetQueue", filter, None).unwrap();
    assert_eq!(ready(rest), ["Request:1", "Request:2", "Request:3"]);
    world.nodes[0].instance.commit(second, now);
    let figures = world.nodes[0].instance.figures();
    assert_eq!((figures.locks, figures.transactions, figures.queued_messages), (0, 0, 0));
}

/// What becomes of the transaction that has received a message when its service moves to another queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Outcome {
    Commits,
    RollsBack,
    IsCutOff,
}

#[test]
fn a_received_message_follows_its_service_only_when_it_is_given_back() {
    for outcome in [Outcome::Commits, Outcome::RollsBack, Outcome::IsCutOff] {
        let mut world = single();
        let initiator = world.begin(D, "Initiator", "Target", false);
        world.send(D, initiator, "1");
        let reader = world.nodes[0].begin();
        assert_eq!(receive_in(&mut world, reader, "TargetQueue"), ["Request:1"]);
        world.send(D, initiator, "2");
        let now = world.now;
        let other = ObjectName::new("dbo", "Other");
        let made = world.nodes[0].ddl("d", now, |cx| create_queue(cx, &other, &QueueOptions::default()));
        assert!(made.is_ok());
        let moved = AlterService {
            name: "Target".into(),
            queue: Some(ObjectName::new("dbo", "Other")),
            add: Vec::new(),
            drop: Vec::new(),
        };
        assert!(world.nodes[0].ddl("d", now, |cx| alter_service(cx, &moved)).is_ok());
        world.settle();
        match outcome {
            Outcome::Commits => {
                world.nodes[0].instance.commit(reader, now);
            }
            Outcome::RollsBack => world.nodes[0].instance.rollback(reader, now),
            Outcome::IsCutOff => world.restart(0),
        }
        world.settle();
        assert!(rows(&world.nodes[0], "d", "TargetQueue").is_empty(), "{outcome:?}");
        let next = world.nodes[0].begin();
        let mut left = receive_in(&mut world, next, "Other");
        left.sort();
        let expected: &[&str] =
            if outcome == Outcome::Commits { &["Request:2"] } else { &["Request:1", "Request:2"] };
        assert_eq!(left, expected, "{outcome:?}");
    }
}

#[test]
fn a_savepoint_gives_messages_back_and_keeps_the_lock() {
    let mut world = single();
    let initiator = world.begin(D, "Initiator", "Target", false);
    world.send(D, initiator, "1");
    let (first, second) = (world.nodes[0].begin(), world.nodes[0].begin());
    for _ in 0..7 {
        let savepoint = world.nodes[0].instance.savepoint(first).unwrap();
        assert_eq!(receive_in(&mut world, first, "TargetQueue"), ["Request:1"]);
        world.nodes[0].instance.rollback_to(first, savepoint);
        assert!(receive_in(&mut world, second, "TargetQueue").is_empty());
    }
    assert_eq!(receive_in(&mut world, first, "TargetQueue"), ["Request:1"], "seven times is no poison");
    let now = world.now;
    world.nodes[0].instance.commit(first, now);
    assert!(receive_in(&mut world, second, "TargetQueue").is_empty());
}

#[test]
fn five_rollbacks_in_a_row_switch_the_queue_off_unless_told_otherwise() {
    for handling in [true, false] {
        let mut world = single();
        let options = QueueOptions { poison_message_handling: Some(handling), ..QueueOptions::default() };
        world.party(0, "d").alter_queue("TargetQueue", &options);
        let initiator = world.begin(D, "Initiator", "Target", false);
        world.send(D, initiator, "1");
        let roll_back = |world: &mut World, times: usize| {
            for _ in 0..times {
                let transaction = world.nodes[0].begin();
                receive_in(world, transaction, "TargetQueue");
                let now = world.now;
                world.nodes[0].instance.rollback(transaction, now);
            }
        };
        roll_back(&mut world, 4);
        let transaction = world.nodes[0].begin();
        receive_in(&mut world, transaction, "TargetQueue");
        let now = world.now;
        world.nodes[0].instance.commit(transaction, now);
        world.send(D, initiator, "2");
        let idle = world.nodes[0].begin();
        assert!(receive_in(&mut world, idle, "InitiatorQueue").is_empty());
        world.nodes[0].instance.rollback(idle, now);
        roll_back(&mut world, 4);
        let transaction = world.nodes[0].begin();
        assert_eq!(
            receive_in(&mut world, transaction, "TargetQueue"),
            ["Request:2"],
            "a commit starts the count anew"
        );
        world.nodes[0].instance.rollback(transaction, now);
        world.settle();
        world.restart(0);
        let transaction = world.nodes[0].begin();
        let outcome = try_receive(&mut world, transaction, "TargetQueue", ReceiveFilter::Any, None);
        match (handling, outcome) {
            (true, Err(error)) => assert_eq!(error.number, 9617),
            (false, Ok(found)) => assert_eq!(ready(found), ["Request:2"]),
            (_, other) => panic!("{handling} {other:?}"),
        }
    }
}

#[test]
fn retention_keeps_what_was_received_and_sent_until_the_end() {
    let mut world = single();
    let retention = QueueOptions { retention: Some(true), ..QueueOptions::default() };
    for queue in ["TargetQueue", "InitiatorQueue"] {
        world.party(0, "d").alter_queue(queue, &retention);
    }
    let initiator = world.begin(D, "Initiator", "Target", false);
    world.send(D, initiator, "1");
    assert_eq!(world.texts(D, "TargetQueue"), ["Request:1"]);
    assert!(world.texts(D, "TargetQueue").is_empty(), "not a second time");
    world.restart(0);
    assert!(world.texts(D, "TargetQueue").is_empty(), "nor after a restart");
    let status = |world: &World, queue: &str| -> Vec<MessageStatus> {
        let key = world.nodes[0].queue("d", queue);
        world.nodes[0].instance.queue_messages(key, None).map(|message| message.unwrap().status).collect()
    };
    assert_eq!(status(&world, "TargetQueue"), [MessageStatus::Retained]);
    assert_eq!(status(&world, "InitiatorQueue"), [MessageStatus::RetainedSent]);
    world.end(D, initiator, EndMode::Normal);
    assert!(status(&world, "InitiatorQueue").is_empty());
    let target = world.only_endpoint(0, "d");
    world.end(D, target, EndMode::Normal);
    assert!(status(&world, "TargetQueue").is_empty());
}

#[test]
fn a_moved_conversation_takes_its_messages_along() {
    let mut world = single();
    let (first, second) =
        (world.begin(D, "Initiator", "Target", false), world.begin(D, "Initiator", "Target", false));
    for handle in [first, second] {
        world.send(D, handle, "x");
        let target = target_of(&world, handle);
        world.reply(D, target, "y");
    }
    let group = world.endpoint(0, first).unwrap().local.group;
    let now = world.now;
    world.nodes[0]
        .run("d", now, |instance, caller| instance.move_conversation(caller, second, group).map(ready))
        .unwrap();
    world.settle();
    world.restart(0);
    assert_eq!(world.endpoint(0, second).unwrap().local.group, group);
    let both = world.receive(D, "InitiatorQueue");
    assert_eq!(both.len(), 2);
    assert!(both.iter().all(|message| message.group == group));
}

#[test]
fn who_waits_for_a_conversation_is_woken_when_it_ends() {
    let mut world = single();
    let initiator = world.begin(D, "Initiator", "Target", false);
    world.send(D, initiator, "x");
    let queue = world.nodes[0].queue("d", "InitiatorQueue");
    world.nodes[0].instance.wait_on_queue(SessionId(7), queue, ReceiveFilter::Conversation(initiator));
    world.end(D, initiator, EndMode::Normal);
    assert_eq!(world.woken, [(0, SessionId(7))]);
}

#[test]
fn a_dropped_service_leaves_no_rows() {
    let mut world = single();
    let initiator = world.begin(D, "Initiator", "Target", false);
    world.send(D, initiator, "x");
    let _outcome =
        world.party(0, "d").ddl(|cx| duologue_catalog::ddl::services::drop_service(cx, "Target")).unwrap();
    world.settle();
    assert_eq!(world.texts(D, "InitiatorQueue"), ["Error:-8470"]);
    assert!(rows(&world.nodes[0], "d", "TargetQueue").is_empty());
    world.restart(0);
    assert!(rows(&world.nodes[0], "d", "TargetQueue").is_empty());
}

/// A session that waits for messages again and again, as WAITFOR (RECEIVE …) does.
struct Reader {
    session: SessionId,
    filter: ReceiveFilter,
    open: Option<TransactionId>,
    waits: bool,
}

#[test]
fn no_wake_is_lost_whatever_the_order() {
    for seed in 1..=60u64 {
        let mut chance = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut below = move |limit: usize| {
            chance ^= chance << 13;
            chance ^= chance >> 7;
            chance ^= chance << 17;
            usize::try_from(chance >> 33).unwrap() % limit
        };
        let mut world = single();
        let options = QueueOptions { poison_message_handling: Some(false), ..QueueOptions::default() };
        world.party(0, "d").alter_queue("TargetQueue", &options);
        let initiators: Vec<_> = (0..4).map(|_| world.begin(D, "Initiator", "Target", false)).collect();
        for handle in &initiators {
            world.send(D, *handle, "0");
            world.texts(D, "TargetQueue");
        }
        let mut readers: Vec<Reader> = (0..5)
            .map(|index| {
                let target = target_of(&world, initiators[below(4)]);
                let group = world.endpoint(0, target).unwrap().local.group;
                // One reader for each conversation and group at most would starve the rest: most take anything.
                let filter = match below(6) {
                    0 => ReceiveFilter::Conversation(target),
                    1 => ReceiveFilter::Group(group),
                    _ => ReceiveFilter::Any,
                };
                Reader { session: SessionId(100 + index), filter, open: None, waits: false }
            })
            .collect();
        readers.push(Reader { session: SessionId(99), filter: ReceiveFilter::Any, open: None, waits: false });
        for _ in 0..120 {
            match below(4) {
                0 => world.send(D, initiators[below(4)], "x"),
                _ => {
                    let index = below(readers.len());
                    let cancels = below(8) == 0;
                    step(&mut world, &mut readers[index], cancels, below(3) == 0);
                }
            }
        }
        // From here on everybody goes on only when woken, and commits what he got.
        for _ in 0..500 {
            for reader in &mut readers {
                step(&mut world, reader, false, false);
            }
        }
        assert!(rows(&world.nodes[0], "d", "TargetQueue").is_empty(), "seed {seed}: somebody sleeps");
    }
}

fn step(world: &mut World, reader: &mut Reader, cancels: bool, rolls_back: bool) {
    let now = world.now;
    let queue = world.nodes[0].queue("d", "TargetQueue");
    world.settle();
    if let Some(at) = world.woken.iter().position(|(_, session)| *session == reader.session) {
        world.woken.remove(at);
        reader.waits = false;
    }
    if reader.waits {
        if cancels && let Some(open) = reader.open.take() {
            let instance: &mut Instance = &mut world.nodes[0].instance;
            instance.stop_waiting(reader.session, queue);
            instance.cancel_wait(open);
            instance.rollback(open, now);
            reader.waits = false;
        }
        return;
    }
    let Some(open) = reader.open else {
        reader.open = Some(world.nodes[0].instance.begin(reader.session));
        return;
    };
    match try_receive(world, open, "TargetQueue", reader.filter, Some(1)).unwrap() {
        Attempt::Blocked(_) => reader.waits = true,
        Attempt::Ready(found) if found.is_empty() => {
            world.nodes[0].instance.wait_on_queue(reader.session, queue, reader.filter);
            reader.waits = true;
        }
        Attempt::Ready(_) => {
            reader.open = None;
            if rolls_back {
                world.nodes[0].instance.rollback(open, now);
            } else {
                world.nodes[0].instance.commit(open, now);
            }
        }
    }
}
