//! Entry points for fuzz targets: whatever arrives, in whatever pieces, nothing panics and memory stays
//! bounded.

use bytes::{Bytes, BytesMut};
use duologue_types::{Guid, Timestamp};

use crate::frame::Frame;
use crate::{Config, Connection, Event, InstanceId, MAX_FRAME_LENGTH};

/// Decodes `data` as frames; what is accepted encodes and decodes to itself.
pub fn frames(data: &[u8]) {
    let mut input = BytesMut::from(data);
    while let Ok(Some(frame)) = Frame::decode(&mut input, MAX_FRAME_LENGTH) {
        let mut again = BytesMut::new();
        frame.encode(&mut again);
        assert_eq!(Frame::decode(&mut again, MAX_FRAME_LENGTH), Ok(Some(frame)));
        assert!(again.is_empty());
    }
}

/// Feeds `data` to an accepting connection, to a connecting one, and to one that is online, in pieces whose
/// sizes the data gives.
pub fn connection(data: &[u8]) {
    feed(Connection::accept(config(1), Timestamp::default()), data);
    feed(Connection::connect(config(1), Timestamp::default()), data);
    feed(online(), data);
}

fn feed(mut connection: Connection, data: &[u8]) {
    let mut rest = data;
    let mut now = Timestamp::default();
    while let Some((size, tail)) = rest.split_first() {
        let (piece, tail) = tail.split_at(usize::from(*size).min(tail.len()));
        rest = tail;
        now.0 += i64::from(*size) * 100_000;
        let failed = connection.receive(now, piece).is_err();
        assert!(!failed || connection.is_closed());
        connection.handle_timeout(now);
        while let Some(event) = connection.poll_event() {
            match event {
                Event::PeerHello(_) => connection.authorise(now, Ok(())),
                Event::Closed(_) => assert!(connection.poll_event().is_none()),
                _ => {}
            }
        }
        assert!(connection.output_len() <= data.len() + 4096);
    }
}

fn online() -> Connection {
    let now = Timestamp::default();
    let mut near = Connection::accept(config(1), now);
    let mut far = Connection::connect(config(2), now);
    for _ in 0..3 {
        exchange(&mut far, &mut near, now);
        exchange(&mut near, &mut far, now);
    }
    assert!(near.is_online());
    near
}

fn exchange(from: &mut Connection, to: &mut Connection, now: Timestamp) {
    if let Some(bytes) = from.take_output(now) {
        to.receive(now, &bytes).ok();
    }
    while let Some(event) = to.poll_event() {
        if matches!(event, Event::PeerHello(_)) {
            to.authorise(now, Ok(()));
        }
    }
}

fn config(id: u8) -> Config {
    Config::new(InstanceId(Guid([id; 16])), u64::from(id), Bytes::new())
}
