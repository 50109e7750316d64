//! Entry points for fuzz targets: any bytes must be taken without a panic, and what is accepted must be
//! canonical.

use bytes::{Buf, Bytes};
use duologue_types::{BrokerInstance, ConversationId, Guid};

use crate::{Arrival, Envelope, Fragment, Kind, Position, ReceiveHalf, SendHalf};

/// Decodes `data` as an envelope; an accepted one encodes to the same bytes.
pub fn envelope(data: &[u8]) {
    let bytes = Bytes::copy_from_slice(data);
    if let Ok(envelope) = Envelope::decode(&bytes) {
        assert_eq!(envelope.encode().as_ref(), Ok(&bytes), "an envelope has one form");
    }
}

/// Decodes `data` as each durable form; an accepted one encodes to the bytes that were read.
pub fn halves(data: &[u8]) {
    let mut rest = data;
    if let Ok(half) = SendHalf::decode(&mut rest) {
        let mut again = Vec::new();
        half.encode(&mut again);
        assert_eq!(again, data[..data.len() - rest.len()]);
    }
    let mut rest = data;
    if let Ok(half) = ReceiveHalf::decode(&mut rest) {
        let mut again = Vec::new();
        half.encode(&mut again);
        assert_eq!(ReceiveHalf::decode(&mut again.as_slice()).as_ref(), Ok(&half));
        arrivals(half, rest);
    }
    arrivals(ReceiveHalf::new(), data);
}

/// Lets envelopes arrive that `data` describes, four bytes each: the acknowledgement never goes back, and
/// messages are released once and in order.
fn arrivals(mut half: ReceiveHalf, mut data: &[u8]) {
    while data.len() >= 4 {
        let envelope = arrival([data.get_u8(), data.get_u8(), data.get_u8(), data.get_u8()]);
        let before = half.expected();
        let arrival = half.arrive(&envelope);
        let after = half.expected();
        // A broker error discards the fragments of the message that was under way.
        let before =
            if envelope.kind == Kind::BrokerError { Position::message(before.sequence) } else { before };
        assert!(after >= before);
        if let Ok(Arrival::InOrder { released }) = arrival {
            assert_eq!(released, before.sequence..after.sequence);
        }
        assert!(
            half.partials()
                .all(|(sequence, partial)| Position::message(sequence + 1) > after || partial.is_whole())
        );
    }
}

fn arrival([kind, sequence, fragment, size]: [u8; 4]) -> Envelope {
    let kinds =
        [Kind::Message, Kind::Message, Kind::Message, Kind::EndDialog, Kind::Error, Kind::BrokerError];
    let size = u32::from(size % 3 + 1);
    let count = u32::from(fragment >> 4);
    let total = u64::from(count * size);
    let (fragment, length) =
        crate::fragments(total, size).at(u32::from(fragment & 15)).unwrap_or((Fragment::whole(0), 0));
    Envelope {
        kind: kinds[usize::from(kind) % kinds.len()],
        conversation_id: ConversationId(Guid([1; 16])),
        from_initiator: true,
        from_service: "from".into(),
        from_broker_instance: BrokerInstance(Guid([1; 16])),
        to_service: "to".into(),
        to_broker_instance: None,
        contract: "contract".into(),
        message_type: "".into(),
        sequence: u64::from(sequence),
        fragment,
        has_body: true,
        initiator_saw_first_ack: false,
        time_to_live: 1,
        sealed_at: 0,
        seconds_consumed: 0,
        priority: 5,
        hops_remaining: 0,
        security: None,
        acknowledgement: None,
        body: Bytes::from(vec![0; length as usize]),
    }
}
