//! One connection: bytes and time in, events and bytes out.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use duologue_messages::{SqlError, sql_error};
use duologue_types::Timestamp;

use crate::config::Config;
use crate::error::ProtocolError;
use crate::event::{Closed, EVENT_COST, Event, SendError};
use crate::frame::{DialogReject, Frame, MAX_FRAME_LENGTH, MAX_HANDSHAKE_FRAME_LENGTH, Negotiate, Reason};
use crate::handshake::{ExpectNegotiate, Peer, State};
use crate::state::{ConnectionState, LoginState};
use crate::statistics::Statistics;

/// Undrained events above this many bytes stop [`Connection::wants_input`].
const MAX_PENDING: usize = MAX_FRAME_LENGTH;
/// One connection between two instances, inside TLS.
pub struct Connection {
    config: Config,
    is_accept: bool,
    state: State,
    input: BytesMut,
    output: BytesMut,
    events: VecDeque<Event>,
    pending: usize,
    /// The last dialog frame in either direction.
    active_at: Timestamp,
    /// The last byte from the peer.
    heard_at: Timestamp,
    ping_sent: bool,
    pong_queued: bool,
    statistics: Statistics,
}

impl Connection {
    /// This side connected: introduces itself at once.
    pub fn connect(config: Config, now: Timestamp) -> Self {
        let mut connection = Self::new(config, now, false);
        connection.introduce(now);
        connection
    }

    /// This side accepted: waits for the peer's first frame.
    pub fn accept(config: Config, now: Timestamp) -> Self {
        Self::new(config, now, true)
    }

    fn new(config: Config, now: Timestamp, is_accept: bool) -> Self {
        let near = near_negotiate(&config, now);
        let certificate = config.peer_certificate.clone();
        Self {
            state: State::ExpectNegotiate(ExpectNegotiate { near, near_accepts: is_accept, certificate }),
            config,
            is_accept,
            input: BytesMut::new(),
            output: BytesMut::new(),
            events: VecDeque::new(),
            pending: 0,
            active_at: now,
            heard_at: now,
            ping_sent: false,
            pong_queued: false,
            statistics: Statistics::new(now),
        }
    }

    fn introduce(&mut self, now: Timestamp) {
        Frame::Negotiate(near_negotiate(&self.config, now)).encode(&mut self.output);
    }

