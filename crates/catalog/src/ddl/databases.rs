//! CREATE, ALTER and DROP DATABASE.

use duologue_messages::{SqlError, sql_error};
use duologue_types::{BrokerInstance, DatabaseId};

use super::context::{DdlContext, check_name};
use super::outcome::{DdlOutcome, DdlResult, Effect, EventFact};
use crate::fresh::PUBLIC;
use crate::object_set::Class;
use crate::objects::DatabaseSettings;
use crate::permissions::{Permission, Securable, SecurityContext};

const NOUN: &str = "database";
const MASTER: DatabaseId = DatabaseId(1);
const TEMPDB: DatabaseId = DatabaseId(2);
const MODEL: DatabaseId = DatabaseId(3);
const LAST_SYSTEM_DATABASE: DatabaseId = DatabaseId(4);

/// What `ALTER DATABASE … SET` does to the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokerOption {
    /// `ENABLE_BROKER`.
    Enable,
    /// `DISABLE_BROKER`.
    Disable,
    /// `NEW_BROKER`, with the random identity it gets.
    New(BrokerInstance),
    /// `ERROR_BROKER_CONVERSATIONS`.
    ErrorConversations,
}

/// Options of `ALTER DATABASE`; `None` is absent.
#[derive(Clone, Debug, Default)]
pub struct DatabaseOptions {
    /// `MODIFY NAME`.
    pub new_name: Option<String>,
    /// What happens to the broker.
    pub broker: Option<BrokerOption>,
    /// `TRUSTWORTHY`.
    pub trustworthy: Option<bool>,
    /// `HONOR_BROKER_PRIORITY`.
    pub honor_broker_priority: Option<bool>,
}

/// `CREATE DATABASE`: the broker of a new database is enabled, under the random identity given. The caller's login
/// owns it. Event 201.
pub fn create_database(cx: &mut DdlContext<'_>, name: &str, broker_instance: BrokerInstance) -> DdlResult {
    if !may_create(cx) {
        return Err(sql_error!(262, Permission::CreateDatabase, "master"));
    }
    check_name(name)?;
    if cx.catalog().find_database(name).is_some() {
        return Err(sql_error!(1801, name));
    }
    check_identity(cx, name, broker_instance)?;
    let id = DatabaseId(cx.draft.take_id(cx.database, Class::DatabaseSettings));
    let settings = DatabaseSettings {
        id,
        name: name.into(),
        owner: cx.login(),
        created: cx.now,
        broker_instance,
        broker_enabled: true,
        ..DatabaseSettings::default()
    };
    cx.draft.add_database(settings);
    Ok(DdlOutcome::event(event(cx, 201, name)).effect(Effect::DatabaseCreated { database: id }))
}

/// CREATE DATABASE is granted in master, CREATE ANY DATABASE on the server.
fn may_create(cx: &DdlContext<'_>) -> bool {
    let master = within(cx, MASTER);
    cx.catalog().has(&master, Permission::CreateDatabase, Securable::Database)
}

/// `ALTER DATABASE`: missing and forbidden look alike (5011). Event 202.
pub fn alter_database(cx: &mut DdlContext<'_>, name: &str, options: &DatabaseOptions) -> DdlResult {
    let refused = || sql_error!(5011, name);
    let settings = &cx.catalog().find_database(name).ok_or_else(refused)?.settings;
    let mut changed = settings.clone();
    if !cx.catalog().has(&within(cx, settings.id), Permission::Alter, Securable::Database) {
        return Err(refused());
    }
    if let Some(new_name) = &options.new_name {
        changed.name = checked_new_name(cx, settings, new_name)?;
    }
    if let Some(trustworthy) = options.trustworthy {
        changed.trustworthy = checked_trustworthy(cx, settings, trustworthy)?;
    }
    changed.honor_broker_priority = options.honor_broker_priority.unwrap_or(changed.honor_broker_priority);
    let mut effects = Vec::new();
    if let Some(broker) = options.broker {
        effects.push(apply_broker(cx, &mut changed, broker)?);
    }
    if changed.honor_broker_priority != settings.honor_broker_priority {
        effects.push(Effect::PriorityHonoringChanged { database: changed.id });
    }
    if changed.trustworthy != settings.trustworthy {
        effects.push(Effect::PermissionsChanged { database: changed.id });
    }
    let event = event(cx, 202, &changed.name);
    cx.draft.update_database(changed.id, |settings| *settings = changed);
    Ok(DdlOutcome { event: Some(event), effects, warnings: Vec::new() })
}

