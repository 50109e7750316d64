//! Two connections joined in memory under a virtual clock.

use std::time::Duration;

use bytes::Bytes;
use duologue_adjacent_broker::{
    Closed, Config, Connection, ConnectionState, DialogReject, EncryptionOption, Event, InstanceId,
    LoginState, MAX_FRAME_LENGTH, SendError, Verdict, arbitrate,
};
use duologue_messages::sql_error;
use duologue_types::{ConversationId, Guid, Timestamp};

fn config(id: u8) -> Config {
    Config::new(InstanceId(Guid([id; 16])), u64::from(id) * 1000, Bytes::from(vec![id; 3]))
}

/// A connecting and an accepting side, what each reported, and the clock.
struct Pair {
    now: Timestamp,
    ends: [Connection; 2],
    events: [Vec<Event>; 2],
    /// Bytes travel in pieces of this size.
    piece: usize,
}

const INITIATOR: usize = 0;
const ACCEPTOR: usize = 1;

impl Pair {
    fn new(initiator: Config, acceptor: Config, piece: usize) -> Self {
        let now = Timestamp::from_unix_seconds(1_000);
        let ends = [Connection::connect(initiator, now), Connection::accept(acceptor, now)];
        Self { now, ends, events: [Vec::new(), Vec::new()], piece }
    }

    fn online(piece: usize) -> Self {
        let mut pair = Self::new(config(1), config(2), piece);
        pair.drive();
        for side in [INITIATOR, ACCEPTOR] {
            assert!(matches!(pair.events[side][..], [Event::PeerHello(_), Event::Online(_)]));
            pair.events[side].clear();
        }
        pair
    }

    /// Until nothing is to be said; both sides authorise everybody.
    fn drive(&mut self) {
        self.drive_with([|| Ok(()), || Ok(())]);
    }

    fn drive_with(&mut self, decide: [fn() -> Result<(), duologue_messages::SqlError>; 2]) {
        loop {
            let mut moved = false;
            for from in [INITIATOR, ACCEPTOR] {
                let to = 1 - from;
                if let Some(bytes) = self.ends[from].take_output(self.now) {
                    moved = true;
                    bytes.chunks(self.piece).for_each(|piece| drop(self.ends[to].receive(self.now, piece)));
                }
                for side in [from, to] {
                    while let Some(event) = self.ends[side].poll_event() {
                        if matches!(event, Event::PeerHello(_)) {
                            self.ends[side].authorise(self.now, decide[side]());
                        }
                        self.events[side].push(event);
                    }
                }
            }
            if !moved {
                return;
            }
        }
    }

    fn advance(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
        self.ends.iter_mut().for_each(|end| end.handle_timeout(self.now));
        self.drive();
    }

    fn closed(&self, side: usize) -> &Closed {
        let last = self.events[side].last();
        let closed = if let Some(Event::Closed(closed)) = last { Some(closed) } else { None };
        closed.expect("the last event")
    }
}

fn reject() -> DialogReject {
    DialogReject {
        conversation_id: ConversationId(Guid([9; 16])),
        to_initiator: true,
        sequence: 4,
        number: 11229,
        text: "The security context could not be retrieved.".into(),
    }
}

