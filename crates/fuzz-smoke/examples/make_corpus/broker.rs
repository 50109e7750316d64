//! Envelopes, their halves, frames between brokers, keys of rows.

use bytes::Bytes;
use duologue_adjacent_broker::{Config, Connection, DialogReject, Event, InstanceId};
use duologue_dialog::{Envelope, Fragment, Kind, Position, ReceiveHalf, Security, SendHalf, fragments};
use duologue_messages::sql_error;
use duologue_store::{Key, keys::MetaItem};
use duologue_types::{
    BrokerInstance, ConversationGroupId, ConversationHandle, ConversationId, DatabaseId, Guid, ObjectId,
    SessionKeyId, Timestamp,
};

type Seed = (&'static str, &'static str, Vec<u8>);

fn envelope(kind: Kind, sequence: u64) -> Envelope {
    let is_message = kind == Kind::Message;
    let body = if kind == Kind::Acknowledgement { "" } else { "<order/>" };
    Envelope {
        kind,
        conversation_id: ConversationId(Guid([1; 16])),
        from_initiator: true,
        from_service: "//a/source".into(),
        from_broker_instance: BrokerInstance(Guid([2; 16])),
        to_service: "//b/target".into(),
        to_broker_instance: None,
        contract: if kind == Kind::Acknowledgement { "" } else { "//b/contract" }.into(),
        message_type: if is_message { "//b/type" } else { "" }.into(),
        sequence,
        fragment: Fragment::whole(body.len() as u64),
        has_body: !body.is_empty(),
        initiator_saw_first_ack: false,
        time_to_live: 3600,
        sealed_at: 1_800_000_000,
        seconds_consumed: 2,
        priority: 5,
        hops_remaining: 8,
        security: None,
        acknowledgement: (kind == Kind::Acknowledgement).then_some(Position::message(3)),
        body: Bytes::from(body),
    }
}

fn secured() -> Envelope {
    let security = Security {
        session_key_id: SessionKeyId(Guid([3; 16])),
        header: Bytes::from(vec![9; 40]),
        salt: [4; 12],
    };
    Envelope {
        to_broker_instance: Some(BrokerInstance(Guid([5; 16]))),
        security: Some(security),
        body: Bytes::from(vec![6; 8 + 16]),
        ..envelope(Kind::Message, 0)
    }
}

/// The middle one of three fragments.
fn fragment() -> Envelope {
    let (fragment, length) = fragments(30, 12).at(1).expect("there are three");
    Envelope { fragment, body: Bytes::from(vec![b'x'; length as usize]), ..envelope(Kind::Message, 1) }
}

fn envelopes() -> Vec<(&'static str, Envelope)> {
    vec![
        ("message", envelope(Kind::Message, 0)),
        ("end_dialog", envelope(Kind::EndDialog, 4)),
        ("error", envelope(Kind::Error, 4)),
        ("broker_error", envelope(Kind::BrokerError, 0)),
        ("acknowledgement", envelope(Kind::Acknowledgement, 0)),
        ("secured", secured()),
        ("fragment", fragment()),
    ]
}

fn halves() -> Vec<Seed> {
    let mut sent = SendHalf::new();
    for _ in 0..3 {
        sent.assign();
    }
    let mut send_half = Vec::new();
    sent.encode(&mut send_half);
    let mut received = ReceiveHalf::new();
    for arriving in [envelope(Kind::Message, 0), fragment(), envelope(Kind::EndDialog, 2)] {
        received.arrive(&arriving).expect("it fits");
    }
    let mut receive_half = Vec::new();
    received.encode(&mut receive_half);
    // Then envelopes of four bytes: kind, sequence, fragment, size.
    receive_half.extend([0, 1, 0x30, 0, 0, 1, 0x32, 0, 3, 2, 0x10, 0]);
    let arrivals = vec![0, 0, 0x10, 0, 0, 2, 0x21, 1, 0, 1, 0x10, 0, 0, 2, 0x20, 1, 4, 3, 0x10, 0];
    vec![
        ("dialog_halves", "send", send_half),
        ("dialog_halves", "receive", receive_half),
        ("dialog_halves", "arrivals", arrivals),
    ]
}