/// `DROP DATABASE`: needs CONTROL on it (3701); system databases stay (3708). That nobody uses it (3702) is for the
/// caller to check. Event 203.
pub fn drop_database(cx: &mut DdlContext<'_>, name: &str) -> DdlResult {
    let refused = || sql_error!(3701, "drop", NOUN, name);
    let id = cx.catalog().find_database(name).ok_or_else(refused)?.settings.id;
    let context = within(cx, id);
    let may_drop = cx.catalog().has(&context, Permission::Control, Securable::Database)
        || cx.has(Permission::AlterAnyDatabase, Securable::Server);
    if !may_drop {
        return Err(refused());
    }
    if id <= LAST_SYSTEM_DATABASE {
        return Err(sql_error!(3708, "drop", NOUN, name, NOUN));
    }
    let event = event(cx, 203, name);
    cx.draft.drop_database(id);
    Ok(DdlOutcome::event(event).effect(Effect::DatabaseDropped { database: id }))
}

fn checked_new_name(
    cx: &DdlContext<'_>,
    settings: &DatabaseSettings,
    new_name: &str,
) -> Result<String, SqlError> {
    check_name(new_name)?;
    let existing = cx.catalog().find_database(new_name);
    if existing.is_some_and(|existing| existing.settings.id != settings.id) {
        return Err(sql_error!(1801, new_name));
    }
    if settings.id <= LAST_SYSTEM_DATABASE {
        return Err(sql_error!(5008));
    }
    Ok(new_name.into())
}

/// Only sysadmin may; never for model and tempdb.
fn checked_trustworthy(cx: &DdlContext<'_>, settings: &DatabaseSettings, on: bool) -> Result<bool, SqlError> {
    if matches!(settings.id, MODEL | TEMPDB) {
        return Err(sql_error!(15309));
    }
    if cx.has(Permission::ControlServer, Securable::Server) { Ok(on) } else { Err(sql_error!(15247)) }
}

fn apply_broker(
    cx: &DdlContext<'_>,
    settings: &mut DatabaseSettings,
    option: BrokerOption,
) -> Result<Effect, SqlError> {
    let database = settings.id;
    if matches!(database, MASTER | TEMPDB | MODEL) {
        return Err(sql_error!(5058, option_name(option), settings.name));
    }
    let enabled = option != BrokerOption::Disable;
    if enabled && !matches!(option, BrokerOption::New(_)) {
        check_identity(cx, &settings.name, settings.broker_instance)?;
    }
    settings.broker_enabled = enabled;
    Ok(match option {
        BrokerOption::Enable => Effect::BrokerEnabled { database },
        BrokerOption::Disable => Effect::BrokerDisabled { database },
        BrokerOption::ErrorConversations => Effect::ErrorBrokerConversations { database },
        BrokerOption::New(identity) => {
            settings.broker_instance = identity;
            Effect::NewBroker { database }
        }
    })
}

/// Two enabled brokers of an instance cannot have one identity (9772).
fn check_identity(cx: &DdlContext<'_>, name: &str, identity: BrokerInstance) -> Result<(), SqlError> {
    let mut others = cx.catalog().databases.values().filter(|other| other.settings.name != name);
    let twin =
        others.any(|other| other.settings.broker_enabled && other.settings.broker_instance == identity);
    if twin { Err(sql_error!(9772, name)) } else { Ok(()) }
}

const fn option_name(option: BrokerOption) -> &'static str {
    match option {
        BrokerOption::Enable => "ENABLE_BROKER",
        BrokerOption::Disable => "DISABLE_BROKER",
        BrokerOption::New(_) => "NEW_BROKER",
        BrokerOption::ErrorConversations => "ERROR_BROKER_CONVERSATIONS",
    }
}

/// Who the caller is in another database; without access only his rights on the server count there.
pub(crate) fn within(cx: &DdlContext<'_>, database: DatabaseId) -> SecurityContext {
    let outside = || SecurityContext { database, user: PUBLIC, ..cx.security.clone() };
    cx.security.enter(cx.catalog(), database).unwrap_or_else(|_| outside())
}

/// Database events name the database they are about, and nothing else.
fn event(cx: &DdlContext<'_>, number: i32, name: &str) -> EventFact {
    let fact = cx.server_event(number, "DATABASE", name);
    EventFact { database: Some(name.into()), object_name: None, object_type: None, ..fact }
}
