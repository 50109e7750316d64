//! From the first byte to being online. Each state is a value that the next step consumes, so that none can
//! be used twice and no check skipped: only an accepted decision and the peer's Confirm together make
//! `Online`.

use bytes::Bytes;
use duologue_messages::sql_error;

use crate::arbitration::ConnectionKey;
use crate::config::InstanceId;
use crate::error::ProtocolError;
use crate::frame::{Confirm, Negotiate};
use crate::negotiation::{Negotiated, negotiate};
use crate::state::LoginState;

/// The peer as it introduced itself and as TLS proved it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Peer {
    /// The peer's own claim; see [`crate::arbitrate`].
    pub instance_id: InstanceId,
    /// The connection's name on both sides.
    pub key: ConnectionKey,
    /// The peer's hint where it listens.
    pub listening_port: Option<u16>,
    /// What both sides agreed on.
    pub negotiated: Negotiated,
    /// The certificate that the peer proved in TLS, as DER.
    pub certificate: Bytes,
}

pub(crate) enum State {
    ExpectNegotiate(ExpectNegotiate),
    ExpectDecision(ExpectDecision),
    ExpectConfirm(ExpectConfirm),
    Online(Peer),
    Closed,
}

impl State {
    pub(crate) const fn login_state(&self) -> LoginState {
        match self {
            Self::ExpectNegotiate(_) => LoginState::WaitLoginNegotiate,
            Self::ExpectDecision(_) => LoginState::WaitValidation,
            Self::ExpectConfirm(state) if state.0.near_accepts => LoginState::WaitIscConfirm,
            Self::ExpectConfirm(_) => LoginState::WaitAscConfirm,
            Self::Online(_) => LoginState::Online,
            Self::Closed => LoginState::Error,
        }
    }

    pub(crate) const fn peer(&self) -> Option<&Peer> {
        match self {
            Self::ExpectNegotiate(_) | Self::Closed => None,
            Self::ExpectDecision(state) => Some(&state.hello.peer),
            Self::ExpectConfirm(state) => Some(&state.0.peer),
            Self::Online(peer) => Some(peer),
        }
    }
}

/// Waits for the peer's Negotiate.
pub(crate) struct ExpectNegotiate {
    pub(crate) near: Negotiate,
    pub(crate) near_accepts: bool,
    pub(crate) certificate: Bytes,
}

impl ExpectNegotiate {
    pub(crate) fn handle(self, far: Negotiate) -> Result<ExpectDecision, ProtocolError> {
        let (initiator, acceptor) = if self.near_accepts { (&far, &self.near) } else { (&self.near, &far) };
        let state = LoginState::WaitLoginNegotiate.code();
        let negotiated = negotiate(&initiator.offer, &acceptor.offer)
            .map_err(|missing| sql_error!(28027, missing, state).with_state(state))?;
        let key = ConnectionKey {
            initiator: initiator.instance_id,
            acceptor: acceptor.instance_id,
            opened: initiator.opened,
            nonce: initiator.nonce,
        };
        let peer = Peer {
            instance_id: far.instance_id,
            key,
            listening_port: far.listening_port,
            negotiated,
            certificate: self.certificate,
        };
        let hello = Hello {
            peer,
            near_nonce: self.near.nonce,
            far_nonce: far.nonce,
            near_accepts: self.near_accepts,
        };
        Ok(ExpectDecision { hello, confirmed: false })
    }
}

/// Both sides have introduced themselves.
pub(crate) struct Hello {
    peer: Peer,
    near_nonce: u64,
    far_nonce: u64,
    near_accepts: bool,
}

impl Hello {
    /// The peer must have come to the same outcome and seen our nonce.
    fn check(&self, confirm: &Confirm, state: LoginState) -> Result<(), ProtocolError> {
        if confirm.negotiated == self.peer.negotiated && confirm.nonce == self.near_nonce {
            return Ok(());
        }
        Err(sql_error!(28038, state.code()).with_state(state.code()).into())
    }
}

/// Waits for the owner to authorise the peer.
pub(crate) struct ExpectDecision {
    hello: Hello,
    confirmed: bool,
}

impl ExpectDecision {
    /// The peer authorised us before we authorised it. A second Confirm is out of state.
    pub(crate) fn handle(self, confirm: &Confirm) -> Result<Option<Self>, ProtocolError> {
        self.hello.check(confirm, LoginState::WaitValidation)?;
        Ok((!self.confirmed).then_some(Self { confirmed: true, ..self }))
    }

    /// The owner authorised the peer: what to tell it, and the next state.
    pub(crate) fn accept(self) -> (Confirm, State) {
        let confirm = Confirm { negotiated: self.hello.peer.negotiated, nonce: self.hello.far_nonce };
        let next = match self.confirmed {
            true => State::Online(self.hello.peer),
            false => State::ExpectConfirm(ExpectConfirm(self.hello)),
        };
        (confirm, next)
    }
}

/// Waits for the peer to authorise us.
pub(crate) struct ExpectConfirm(Hello);

impl ExpectConfirm {
    pub(crate) fn handle(self, confirm: &Confirm) -> Result<Peer, ProtocolError> {
        let state = if self.0.near_accepts { LoginState::WaitIscConfirm } else { LoginState::WaitAscConfirm };
        self.0.check(confirm, state)?;
        Ok(self.0.peer)
    }
}
