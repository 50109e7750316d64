//! Two endpoints, a network that loses, repeats and reorders, and restarts at any step: every message arrives
//! exactly once and in order, and when faults stop, everything settles.

mod world;

use duologue_dialog::{EndpointState, Kind, WINDOW};
use world::{Fate, Fault, Side, World};

/// Fragments are this small so that a few bytes are a long message.
const FRAGMENT_SIZE: u32 = 4;

fn bodies(lengths: &[usize]) -> Vec<Vec<u8>> {
    let body =
        |(index, length): (usize, &usize)| (0..*length).map(|byte| (index * 31 + byte) as u8).collect();
    lengths.iter().enumerate().map(body).collect()
}

/// Both sides say everything and end.
fn conversation(faults: Vec<Fault>, forward: &[usize], back: &[usize]) -> World {
    let mut world = World::new(FRAGMENT_SIZE, faults);
    for (side, lengths) in [(Side::Initiator, forward), (Side::Target, back)] {
        for body in bodies(lengths) {
            world.queue(side, Kind::Message, body);
        }
        world.queue(side, Kind::EndDialog, Vec::new());
    }
    world.run();
    for (side, lengths) in [(Side::Target, forward), (Side::Initiator, back)] {
        let mut expected: Vec<_> = bodies(lengths).into_iter().map(|body| (Kind::Message, body)).collect();
        expected.push((Kind::EndDialog, Vec::new()));
        assert_eq!(world.delivered(side), expected, "{side:?} with {:?}", world.faults());
        assert_eq!(world.state(side), EndpointState::Closed);
    }
    world
}

/// Every single fault and every pair of faults in a short conversation.
fn exhaust(forward: &[usize], back: &[usize]) -> usize {
    let clean = conversation(Vec::new(), forward, back);
    let mut faults: Vec<Fault> = Vec::new();
    for packet in 0..clean.packets() + 2 {
        faults.extend([Fate::Lost, Fate::Twice, Fate::Late].map(|fate| Fault::Packet(packet, fate)));
    }
    for step in 0..clean.steps() + 2 {
        faults.extend([Side::Initiator, Side::Target].map(|side| Fault::Restart(step, side)));
    }
    for (index, first) in faults.iter().enumerate() {
        for second in &faults[index..] {
            conversation(vec![*first, *second], forward, back);
        }
    }
    faults.len()
}

#[test]
fn short_conversations_survive_any_two_faults() {
    let cases: [(&[usize], &[usize]); 4] = [(&[0], &[]), (&[1, 1, 1], &[]), (&[3], &[2, 0]), (&[9, 1], &[5])];
    let tried: usize = cases.map(|(forward, back)| exhaust(forward, back)).iter().sum();
    assert!(tried > 100, "only {tried} faults tried");
}

#[test]
fn long_conversations_survive_a_bad_network_under_a_seed() {
    for seed in 1..=60 {
        let forward: Vec<usize> = (0..40).map(|index| (index * seed as usize) % 23).collect();
        conversation(vec![Fault::Storm { seed, steps: 400 }], &forward, &[7, 0, 100]);
    }
}

#[test]
fn messages_longer_than_the_window_arrive_whole() {
    let length = 3 * WINDOW * FRAGMENT_SIZE as usize + 1;
    for seed in 1..=10 {
        conversation(vec![Fault::Storm { seed, steps: 300 }], &[length, 5], &[length]);
    }
}

#[test]
fn an_error_overtakes_what_was_not_delivered() {
    for faults in
        (0..14).flat_map(|packet| [Fate::Lost, Fate::Late].map(|fate| vec![Fault::Packet(packet, fate)]))
    {
        let mut world = World::new(FRAGMENT_SIZE, faults);
        let messages = bodies(&[9, 2, 30]);
        for body in &messages {
            world.queue(Side::Initiator, Kind::Message, body.clone());
        }
        world.steps_forward(4);
        world.end_with_error(Side::Initiator, b"error".to_vec());
        world.run();
        let mut delivered = world.delivered(Side::Target).to_vec();
        assert_eq!(delivered.pop(), Some((Kind::Error, b"error".to_vec())), "{:?}", world.faults());
        let before = messages.into_iter().map(|body| (Kind::Message, body)).take(delivered.len());
        assert_eq!(delivered, before.collect::<Vec<_>>());
        assert_eq!(world.state(Side::Target), EndpointState::Error);
        assert_eq!(world.state(Side::Initiator), EndpointState::Closed);
    }
}
