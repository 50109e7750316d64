//! The stored form of an endpoint. Byte table: `docs/formats/rows.md`.

use bytes::Bytes;
use duologue_dialog::{ReceiveHalf, SendHalf};
use duologue_types::{
    BrokerInstance, ContractId, ConversationGroupId, ConversationHandle, ConversationId, DatabaseId,
    PrincipalId, ServiceId, Timestamp,
};

use super::endpoint::{Endpoint, FarEnd, LocalEnd, LocalHalf, SystemUse};
use super::security::DialogSecurity;
use crate::codec::{DamagedRow, Reader, Writer};

const VERSION: u8 = 1;
/// Bytes of a row without keys, with a name of some length.
const USUAL_BYTES: usize = 320;

impl Endpoint {
    pub(crate) fn encode(&self) -> Bytes {
        let mut row = Writer::with_capacity(VERSION, USUAL_BYTES + self.security.stored_length());
        row.guid(self.conversation.0).bool(self.is_initiator).i32(self.database.0).i32(self.service.0);
        row.i32(self.contract.0).text(&self.far_service);
        row.option(self.far_broker_instance, |row, instance| {
            row.guid(instance.0);
        });
        row.i64(self.begun.0).i64(self.expires.0).u8(self.priority).bool(self.encryption);
        row.bool(self.far_is_local).bool(self.far_saw_first_ack).bool(self.forgotten);
        row.u8(match self.system {
            None => 0,
            Some(SystemUse::EventNotification) => 1,
            Some(SystemUse::ConfigurationNotice) => 2,
        });
        row.i32(self.principal.0).i32(self.far_principal.0);
        self.security.write(&mut row);
        self.local.write(&mut row);
        row.u8(match self.far_end {
            None => 0,
            Some(FarEnd::Ended) => 1,
            Some(FarEnd::Error) => 2,
        });
        row.nested(|bytes| self.received.encode(bytes)).nested(|bytes| self.sent.encode(bytes));
        row.option(self.purge_after, |row, moment| {
            row.i64(moment.0);
        });
        row.finish()
    }

    pub(crate) fn decode(handle: ConversationHandle, row: &[u8]) -> Result<Self, DamagedRow> {
        let mut row = Reader::new(row, VERSION)?;
        let endpoint = Self {
            handle,
            conversation: ConversationId(row.guid()?),
            is_initiator: row.bool()?,
            database: DatabaseId(row.i32()?),
            service: ServiceId(row.i32()?),
            contract: ContractId(row.i32()?),
            far_service: row.text()?.into(),
            far_broker_instance: row.option(Reader::guid)?.map(BrokerInstance),
            begun: Timestamp(row.i64()?),
            expires: Timestamp(row.i64()?),
            priority: row.u8()?,
            encryption: row.bool()?,
            far_is_local: row.bool()?,
            far_saw_first_ack: row.bool()?,
            forgotten: row.bool()?,
            system: match row.u8()? {
                0 => None,
                1 => Some(SystemUse::EventNotification),
                2 => Some(SystemUse::ConfigurationNotice),
                _ => return Err(DamagedRow),
            },
            principal: PrincipalId(row.i32()?),
            far_principal: PrincipalId(row.i32()?),
            security: DialogSecurity::read(&mut row)?,
            local: LocalHalf::read(&mut row)?,
            far_end: match row.u8()? {
                0 => None,
                1 => Some(FarEnd::Ended),
                2 => Some(FarEnd::Error),
                _ => return Err(DamagedRow),
            },
            received: ReceiveHalf::decode(&mut row.bytes()?).map_err(|_| DamagedRow)?,
            sent: SendHalf::decode(&mut row.bytes()?).map_err(|_| DamagedRow)?,
            purge_after: row.option(Reader::i64)?.map(Timestamp),
            outgoing: Default::default(),
            partials: Default::default(),
            transmission: Default::default(),
        };
        row.end()?;
        Ok(endpoint)
    }
}

impl LocalHalf {
    fn write(&self, row: &mut Writer) {
        row.guid(self.group.0).u64(self.send_sequence);
        row.option(self.end, |row, end| {
            row.bool(end.with_error).option(end.sequence, |row, sequence| {
                row.u64(sequence);
            });
        });
        row.option(self.timer, |row, moment| {
            row.i64(moment.0);
        });
    }

    fn read(row: &mut Reader<'_>) -> Result<Self, DamagedRow> {
        Ok(Self {
            group: ConversationGroupId(row.guid()?),
            send_sequence: row.u64()?,
            end: row
                .option(|row| Ok(LocalEnd { with_error: row.bool()?, sequence: row.option(Reader::u64)? }))?,
            timer: row.option(Reader::i64)?.map(Timestamp),
        })
    }
}
