//! A logged-in client: one request at a time, and ATTENTION at any time.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Event, unexpected};
use crate::dialect::Dialect;
use crate::error::ProtocolError;
use crate::packet::{Message, PacketType, Reset};
use crate::request::Request;
use crate::response::{Response, ResponseSettings};
use crate::token::{Done, command};

/// Messages that may wait for the response under way: the next request, whose sender saw the end of the response
/// before our caller said so, and its ATTENTION.
const MAX_WAITING: usize = 2;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Activity {
    Idle,
    Busy {
        /// An ATTENTION came and is not acknowledged yet.
        interrupted: bool,
    },
}

#[derive(Debug)]
pub(super) struct Session {
    pub(super) dialect: Dialect,
    pub(super) packet_size: u16,
    pub(super) spid: u16,
    activity: Activity,
    waiting: VecDeque<Message>,
    /// A reset that came with a message that was not run; it holds for the next one.
    reset: Reset,
}

impl Session {
    pub(super) fn new(dialect: Dialect, packet_size: u16, spid: u16) -> Self {
        let (activity, waiting) = (Activity::Idle, VecDeque::new());
        Self { dialect, packet_size, spid, activity, waiting, reset: Reset::No }
    }

    pub(super) fn is_busy(&self) -> bool {
        self.activity != Activity::Idle
    }

    /// Takes a message in; [`Self::drain`] delivers it.
    pub(super) fn admit(&mut self, message: Message) -> Result<(), ProtocolError> {
        match message.packet_type {
            PacketType::SqlBatch
            | PacketType::Rpc
            | PacketType::Attention
            | PacketType::BulkLoad
            | PacketType::TransactionManager => {}
            other => return Err(unexpected(other as u8, "after the login")),
        }
        if self.waiting.len() == MAX_WAITING {
            return Err(unexpected(message.packet_type as u8, "before earlier requests are answered"));
        }
        self.waiting.push_back(message);
        Ok(())
    }

    /// The response under way is complete.
    pub(super) fn complete(&mut self, output: &mut Vec<u8>) {
        if self.activity == (Activity::Busy { interrupted: true }) {
            self.acknowledge_attention(output);
        }
        self.activity = Activity::Idle;
    }

    /// Delivers what can be delivered of the messages that wait.
    pub(super) fn drain(&mut self, server_name: &Arc<str>, output: &mut Vec<u8>, events: &mut Vec<Event>) {
        while let Some(message) = self.waiting.pop_front() {
            match (self.activity, message.packet_type) {
                (Activity::Idle, PacketType::Attention) => self.acknowledge_attention(output),
                (Activity::Busy { interrupted: false }, PacketType::Attention) => {
                    self.activity = Activity::Busy { interrupted: true };
                    events.push(Event::Attention);
                }
                (Activity::Idle, _) => events.extend(self.begin(&message, server_name, output)),
                (Activity::Busy { .. }, _) => {
                    self.waiting.push_front(message);
                    return;
                }
            }
        }
    }

    fn begin(&mut self, message: &Message, server_name: &Arc<str>, output: &mut Vec<u8>) -> Option<Event> {
        if message.reset != Reset::No {
            self.reset = message.reset;
        }
        if message.ignore {
            output.append(&mut self.response(server_name).finish());
            return None;
        }
        match Request::decode(message, self.dialect) {
            Ok(mut request) => {
                request.reset = std::mem::take(&mut self.reset);
                self.activity = Activity::Busy { interrupted: false };
                Some(Event::Request(request))
            }
            Err(error) => {
                // The message was framed well, so the stream goes on.
                let mut response = self.response(server_name);
                response.message(&error.to_sql_error());
                response.done(Done::statement(command::NONE, None).failed());
                output.append(&mut response.finish());
                Some(Event::Refused(error))
            }
        }
    }

    /// A message of its own with nothing but the acknowledgement.
    fn acknowledge_attention(&self, output: &mut Vec<u8>) {
        let mut response = self.response(&Arc::from(""));
        response.done(Done::ATTENTION);
        output.append(&mut response.finish());
    }

    fn response(&self, server_name: &Arc<str>) -> Response {
        Response::new(ResponseSettings {
            dialect: self.dialect,
            packet_size: self.packet_size,
            spid: self.spid,
            server_name: Arc::clone(server_name),
        })
    }
}