#[test]
fn both_come_online_in_pieces_of_any_size() {
    for piece in [1, 2, 3, 7, 64, 1_000_000] {
        let mut pair = Pair::online(piece);
        let [initiator, acceptor] = &pair.ends;
        assert_eq!(initiator.peer().unwrap().key, acceptor.peer().unwrap().key);
        assert_eq!(initiator.peer().unwrap().instance_id, InstanceId(Guid([2; 16])));
        assert_eq!(acceptor.peer().unwrap().certificate, Bytes::from(vec![2; 3]), "as TLS handed it in");
        assert_eq!(
            (acceptor.state(), acceptor.login_state()),
            (ConnectionState::LoggedIn, LoginState::Online)
        );
        assert!(acceptor.is_accept() && !initiator.is_accept());

        for envelope in [vec![1; 1], vec![2; 70_000], vec![3; 5]] {
            pair.ends[INITIATOR].send_dialog(pair.now, envelope.into()).unwrap();
        }
        pair.ends[ACCEPTOR].send_reject(pair.now, reject()).unwrap();
        pair.drive();
        let lengths: Vec<usize> = pair.events[ACCEPTOR]
            .iter()
            .map(|event| if let Event::Dialog(envelope) = event { envelope.len() } else { 0 })
            .collect();
        assert_eq!(lengths, [1, 70_000, 5]);
        assert_eq!(pair.events[INITIATOR], [Event::DialogReject(reject())]);
        let [initiator, acceptor] = pair.ends.each_ref().map(Connection::statistics);
        assert_eq!((initiator.fragments_sent, acceptor.fragments_received), (3, 3));
        assert_eq!(
            (initiator.bytes_sent, initiator.bytes_received),
            (acceptor.bytes_received, acceptor.bytes_sent)
        );
        assert!(initiator.login_time.is_some());
    }
}

#[test]
fn a_refusal_reaches_the_other_side() {
    let refuse = || Err(sql_error!(28034, "peer login", 10));
    for (refuser, decide) in [
        (INITIATOR, [refuse as fn() -> _, (|| Ok(())) as fn() -> _]),
        (ACCEPTOR, [(|| Ok(())) as fn() -> _, refuse as fn() -> _]),
    ] {
        let mut pair = Pair::new(config(1), config(2), 9);
        pair.drive_with(decide);
        for side in [INITIATOR, ACCEPTOR] {
            let closed = pair.closed(side);
            assert_eq!((closed.number, closed.by_peer, closed.was_online), (28034, side != refuser, false));
            assert_eq!(closed.text, sql_error!(28034, "peer login", 10).text);
            assert_eq!(pair.ends[side].login_state(), LoginState::Error);
            assert_eq!(pair.ends[side].poll_timeout(), None);
        }
    }
}

#[test]
fn incompatible_options_are_refused_with_28027() {
    let mut initiator = config(1);
    initiator.offer.encryption.option = EncryptionOption::Disabled;
    let mut pair = Pair::new(initiator, config(2), 100);
    pair.drive();
    assert_eq!((pair.closed(INITIATOR).number, pair.closed(ACCEPTOR).number), (28027, 28027));
    assert!(!pair.closed(ACCEPTOR).was_online && pair.events[ACCEPTOR].len() == 1, "nobody was asked");
}

#[test]
fn nothing_happens_before_the_decision() {
    let mut pair = Pair::new(config(1), config(2), 100);
    let hello = pair.ends[INITIATOR].take_output(pair.now).unwrap();
    let [_, acceptor] = &mut pair.ends;
    acceptor.receive(pair.now, &hello).unwrap();
    assert!(matches!(acceptor.poll_event(), Some(Event::PeerHello(_))));
    assert_eq!(acceptor.login_state(), LoginState::WaitValidation);
    assert_eq!(acceptor.send_dialog(pair.now, Bytes::from_static(b"x")), Err(SendError::NotOnline));
    acceptor.authorise(pair.now, Ok(()));
    acceptor.authorise(pair.now, Err(sql_error!(28034, "too late", 10)));
    assert_eq!(acceptor.login_state(), LoginState::WaitIscConfirm);
    assert_eq!(acceptor.send_dialog(pair.now, Bytes::from_static(b"x")), Err(SendError::NotOnline));
}

