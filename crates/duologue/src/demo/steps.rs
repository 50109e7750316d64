//! The five steps, as the acceptance scripts have them.

use super::pair::Side;

/// Who runs a script.
#[derive(Clone, Copy)]
pub(super) enum Login {
    Sa,
    /// A login that an earlier script made.
    Made {
        user: &'static str,
        password: &'static str,
    },
}

impl Login {
    pub(super) fn user(self) -> &'static str {
        match self {
            Self::Sa => "sa",
            Self::Made { user, .. } => user,
        }
    }
}

/// A script on one of the servers.
pub(super) struct Step {
    pub(super) side: Side,
    pub(super) login: Login,
    pub(super) script: &'static str,
    /// The variable for the identifier that the script selects.
    pub(super) identifies: Option<&'static str>,
}

const fn sa(side: Side, script: &'static str) -> Step {
    Step { side, login: Login::Sa, script, identifies: None }
}

const SOURCE_LOGIN: Login = Login::Made { user: "EnSourceLogin", password: "Src-Login#1" };
const TARGET_LOGIN: Login = Login::Made { user: "EnTargetLogin", password: "Tgt-Login#1" };

/// Title and scripts of each step. The first step, to agree on names and ports, is done before.
pub(super) const STEPS: &[(&str, &[Step])] = &[
    (
        "Step 2: databases, master keys, principals, certificates; the public parts are exchanged",
        &[
            sa(Side::Source, include_str!("scripts/source-2.sql")),
            sa(Side::Target, include_str!("scripts/target-2.sql")),
        ],
    ),
    (
        "Step 3: who may talk to whom",
        &[
            Step {
                identifies: Some("SourceBroker"),
                ..sa(Side::Source, include_str!("scripts/source-3.sql"))
            },
            sa(Side::Target, include_str!("scripts/target-3.sql")),
            Step {
                side: Side::Target,
                login: TARGET_LOGIN,
                script: include_str!("scripts/target-3-as-user.sql"),
                identifies: Some("TargetBroker"),
            },
        ],
    ),
    (
        "Step 4: routes and endpoints",
        &[
            sa(Side::Source, include_str!("scripts/source-4.sql")),
            sa(Side::Target, include_str!("scripts/target-4.sql")),
        ],
    ),
    (
        "Step 5: the endpoints trust each other, and the event notification",
        &[
            sa(Side::Source, include_str!("scripts/source-5.sql")),
            sa(Side::Target, include_str!("scripts/target-5.sql")),
            Step {
                side: Side::Source,
                login: SOURCE_LOGIN,
                script: include_str!("scripts/source-5-as-user.sql"),
                identifies: None,
            },
        ],
    ),
];

/// A table is created and altered.
pub(super) const EVENT: Step = sa(Side::Source, include_str!("scripts/source-event.sql"));
/// Both notifications.
pub(super) const RECEIVE: Step = sa(Side::Target, include_str!("scripts/target-receive.sql"));