/// What the connecting side writes to an accepting one, in two parts: before and after it is online.
fn connection_bytes() -> (Vec<u8>, Vec<u8>) {
    let now = Timestamp::default();
    let config = |id: u8| Config::new(InstanceId(Guid([id; 16])), u64::from(id), Bytes::new());
    let mut near = Connection::connect(config(2), now);
    let mut far = Connection::accept(config(1), now);
    let mut handshake = Vec::new();
    for _ in 0..3 {
        if let Some(bytes) = near.take_output(now) {
            handshake.extend_from_slice(&bytes);
            far.receive(now, &bytes).expect("it is right");
        }
        authorise(&mut far, now);
        if let Some(bytes) = far.take_output(now) {
            near.receive(now, &bytes).expect("it is right");
        }
        authorise(&mut near, now);
    }
    let message = envelope(Kind::Message, 0).encode().expect("it is right");
    near.send_dialog(now, message).expect("it is online");
    let reject = DialogReject {
        conversation_id: ConversationId(Guid([1; 16])),
        to_initiator: true,
        sequence: 0,
        number: 11241,
        text: "refused".to_owned(),
    };
    near.send_reject(now, reject).expect("it is online");
    near.close(sql_error!(9799, "end"));
    (handshake, near.take_output(now).map(Vec::from).unwrap_or_default())
}

fn authorise(connection: &mut Connection, now: Timestamp) {
    while let Some(event) = connection.poll_event() {
        if matches!(event, Event::PeerHello(_)) {
            connection.authorise(now, Ok(()));
        }
    }
}

/// Behind the size of each piece.
fn in_pieces(bytes: &[u8], size: u8) -> Vec<u8> {
    bytes.chunks(usize::from(size)).flat_map(|piece| [&[size][..], piece].concat()).collect()
}

fn keys() -> Vec<Seed> {
    let (database, object) = (DatabaseId(5), ObjectId(-2));
    let handle = ConversationHandle(Guid([7; 16]));
    let keys = [
        ("meta", Key::Meta(MetaItem::Instance)),
        ("catalog", Key::Catalog { database, class: 7, id: 65536 }),
        ("endpoint", Key::Endpoint(handle)),
        ("group", Key::Group(ConversationGroupId(Guid([8; 16])))),
        ("queue", Key::Queue { database, queue: object, order: 258 }),
        ("transmission", Key::Transmission { handle, sequence: 1 }),
        ("partial", Key::Partial { handle, sequence: 1, fragment: 2 }),
        ("table", Key::Table { database, table: object, row: 3 }),
        ("notice", Key::Notice { database, name: "//b/n\u{e9}".to_owned() }),
    ];
    keys.map(|(name, key)| ("store_key", name, key.to_bytes().to_vec())).to_vec()
}

pub(super) fn seeds() -> Vec<Seed> {
    let mut seeds = [halves(), keys()].concat();
    for (name, envelope) in envelopes() {
        seeds.push(("dialog_envelope", name, envelope.encode().expect("it is right").to_vec()));
    }
    let (handshake, online) = connection_bytes();
    seeds.push(("adjacent_broker_frames", "handshake", handshake.clone()));
    seeds.push(("adjacent_broker_frames", "online", online.clone()));
    seeds.push(("adjacent_broker_frames", "ping_and_pong", vec![1, 0, 0, 0, 6, 1, 0, 0, 0, 7]));
    seeds.push(("adjacent_broker_connection", "handshake", in_pieces(&handshake, 200)));
    seeds.push(("adjacent_broker_connection", "online", in_pieces(&online, 250)));
    seeds.push(("adjacent_broker_connection", "all", in_pieces(&[handshake, online].concat(), 16)));
    seeds
}