/// What a peer may not send when: the accepting side's state, the frames, the number.
#[test]
fn frames_out_of_state_close_the_connection() {
    let frame = |kind: u8, payload: &[u8]| {
        [&((payload.len() + 1) as u32).to_le_bytes(), &[kind][..], payload].concat()
    };
    let hello = Connection::connect(config(1), Timestamp::from_unix_seconds(1_000))
        .take_output(Timestamp::default())
        .unwrap()
        .to_vec();
    let confirm = |version: u8, nonce: u64| {
        let payload = [&[version, 0, 4, 2][..], &nonce.to_le_bytes()].concat();
        [hello.clone(), frame(2, &payload)].concat()
    };
    let early = [
        ("dialog first", frame(4, b"envelope"), 28029),
        ("ping first", frame(6, b""), 28029),
        ("confirm first", frame(2, &[1, 0, 4, 2, 0, 0, 0, 0, 0, 0, 0, 0]), 28029),
        ("hello twice", [hello.clone(), hello.clone()].concat(), 28029),
        ("dialog after hello", [hello.clone(), frame(4, b"envelope")].concat(), 28029),
        ("confirms another version", confirm(2, 2000), 28038),
        ("confirms another nonce", confirm(1, 1), 28038),
        (
            "confirms twice",
            [confirm(1, 2000), frame(2, &[1, 0, 4, 2, 0xd0, 7, 0, 0, 0, 0, 0, 0])].concat(),
            28029,
        ),
        ("too long for a stranger", frame(4, &vec![0; 16 * 1024]), 11280),
        ("unknown kind", frame(77, b""), 11235),
        ("not a broker", b"\x16\x03\x01\x00\x05hello".to_vec(), 11280),
    ];
    for (what, bytes, number) in early {
        let now = Timestamp::from_unix_seconds(1_000);
        let mut acceptor = Connection::accept(config(2), now);
        let error = acceptor.receive(now, &bytes).unwrap_err();
        assert_eq!(error.number, number, "{what}");
        assert!(!error.text.contains('%') && !error.text.contains("no text"), "{error}");
        assert!(acceptor.is_closed() && acceptor.take_output(now).is_some(), "{what}: the peer is told");
        assert_eq!(acceptor.receive(now, &hello), Ok(()), "bytes after the end are dropped");
        let last = std::iter::from_fn(|| acceptor.poll_event()).last();
        assert!(matches!(last, Some(Event::Closed(closed)) if closed.number == number && !closed.by_peer));
    }
    for (bytes, number) in [(hello.clone(), 9757), (frame(9, b""), 11235), (vec![255; 9], 11280)] {
        let mut pair = Pair::online(100);
        assert_eq!(pair.ends[ACCEPTOR].receive(pair.now, &bytes).map_err(|error| error.number), Err(number));
        pair.drive();
        assert!(pair.closed(INITIATOR).by_peer && pair.closed(INITIATOR).number == number);
    }
}

#[test]
fn a_cut_transport_says_so_at_every_byte() {
    let mut pair = Pair::new(config(1), config(2), 100);
    let hello = pair.ends[INITIATOR].take_output(pair.now).unwrap();
    for length in 0..hello.len() {
        let mut acceptor = Connection::accept(config(2), pair.now);
        acceptor.receive(pair.now, &hello[..length]).unwrap();
        assert!(acceptor.poll_event().is_none());
        acceptor.transport_closed("end of stream");
        assert!(matches!(acceptor.poll_event(), Some(Event::Closed(closed)) if closed.number == 28028));
    }
    let mut pair = Pair::online(100);
    pair.ends[ACCEPTOR].transport_closed("connection reset");
    pair.ends[ACCEPTOR].transport_closed("connection reset");
    pair.drive();
    assert_eq!((pair.closed(ACCEPTOR).number, pair.events[ACCEPTOR].len()), (9799, 1));
}

#[test]
fn an_idle_connection_closes_and_pings_do_not_keep_it() {
    let mut pair = Pair::online(100);
    pair.advance(50);
    pair.ends[INITIATOR].send_dialog(pair.now, Bytes::from_static(b"x")).unwrap();
    pair.drive();
    for _ in 0..8 {
        pair.advance(11);
        assert!(pair.ends.iter().all(Connection::is_online));
    }
    pair.advance(2);
    assert_eq!((pair.closed(INITIATOR).number, pair.closed(ACCEPTOR).number), (9760, 9760));
}

