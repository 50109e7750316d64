use duologue_types::{ContractId, Guid, MessageTypeId, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::bodies::Body;

fn guid(number: u8) -> Guid {
    Guid([number; 16])
}

/// Conversations 0 to 5 in groups 0 to 2, with priorities of their own.
fn message(order: u64, conversation: u8, sequence: u64, kind: u8) -> QueuedMessage {
    QueuedMessage {
        queuing_order: order,
        status: if kind == 9 { MessageStatus::RetainedSent } else { MessageStatus::Ready },
        priority: 5 + conversation % 3,
        group: ConversationGroupId(guid(conversation / 2)),
        handle: ConversationHandle(guid(conversation)),
        sequence,
        service: ServiceId(1),
        contract: ContractId(1),
        message_type: MessageTypeId(match kind {
            0 => 5,
            1 => 1,
            _ => 65536,
        }),
        message_type_name: "m".into(),
        validation: b'N',
        enqueued: Timestamp(0),
        body: Body::Null,
    }
}

/// What RECEIVE would serve, found by looking at every row.
fn expected(queue: &Queue) -> Vec<(ConversationGroupId, Vec<u64>)> {
    let ready: Vec<&QueuedMessage> = queue
        .messages
        .values()
        .map(|message| &**message)
        .filter(|message| {
            message.status == MessageStatus::Ready && !queue.taken.contains_key(&message.queuing_order)
        })
        .collect();
    let mut groups: Vec<_> = Vec::new();
    for id in (0..3).map(|number| ConversationGroupId(guid(number))) {
        let rows: Vec<_> = ready.iter().filter(|message| message.group == id).collect();
        let Some(priority) = rows.iter().map(|message| message.priority).max() else { continue };
        let earliest = rows.iter().map(|message| message.queuing_order).min();
        let mut conversations: Vec<_> = (0..6)
            .map(|number| {
                let handle = ConversationHandle(guid(number));
                let mut own: Vec<_> = rows.iter().filter(|message| message.handle == handle).collect();
                own.sort_by_key(|message| {
                    let sequence = if message.rank() == super::super::message::Rank::Sequenced {
                        message.sequence
                    } else {
                        0
                    };
                    (message.rank(), sequence, message.queuing_order)
                });
                own
            })
            .filter(|own| !own.is_empty())
            .collect();
        conversations.sort_by_key(|own| (std::cmp::Reverse(own[0].priority), own[0].queuing_order));
        let orders = conversations.iter().flatten().map(|message| message.queuing_order).collect();
        groups.push((std::cmp::Reverse(priority), earliest, id, orders));
    }
    groups.sort_by_key(|(priority, earliest, id, _): &(_, _, _, Vec<u64>)| (*priority, *earliest, *id));
    groups.into_iter().map(|(_, _, id, orders)| (id, orders)).collect()
}

#[derive(Clone, Debug)]
enum Step {
    Insert { conversation: u8, kind: u8 },
    Take(usize),
    GiveBack(usize),
    Remove(usize),
    Move { conversation: u8, group: u8 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..6u8, prop_oneof![Just(0), Just(1), Just(2), Just(2), Just(2), Just(9)])
            .prop_map(|(conversation, kind)| Step::Insert { conversation, kind }),
        2 => any::<usize>().prop_map(Step::Take),
        2 => any::<usize>().prop_map(Step::GiveBack),
        2 => any::<usize>().prop_map(Step::Remove),
        1 => (0..6u8, 0..3u8).prop_map(|(conversation, group)| Step::Move { conversation, group }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn groups_are_served_as_if_every_row_was_looked_at(steps in proptest::collection::vec(step(), 0..80)) {
        let mut queue = Queue::default();
        let mut sequences = [0u64; 6];
        let mut groups = [0, 0, 1, 1, 2, 2];
        for step in steps {
            let pick = |orders: Vec<u64>, index: usize| (!orders.is_empty()).then(|| orders[index % orders.len()]);
            match step {
                Step::Insert { conversation, kind } => {
                    let order = queue.next_queuing_order();
                    let sequence = &mut sequences[usize::from(conversation)];
                    *sequence += u64::from(kind == 2);
                    let mut message = message(order, conversation, *sequence, kind);
                    message.group = ConversationGroupId(guid(groups[usize::from(conversation)]));
                    queue.insert(message);
                }
                Step::Take(index) => {
                    let all = queue.ready_groups().flat_map(|group| queue.in_receive_order(group, None, 99)).collect();
                    if let Some(order) = pick(all, index) {
                        queue.take(order, TransactionId(1));
                    }
                }
                Step::GiveBack(index) => {
                    if let Some(order) = pick(queue.taken.keys().copied().collect(), index) {
                        queue.give_back(order);
                    }
                }
                Step::Remove(index) => {
                    if let Some(order) = pick(queue.messages.keys().copied().collect(), index) {
                        queue.remove(order);
                    }
                }
                // Whoever moves a conversation has its group locked: nobody else has taken messages of it.
                Step::Move { conversation, group } => {
                    let handle = ConversationHandle(guid(conversation));
                    for order in queue.of_conversation(handle) {
                        queue.give_back(order);
                    }
                    groups[usize::from(conversation)] = group;
                    queue.move_conversation(handle, ConversationGroupId(guid(group)));
                }
            }
            queue.audit().unwrap();
            let served: Vec<_> =
                queue.ready_groups().map(|group| (group, queue.in_receive_order(group, None, 99))).collect();
            prop_assert_eq!(served, expected(&queue));
        }
    }
}

#[test]
fn locked_groups_stand_aside_until_they_are_given_back() {
    let mut queue = Queue::default();
    for (conversation, order) in [(0, 0), (2, 1), (4, 2)] {
        let mut message = message(order, conversation, 0, 2);
        message.priority = 5;
        queue.insert(message);
    }
    let group = |number: u8| ConversationGroupId(guid(number));
    let first = |queue: &mut Queue, locked: &[ConversationGroupId]| {
        queue.first_free(|group| locked.contains(&group)).map(|place| place.2)
    };
    assert_eq!(first(&mut queue, &[group(0), group(1)]), Some(group(2)));
    assert_eq!(first(&mut queue, &[]), Some(group(2)), "nobody said that they are free");
    queue.readmit(group(1));
    assert_eq!(first(&mut queue, &[group(0)]), Some(group(1)));
    queue.insert(message(3, 0, 1, 2));
    assert_eq!(first(&mut queue, &[]), Some(group(1)), "a new message does not bring a locked group back");
    queue.readmit(group(0));
    assert_eq!(first(&mut queue, &[]), Some(group(0)));
    queue.audit().unwrap();
}

#[test]
fn an_emptied_queue_is_small_again() {
    let mut queue = Queue::default();
    for order in 0..50_000 {
        let mut message = message(order, 0, 0, 2);
        message.handle = ConversationHandle(Guid((u128::from(order) << 64).to_le_bytes()));
        message.group = ConversationGroupId(message.handle.0);
        queue.insert(message);
    }
    for order in 0..50_000 {
        queue.remove(order);
    }
    queue.audit().unwrap();
    assert!(queue.ready.slots() <= 2 * 4096, "{}", queue.ready.slots());
}
