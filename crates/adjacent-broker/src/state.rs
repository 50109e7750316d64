//! The states that `sys.dm_broker_connections` shows.

/// `state`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ConnectionState {
    /// Not begun; before there is a [`crate::Connection`].
    New,
    /// TCP or TLS is being established; before there is a [`crate::Connection`].
    Connecting,
    /// TLS stands, the handshake runs.
    Connected,
    /// Dialog envelopes may travel.
    LoggedIn,
    /// Over.
    Closed,
}

impl ConnectionState {
    /// The `state` column.
    pub const fn code(self) -> u8 {
        match self {
            Self::New => 1,
            Self::Connecting => 2,
            Self::Connected => 3,
            Self::LoggedIn => 4,
            Self::Closed => 5,
        }
    }

    /// The `state_desc` column.
    pub const fn description(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Connecting => "CONNECTING",
            Self::Connected => "CONNECTED",
            Self::LoggedIn => "LOGGED_IN",
            Self::Closed => "CLOSED",
        }
    }
}

/// `login_state`. TLS 1.3 does what the states 2–5 and 9 were for, so no connection is in them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "the names are the view's own, see `description`")]
pub enum LoginState {
    Initial,
    WaitLoginNegotiate,
    OneIsc,
    OneAsc,
    TwoIsc,
    TwoAsc,
    WaitIscConfirm,
    WaitAscConfirm,
    WaitReject,
    WaitPreMasterSecret,
    WaitValidation,
    WaitArbitration,
    Online,
    Error,
}

impl LoginState {
    /// The `login_state` column; also the state number in the texts of handshake errors.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The `login_state_desc` column.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Initial => "INITIAL",
            Self::WaitLoginNegotiate => "WAIT LOGIN NEGOTIATE",
            Self::OneIsc => "ONE ISC",
            Self::OneAsc => "ONE ASC",
            Self::TwoIsc => "TWO ISC",
            Self::TwoAsc => "TWO ASC",
            Self::WaitIscConfirm => "WAIT ISC CONFIRM",
            Self::WaitAscConfirm => "WAIT ASC CONFIRM",
            Self::WaitReject => "WAIT REJECT",
            Self::WaitPreMasterSecret => "WAIT PRE-MASTER SECRET",
            Self::WaitValidation => "WAIT VALIDATION",
            Self::WaitArbitration => "WAIT ARBITRATION",
            Self::Online => "ONLINE",
            Self::Error => "ERROR",
        }
    }
}