#[test]
fn a_silent_peer_is_asked_and_then_given_up() {
    let mut pair = Pair::online(100);
    let [initiator, _] = &mut pair.ends;
    let start = pair.now;
    let asked = start + Duration::from_secs(20);
    assert_eq!(initiator.poll_timeout(), Some(asked));
    initiator.handle_timeout(Timestamp(asked.0 - 1));
    assert_eq!(initiator.output_len(), 0);
    initiator.handle_timeout(asked);
    assert!(initiator.output_len() > 0, "a ping");
    let gone = start + Duration::from_secs(60);
    assert_eq!(initiator.poll_timeout(), Some(gone));
    initiator.handle_timeout(gone);
    assert!(matches!(initiator.poll_event(), Some(Event::Closed(closed)) if closed.number == 9755));
}

#[test]
fn a_handshake_takes_only_so_long() {
    let now = Timestamp::from_unix_seconds(1_000);
    let mut acceptor = Connection::accept(config(2), now);
    let due = acceptor.poll_timeout().unwrap();
    assert_eq!(due, now + Duration::from_secs(30));
    acceptor.receive(Timestamp(due.0 - 1), &[7, 0]).unwrap();
    acceptor.handle_timeout(due);
    assert!(matches!(acceptor.poll_event(), Some(Event::Closed(closed)) if closed.number == 9754));
}

#[test]
fn output_is_bounded() {
    let mut pair = Pair::online(100);
    let [initiator, acceptor] = &mut pair.ends;
    let envelope = Bytes::from(vec![0; MAX_FRAME_LENGTH - 1]);
    let taken = (0..10).take_while(|_| initiator.send_dialog(pair.now, envelope.clone()).is_ok()).count();
    assert_eq!(taken, 3);
    while initiator.send_dialog(pair.now, Bytes::from_static(b"small")).is_ok() {}
    assert_eq!(initiator.send_reject(pair.now, reject()), Err(SendError::Full));
    assert!(initiator.output_len() <= 4 * 1024 * 1024 + 100);
    assert!(initiator.take_output(pair.now).is_some());
    assert_eq!(initiator.send_dialog(pair.now, envelope), Ok(()));
    let too_long = Bytes::from(vec![0; MAX_FRAME_LENGTH]);
    assert_eq!(initiator.send_dialog(pair.now, too_long), Err(SendError::Unsendable));
    assert_eq!(initiator.send_dialog(pair.now, Bytes::new()), Err(SendError::Unsendable));

    let pings = [1, 0, 0, 0, 6].repeat(100_000);
    acceptor.receive(pair.now, &pings).unwrap();
    assert_eq!(acceptor.output_len(), 5, "one answer for all");
    assert!(acceptor.take_output(pair.now).is_some());
    acceptor.receive(pair.now, &pings[..5]).unwrap();
    assert_eq!(acceptor.output_len(), 5, "and one for the next");
    let flood = [[2, 0, 0, 0, 4, 1]; 10_000].concat();
    acceptor.receive(pair.now, &flood).unwrap();
    assert!(!acceptor.wants_input());
    while acceptor.poll_event().is_some() {}
    assert!(acceptor.wants_input());
}

/// Both sides connect at once; whatever order each sees the two connections in, the same one stays.
#[test]
fn crossing_connections_leave_one() {
    let mut from_one = Pair::new(config(1), config(2), 100);
    let mut from_two = Pair::new(config(2), config(1), 100);
    from_one.drive();
    from_two.drive();
    let [one, two] = [&from_one, &from_two].map(|pair| pair.ends[INITIATOR].peer().unwrap().key);
    assert_eq!((arbitrate(&one, &two), arbitrate(&two, &one)), (Verdict::KeepExisting, Verdict::KeepNew));
    from_two.ends[INITIATOR].close(Verdict::KeepExisting.error().unwrap());
    from_two.ends[ACCEPTOR].close(Verdict::KeepNew.error().unwrap());
    from_two.drive();
    assert_eq!((from_two.closed(INITIATOR).number, from_two.closed(ACCEPTOR).number), (28032, 28033));
    assert!(from_one.ends.iter().all(Connection::is_online));
}
