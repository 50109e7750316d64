//! SET options of a session.

use std::sync::Arc;

use bytes::Bytes;
use duologue_tsql::ast::SetSwitch;

/// `SET TRANSACTION ISOLATION LEVEL`, with the numbers of `sys.dm_exec_sessions`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[expect(missing_docs, reason = "T-SQL's own words")]
pub enum Isolation {
    ReadUncommitted = 1,
    #[default]
    ReadCommitted = 2,
    RepeatableRead = 3,
    Serializable = 4,
    Snapshot = 5,
}

/// `SET DATEFORMAT`: the order of month, day and year in a date's text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[expect(missing_docs, reason = "T-SQL's own words")]
pub enum DateFormat {
    #[default]
    Mdy,
    Dmy,
    Ymd,
    Ydm,
    Myd,
    Dym,
}

impl DateFormat {
    const NAMES: [(&'static str, Self); 6] = [
        ("mdy", Self::Mdy),
        ("dmy", Self::Dmy),
        ("ymd", Self::Ymd),
        ("ydm", Self::Ydm),
        ("myd", Self::Myd),
        ("dym", Self::Dym),
    ];

    /// The format with that name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, format)| *format)
    }

    /// Its name in lower case.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, format)| *format == self).map_or("mdy", |(name, _)| name)
    }
}

/// All of them, with the values that an ODBC client's session has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "T-SQL's own names")]
pub struct SessionOptions {
    pub no_count: bool,
    pub xact_abort: bool,
    pub implicit_transactions: bool,
    pub quoted_identifier: bool,
    pub ansi_nulls: bool,
    pub ansi_padding: bool,
    pub ansi_warnings: bool,
    pub ansi_null_dflt_on: bool,
    pub ansi_null_dflt_off: bool,
    pub arith_abort: bool,
    pub arith_ignore: bool,
    pub concat_null_yields_null: bool,
    pub numeric_round_abort: bool,
    pub cursor_close_on_commit: bool,
    /// `SET NOEXEC`: statements are compiled and not run.
    pub no_exec: bool,
    /// `SET FMTONLY`: only the shape of results is sent.
    pub fmt_only: bool,
    pub parse_only: bool,
    /// 1 Monday … 7 Sunday.
    pub date_first: u8,
    pub date_format: DateFormat,
    pub language: Arc<str>,
    /// Milliseconds; −1 waits for ever.
    pub lock_timeout: i32,
    /// `SET ROWCOUNT`; 0 is no limit.
    pub row_count: u64,
    pub text_size: i32,
    pub deadlock_priority: i32,
    pub isolation: Isolation,
    /// `SET CONTEXT_INFO`: at most 128 bytes.
    pub context_info: Option<Bytes>,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            no_count: false,
            xact_abort: false,
            implicit_transactions: false,
            quoted_identifier: true,
            ansi_nulls: true,
            ansi_padding: true,
            ansi_warnings: true,
            ansi_null_dflt_on: true,
            ansi_null_dflt_off: false,
            arith_abort: true,
            arith_ignore: false,
            concat_null_yields_null: true,
            numeric_round_abort: false,
            cursor_close_on_commit: false,
            no_exec: false,
            fmt_only: false,
            parse_only: false,
            date_first: 7,
            date_format: DateFormat::Mdy,
            language: "us_english".into(),
            lock_timeout: -1,
            row_count: 0,
            text_size: 2_147_483_647,
            deadlock_priority: 0,
            isolation: Isolation::ReadCommitted,
            context_info: None,
        }
    }
}

impl SessionOptions {
    /// The option behind `SET switch ON|OFF`; `None` for switches that change nothing here: `SHOWPLAN_*`, `FORCEPLAN`,
    /// `NO_BROWSETABLE`, `REMOTE_PROC_TRANSACTIONS`, and `ANSI_DEFAULTS`, which stands for several.
    pub fn switch_mut(&mut self, switch: SetSwitch) -> Option<&mut bool> {
        Some(match switch {
            SetSwitch::AnsiNullDfltOff => &mut self.ansi_null_dflt_off,
            SetSwitch::AnsiNullDfltOn => &mut self.ansi_null_dflt_on,
            SetSwitch::AnsiNulls => &mut self.ansi_nulls,
            SetSwitch::AnsiPadding => &mut self.ansi_padding,
            SetSwitch::AnsiWarnings => &mut self.ansi_warnings,
            SetSwitch::ArithAbort => &mut self.arith_abort,
            SetSwitch::ArithIgnore => &mut self.arith_ignore,
            SetSwitch::ConcatNullYieldsNull => &mut self.concat_null_yields_null,
            SetSwitch::CursorCloseOnCommit => &mut self.cursor_close_on_commit,
            SetSwitch::FmtOnly => &mut self.fmt_only,
            SetSwitch::ImplicitTransactions => &mut self.implicit_transactions,
            SetSwitch::NoCount => &mut self.no_count,
            SetSwitch::NoExec => &mut self.no_exec,
            SetSwitch::NumericRoundAbort => &mut self.numeric_round_abort,
            SetSwitch::ParseOnly => &mut self.parse_only,
            SetSwitch::QuotedIdentifier => &mut self.quoted_identifier,
            SetSwitch::XactAbort => &mut self.xact_abort,
            SetSwitch::AnsiDefaults
            | SetSwitch::ForcePlan
            | SetSwitch::NoBrowsetable
            | SetSwitch::RemoteProcTransactions
            | SetSwitch::ShowPlanAll
            | SetSwitch::ShowPlanText
            | SetSwitch::ShowPlanXml => return None,
        })
    }

    /// `SET ANSI_DEFAULTS ON|OFF`.
    pub fn set_ansi_defaults(&mut self, on: bool) {
        self.ansi_nulls = on;
        self.ansi_padding = on;
        self.ansi_warnings = on;
        self.ansi_null_dflt_on = on;
        self.quoted_identifier = on;
        self.implicit_transactions = on;
        self.cursor_close_on_commit = on;
    }

    /// `@@OPTIONS`.
    pub fn bits(&self) -> i32 {
        let bits = [
            (false, 1),
            (self.implicit_transactions, 2),
            (self.cursor_close_on_commit, 4),
            (self.ansi_warnings, 8),
            (self.ansi_padding, 16),
            (self.ansi_nulls, 32),
            (self.arith_abort, 64),
            (self.arith_ignore, 128),
            (self.quoted_identifier, 256),
            (self.no_count, 512),
            (self.ansi_null_dflt_on, 1024),
            (self.ansi_null_dflt_off, 2048),
            (self.concat_null_yields_null, 4096),
            (self.numeric_round_abort, 8192),
            (self.xact_abort, 16384),
        ];
        bits.iter().filter(|(on, _)| *on).map(|(_, bit)| bit).sum()
    }
}
