//! The first start of an instance.

use duologue_types::{BrokerInstance, DatabaseId, Guid, LoginId, Timestamp};

use super::{GUEST, SA, SERVER_PUBLIC};
use crate::draft::CatalogDraft;
use crate::objects::{
    Catalog, DatabaseSettings, GrantState, Login, LoginKind, Permission, SecurableClass, Server,
    ServerPermission, ServerSettings,
};

/// What the first start of an instance is given: time, random identities and the administrator's password.
#[derive(Clone, Debug)]
pub struct FreshInstance {
    /// The moment of creation.
    pub now: Timestamp,
    /// Identity of the instance.
    pub instance_id: Guid,
    /// `@@SERVERNAME`.
    pub server_name: String,
    /// Random broker identity of `tempdb`.
    pub tempdb_broker: BrokerInstance,
    /// Random broker identity of `msdb`.
    pub msdb_broker: BrokerInstance,
    /// Hash of sa's password; `None` leaves sa disabled.
    pub sa_password_hash: Option<Vec<u8>>,
    /// The service master key under the root secret.
    pub service_master_key: Vec<u8>,
}

impl Catalog {
    /// The catalog of a new instance, with every row to store.
    pub fn fresh_instance(start: FreshInstance) -> CatalogDraft {
        let settings = ServerSettings {
            instance_id: start.instance_id,
            name: start.server_name.clone(),
            created: start.now,
            service_master_key: start.service_master_key.clone(),
            ..ServerSettings::default()
        };
        let server = Server::fresh(settings);
        let mut draft = CatalogDraft::new(Self { server: server.into(), ..Self::default() });
        draft.update_server(|_| {});
        draft.put(DatabaseId::default(), sa(&start));
        draft.put(DatabaseId::default(), view_any_database());
        for settings in system_databases(&start) {
            let id = settings.id;
            draft.add_database(settings);
            enable_guest(&mut draft, id);
        }
        draft
    }
}

fn sa(start: &FreshInstance) -> Login {
    Login {
        id: SA,
        name: "sa".into(),
        sid: vec![1],
        kind: LoginKind::Sql,
        password_hash: start.sa_password_hash.clone(),
        disabled: start.sa_password_hash.is_none(),
        default_database: "master".into(),
        default_language: "us_english".into(),
        check_policy: true,
        check_expiration: false,
        must_change: false,
        member_of: vec![LoginId(3)],
        created: start.now,
        modified: start.now,
    }
}

/// `public` sees every database's row; an administrator may take that away.
fn view_any_database() -> ServerPermission {
    ServerPermission {
        id: 1,
        class: SecurableClass::Server,
        major_id: 0,
        permission: "VIEW ANY DATABASE".into(),
        state: GrantState::Grant,
        grantee: SERVER_PUBLIC,
        grantor: SA,
    }
}

/// Brokers: off in master and model, whose identity is zero, on in tempdb and msdb.
fn system_databases(start: &FreshInstance) -> [DatabaseSettings; 4] {
    let database = |id, name: &str, broker: Option<BrokerInstance>| DatabaseSettings {
        id: DatabaseId(id),
        name: name.into(),
        owner: SA,
        created: start.now,
        broker_instance: broker.unwrap_or_default(),
        broker_enabled: broker.is_some(),
        trustworthy: name == "msdb",
        ..DatabaseSettings::default()
    };
    [
        database(1, "master", None),
        database(2, "tempdb", Some(start.tempdb_broker)),
        database(3, "model", None),
        database(4, "msdb", Some(start.msdb_broker)),
    ]
}

/// Every login may use master, tempdb and msdb; model, like the databases made after it, keeps guest out.
fn enable_guest(draft: &mut CatalogDraft, database: DatabaseId) {
    if database == DatabaseId(3) {
        return;
    }
    let connect = Permission {
        id: 1,
        class: SecurableClass::Database,
        major_id: 0,
        permission: "CONNECT".into(),
        state: GrantState::Grant,
        grantee: GUEST,
        grantor: super::DBO,
    };
    draft.put(database, connect);
}