    /// Takes bytes from the peer, in pieces of any size; drain the events afterwards. After an error the
    /// connection is closed and the peer will be told why; bytes for a closed connection are dropped.
    pub fn receive(&mut self, now: Timestamp, bytes: &[u8]) -> Result<(), ProtocolError> {
        if self.is_closed() || bytes.is_empty() {
            return Ok(());
        }
        self.statistics.receives += 1;
        self.statistics.bytes_received += bytes.len() as u64;
        self.statistics.last_activity_time = now;
        self.heard_at = now;
        self.ping_sent = false;
        self.input.extend_from_slice(bytes);
        while !self.is_closed() {
            let was_online = self.is_online();
            let limit = if was_online { MAX_FRAME_LENGTH } else { MAX_HANDSHAKE_FRAME_LENGTH };
            let handled = match Frame::decode(&mut self.input, limit) {
                Ok(None) => return Ok(()),
                Ok(Some(frame)) => self.handle(now, frame),
                Err(error) => Err(error),
            };
            if let Err(error) = handled {
                self.give_up(error.clone().into(), was_online);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Whether more bytes should be read from the transport: false while many events wait. Reading must not
    /// pause for as long as `dead_peer_timeout`, or the peer counts as gone.
    pub fn wants_input(&self) -> bool {
        !self.is_closed() && self.pending < MAX_PENDING
    }

    /// The transport is gone: its end was reached, or reading or writing failed as `detail` says. The reason
    /// is 28028 during the handshake and 9799 afterwards, unless the peer gave one before.
    pub fn transport_closed(&mut self, detail: &str) {
        let was_online = self.is_online();
        let error = match self.login_state() {
            LoginState::Error => return,
            LoginState::Online => sql_error!(9799, detail),
            state => sql_error!(28028, state.code()),
        };
        self.finish(error.into(), false, was_online);
    }

    /// The owner's decision about [`Event::PeerHello`]: an error refuses the peer, which is told number and
    /// text. Without an open question nothing happens, for the connection may have closed meanwhile.
    pub fn authorise(&mut self, now: Timestamp, decision: Result<(), SqlError>) {
        match (std::mem::replace(&mut self.state, State::Closed), decision) {
            (State::ExpectDecision(_), Err(error)) => self.give_up(error.into(), false),
            (State::ExpectDecision(state), Ok(())) => {
                let (confirm, next) = state.accept();
                Frame::Confirm(confirm).encode(&mut self.output);
                match next {
                    State::Online(peer) => self.go_online(now, peer),
                    waiting => self.state = waiting,
                }
            }
            (other, _) => self.state = other,
        }
    }

    /// Ends the connection for a reason of the owner's: a lost arbitration, an endpoint that stops, a dropped
    /// login.
    pub fn close(&mut self, reason: SqlError) {
        if !self.is_closed() {
            let was_online = self.is_online();
            self.give_up(reason.into(), was_online);
        }
    }

    /// Queues an encoded envelope.
    pub fn send_dialog(&mut self, now: Timestamp, envelope: Bytes) -> Result<(), SendError> {
        if envelope.is_empty() || envelope.len() >= MAX_FRAME_LENGTH {
            return Err(SendError::Unsendable);
        }
        self.send(now, envelope.len(), Frame::Dialog(envelope))?;
        self.statistics.fragments_sent += 1;
        Ok(())
    }

    /// Tells the peer why one of its envelopes was refused.
    pub fn send_reject(&mut self, now: Timestamp, reject: DialogReject) -> Result<(), SendError> {
        self.send(now, reject.text.len(), Frame::DialogReject(reject))
    }

    fn send(&mut self, now: Timestamp, length: usize, frame: Frame) -> Result<(), SendError> {
        if !self.is_online() {
            return Err(SendError::NotOnline);
        }
        if !self.output.is_empty() && self.output.len() + length > self.config.max_output {
            return Err(SendError::Full);
        }
        frame.encode(&mut self.output);
        self.active_at = now;
        Ok(())
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        let event = self.events.pop_front()?;
        self.pending -= event.cost();
        Some(event)
    }

    /// Everything that is to be written now, in one piece. Ask again when it is written.
    pub fn take_output(&mut self, now: Timestamp) -> Option<Bytes> {
        if self.output.is_empty() {
            return None;
        }
        let bytes = self.output.split().freeze();
        self.pong_queued = false;
        self.statistics.sends += 1;
        self.statistics.bytes_sent += bytes.len() as u64;
        self.statistics.last_activity_time = now;
        Some(bytes)
    }

    /// Bytes that [`Connection::take_output`] would give.
    pub fn output_len(&self) -> usize {
        self.output.len()
    }

    /// When to call [`Connection::handle_timeout`]; changes with every other call.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        match self.state {
            State::Closed => None,
            State::Online(_) => {
                let dead = self.heard_at + self.config.dead_peer_timeout;
                let ping = (!self.ping_sent).then_some(self.heard_at + self.config.keep_alive);
                let idle = self.config.idle_timeout.map(|timeout| self.active_at + timeout);
                Some(ping.into_iter().chain(idle).fold(dead, Timestamp::min))
            }
            _ => Some(self.statistics.connect_time + self.config.handshake_timeout),
        }
    }

    /// Does what is due at `now`, which is nothing before [`Connection::poll_timeout`].
    pub fn handle_timeout(&mut self, now: Timestamp) {
        if self.poll_timeout().is_none_or(|due| now < due) {
            return;
        }
        if !self.is_online() {
            let seconds = self.config.handshake_timeout.as_secs();
            let detail = format!("the handshake was not finished within {seconds} seconds");
            return self.give_up(sql_error!(9754, detail).into(), false);
        }
        if now >= self.heard_at + self.config.dead_peer_timeout {
            let seconds = self.config.dead_peer_timeout.as_secs();
            let detail = format!("nothing arrived for {seconds} seconds");
            return self.give_up(sql_error!(9755, detail).into(), true);
        }
        if let Some(timeout) = self.config.idle_timeout.filter(|timeout| now >= self.active_at + *timeout) {
            return self.give_up(sql_error!(9760, timeout.as_secs()).into(), true);
        }
        self.ping_sent = true;
        Frame::Ping.encode(&mut self.output);
    }

    /// `state`.
    pub const fn state(&self) -> ConnectionState {
        match self.state {
            State::Online(_) => ConnectionState::LoggedIn,
            State::Closed => ConnectionState::Closed,
            _ => ConnectionState::Connected,
        }
    }

    /// `login_state`.
    pub const fn login_state(&self) -> LoginState {
        self.state.login_state()
    }

    /// `is_accept`: whether the peer connected.
    pub const fn is_accept(&self) -> bool {
        self.is_accept
    }

    /// The peer, once it introduced itself and until the connection closes.
    pub const fn peer(&self) -> Option<&Peer> {
        self.state.peer()
    }

    /// The counters so far.
    pub const fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    /// Whether [`Connection::send_dialog`] may work.
    pub const fn is_online(&self) -> bool {
        matches!(self.state, State::Online(_))
    }

    /// Whether [`Event::Closed`] was or will be the last event.
    pub const fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    /// Consumes the state; after an error the connection is closed.
    fn handle(&mut self, now: Timestamp, frame: Frame) -> Result<(), ProtocolError> {
        let context = self.login_state();
        match (std::mem::replace(&mut self.state, State::Closed), frame) {
            (state, Frame::Reject(reason) | Frame::Close(reason)) => {
                self.finish(reason, true, matches!(state, State::Online(_)));
            }
            (State::ExpectNegotiate(state), Frame::Negotiate(negotiate)) => {
                if self.is_accept {
                    self.introduce(self.statistics.connect_time);
                }
                self.state = State::ExpectDecision(state.handle(negotiate)?);
                let peer = self.peer().cloned();
                self.events.extend(peer.map(Event::PeerHello));
                self.pending += EVENT_COST;
            }
            (State::ExpectDecision(state), Frame::Confirm(confirm)) => {
                let next =
                    state.handle(&confirm)?.ok_or_else(|| unexpected(Frame::Confirm(confirm), context))?;
                self.state = State::ExpectDecision(next);
            }
            (State::ExpectConfirm(state), Frame::Confirm(confirm)) => {
                let peer = state.handle(&confirm)?;
                self.go_online(now, peer);
            }
            (State::Online(peer), frame) => {
                self.handle_online(now, frame)?;
                self.state = State::Online(peer);
            }
            (_, frame) => return Err(unexpected(frame, context)),
        }
        Ok(())
    }

    fn handle_online(&mut self, now: Timestamp, frame: Frame) -> Result<(), ProtocolError> {
        match frame {
            Frame::Dialog(envelope) => {
                self.active_at = now;
                self.statistics.fragments_received += 1;
                self.push(Event::Dialog(envelope));
            }
            Frame::DialogReject(reject) => {
                self.active_at = now;
                self.push(Event::DialogReject(reject));
            }
            // One answer for all questions that wait: a peer that only asks must not fill the output.
            Frame::Ping if self.pong_queued => {}
            Frame::Ping => {
                self.pong_queued = true;
                Frame::Pong.encode(&mut self.output);
            }
            Frame::Pong => {}
            frame => return Err(unexpected(frame, LoginState::Online)),
        }
        Ok(())
    }

    fn go_online(&mut self, now: Timestamp, peer: Peer) {
        self.active_at = now;
        self.heard_at = now;
        self.statistics.login_time = Some(now);
        self.push(Event::Online(peer.clone()));
        self.state = State::Online(peer);
    }

    /// Closes and tells the peer why.
    fn give_up(&mut self, reason: Reason, was_online: bool) {
        let frame = if was_online { Frame::Close } else { Frame::Reject };
        frame(reason.clone()).encode(&mut self.output);
        self.finish(reason, false, was_online);
    }

    fn finish(&mut self, reason: Reason, by_peer: bool, was_online: bool) {
        self.state = State::Closed;
        self.input = BytesMut::new();
        self.push(Event::Closed(Closed { number: reason.number, text: reason.text, by_peer, was_online }));
    }

    fn push(&mut self, event: Event) {
        self.pending += event.cost();
        self.events.push_back(event);
    }
}

fn near_negotiate(config: &Config, now: Timestamp) -> Negotiate {
    Negotiate {
        instance_id: config.instance_id,
        opened: now,
        nonce: config.nonce,
        listening_port: config.listening_port,
        offer: config.offer.clone(),
    }
}

fn unexpected(frame: Frame, context: LoginState) -> ProtocolError {
    let state = context.code();
    if context == LoginState::Online {
        return sql_error!(9757).with_state(state).into();
    }
    sql_error!(28029, frame.kind(), state, state).with_state(state).into()
}
