//! Arrivals as a little language: `3` is message 3, `3:1/4` fragment 1 of its 4, `3E` an EndDialog, `3X` an
//! Error, `B` a broker's Error, `A` an acknowledgement. Outcomes: `+a..b` in order and released, `hold`,
//! `again` (duplicate), `far`, `bad` (11221), `error[…]` with what was discarded, `-` nothing.

use super::*;
use crate::envelope::samples;
use crate::fragment::{Fragment, fragments};

fn envelope(word: &str) -> Envelope {
    let (word, kind) = match word.chars().next_back() {
        Some('E') => (&word[..word.len() - 1], Kind::EndDialog),
        Some('X') => (&word[..word.len() - 1], Kind::Error),
        Some('B') => ("0", Kind::BrokerError),
        Some('A') => ("0", Kind::Acknowledgement),
        _ => (word, Kind::Message),
    };
    let (sequence, part) = word.split_once(':').unwrap_or((word, "0/1"));
    let (index, count) = part.split_once('/').unwrap();
    let total = 10 * count.parse::<u64>().unwrap();
    let (fragment, length): (Fragment, u32) = fragments(total, 10).at(index.parse().unwrap()).unwrap();
    let sequence = sequence.parse().unwrap();
    let body = vec![0; length as usize].into();
    Envelope { kind, sequence, fragment, body, security: None, ..samples::full() }
}

fn outcome(half: &mut ReceiveHalf, word: &str) -> String {
    match half.arrive(&envelope(word)) {
        Ok(Arrival::AcknowledgementOnly) => "-".into(),
        Ok(Arrival::Duplicate) => "again".into(),
        Ok(Arrival::InOrder { released }) => format!("+{}..{}", released.start, released.end),
        Ok(Arrival::OutOfOrder) => "hold".into(),
        Ok(Arrival::TooFarAhead) => "far".into(),
        Ok(Arrival::Error { discarded }) => format!("error{discarded:?}").replace(' ', ""),
        Err(error) => if error.number == 11221 { "bad" } else { "?" }.into(),
    }
}

/// `word=outcome` pairs, then `@sequence.fragment` for what is acknowledged and `!` when nothing is owed.
fn check(script: &str) {
    let mut half = ReceiveHalf::new();
    for step in script.split_whitespace() {
        if let Some(expected) = step.strip_prefix('@') {
            let taken = half.take_acknowledgement().expect("an acknowledgement is owed");
            assert_eq!(format!("{}.{}", taken.sequence, taken.fragment), expected, "{script}");
        } else if step == "!" {
            assert!(!half.owes_acknowledgement(), "{script}");
        } else {
            let (word, expected) = step.split_once('=').unwrap();
            assert_eq!(outcome(&mut half, word), expected, "{step} in {script}");
        }
        let mut bytes = Vec::new();
        half.encode(&mut bytes);
        let decoded = ReceiveHalf::decode(&mut bytes.as_slice()).expect("own form");
        assert_eq!(ReceiveHalf { owes_acknowledgement: half.owes_acknowledgement, ..decoded }, half);
        for length in 0..bytes.len() {
            assert_eq!(ReceiveHalf::decode(&mut &bytes[..length]), Err(DamagedRecord));
        }
    }
}

/// Found by fuzzing: what arrived next went past messages that were still kept.
#[test]
fn a_half_that_contradicts_itself_is_damaged() {
    let finished =
        |end: u8, partials: &[u8]| [&[1, 1, 0, 0, 0, 0, 0, 0, 0, 1, end][..], &[0; 7], partials].concat();
    let partial =
        [1, 1, 0, 0, 0, 0, 0, 0, 0, 30, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
    assert!(ReceiveHalf::decode(&mut finished(0, &[0]).as_slice()).is_ok());
    assert_eq!(ReceiveHalf::decode(&mut finished(3, &[0]).as_slice()), Err(DamagedRecord));
    assert_eq!(ReceiveHalf::decode(&mut finished(0, &partial).as_slice()), Err(DamagedRecord));
    let mut unfinished = finished(0, &partial);
    unfinished[9] = 0;
    assert!(ReceiveHalf::decode(&mut unfinished.as_slice()).is_ok());
    // An EndDialog that waits is the last thing that is kept: this one would have the number 0 or 2, not 1.
    for end in [1, 3] {
        unfinished[10] = end;
        assert_eq!(ReceiveHalf::decode(&mut unfinished.as_slice()), Err(DamagedRecord));
    }
}

#[test]
fn in_order_gaps_and_duplicates() {
    check("! 0=+0..1 @1.0 ! 0=again @1.0 1=+1..2 @2.0");
    check("1=hold @0.0 3=hold 1=again 0=+0..2 @2.0 2=+2..4 @4.0");
    check("0=+0..1 @1.0 A=- !");
    check("63=hold 64=far 0=+0..1 64=hold");
}

#[test]
fn fragments_are_gathered() {
    check("0:0/3=+0..0 @0.1 0:1/3=+0..0 @0.2 0:1/3=again 0:2/3=+0..1 @1.0");
    check("0:2/3=hold 0:1/3=hold 0:2/3=again 1=hold @0.0 0:0/3=+0..2 @2.0");
    check("0:64/99=hold 0:65/99=far 0:0/99=+0..0 0:65/99=hold @0.1");
    check("1:1/2=hold 1:1/3=bad 1=bad 0=+0..1 @1.0 1:0/2=+1..2");
}

#[test]
fn the_end_is_in_sequence_and_final() {
    check("0=+0..1 1E=+1..2 @2.0 2=again @3.0 1E=again @3.0 B=again !");
    check("2E=hold 3=bad 1E=bad 2=bad 2E=again 1=hold 0=+0..3 @3.0 1=again @3.0");
    check("2=hold 1E=bad 0=+0..1");
}

#[test]
fn an_error_takes_effect_at_once() {
    check("0=+0..1 2=hold 4:1/2=hold 5X=error[2,4] @6.0 3=again 7=again @8.0");
    check("3X=error[] @4.0 0=again @4.0 3X=again @4.0");
    check("1=hold @0.0 B=error[1] ! 1=again @2.0 B=again !");
    check("0=+0..1 0X=again @1.0 1X=error[] @2.0");
}

#[test]
fn at_most_the_window_is_kept_behind_a_gap() {
    let mut half = ReceiveHalf::new();
    let held = (0..100).filter(|index| outcome(&mut half, &format!("1:{index}/100")) == "hold").count();
    assert_eq!(held, WINDOW);
    assert_eq!(outcome(&mut half, "2"), "far");
    assert_eq!(half.first_out_of_order(), Some(1));
    assert_eq!(half.last_out_of_order(), Some(Position { sequence: 1, fragment: 63 }));
    assert_eq!(outcome(&mut half, "0"), "+0..1");
    assert_eq!((half.expected(), half.first_out_of_order()), (Position { sequence: 1, fragment: 64 }, None));
    assert_eq!(outcome(&mut half, "2"), "hold");
}
