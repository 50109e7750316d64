//! The protocol version of a session and what it changes.

/// A negotiated TDS version, in ascending order: later ones widen counts and add types.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Dialect {
    /// 7.0 (SQL Server 7.0): no collations.
    V70,
    /// 7.1 (2000): jTDS.
    V71,
    /// 7.2 (2005): ALL_HEADERS, `(max)` types, xml, wide counts.
    V72,
    /// 7.3 (2008): date and time types, table-valued parameters.
    V73,
    /// 7.4 (2012): NBCROW, feature extensions. Every current client.
    #[default]
    V74,
    /// 8.0: strict TLS first; the tokens of 7.4.
    V80,
}

impl Dialect {
    /// The dialect for the version in a LOGIN7: the newest one that is not newer than the client's.
    /// `None` for a client older than 7.0.
    pub fn negotiate(client_version: u32) -> Option<Self> {
        Some(match client_version {
            0x0800_0000..=0x08FF_FFFF => Self::V80,
            0x7400_0000.. => Self::V74,
            0x7300_0000.. => Self::V73,
            0x7200_0000.. => Self::V72,
            0x7100_0000.. => Self::V71,
            0x7000_0000.. => Self::V70,
            _ => return None,
        })
    }

    /// The number that LOGINACK carries, big-endian there (2.2.7.14). For 7.0 it is not the number that LOGIN7 has.
    pub fn acknowledged_version(self) -> u32 {
        match self {
            Self::V70 => 0x0700_0000,
            Self::V71 => 0x7100_0001,
            Self::V72 => 0x7209_0002,
            Self::V73 => 0x730B_0003,
            Self::V74 => 0x7400_0004,
            Self::V80 => 0x0800_0000,
        }
    }

    /// Requests begin with ALL_HEADERS (2.2.5.3).
    pub fn has_all_headers(self) -> bool {
        self >= Self::V72
    }

    /// Row counts have 8 bytes, user types and line numbers 4.
    pub fn has_wide_counts(self) -> bool {
        self >= Self::V72
    }

    /// Character types carry a collation.
    pub fn has_collations(self) -> bool {
        self >= Self::V71
    }

    /// `(max)` types and xml travel as partially length-prefixed values.
    pub fn has_max_types(self) -> bool {
        self >= Self::V72
    }

    /// `date`, `time`, `datetime2` and `datetimeoffset` exist; earlier clients read them as text.
    pub fn has_date_types(self) -> bool {
        self >= Self::V73
    }

    /// The client reads NBCROW (2.2.7.15). 7.3.B does too, but 7.3.A, which we do not tell apart, does not.
    pub fn has_null_bitmaps(self) -> bool {
        self >= Self::V74
    }
}
