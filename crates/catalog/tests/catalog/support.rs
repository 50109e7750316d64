//! A catalog to run statements against.

use duologue_catalog::ddl::authorization::{NewOwner, OwnedEntity, alter_authorization};
use duologue_catalog::ddl::certificates::{CreateCertificate, create_certificate};
use duologue_catalog::ddl::contracts::{CreateContract, create_contract};
use duologue_catalog::ddl::databases::create_database;
use duologue_catalog::ddl::grant::{GrantStatement, GrantTarget, GrantVerb, PermissionList, grant};
use duologue_catalog::ddl::logins::{LoginOptions, LoginSource, NewPassword, create_login};
use duologue_catalog::ddl::message_types::{CreateMessageType, create_message_type};
use duologue_catalog::ddl::queues::{QueueOptions, create_queue};
use duologue_catalog::ddl::roles::{alter_role_member, create_role};
use duologue_catalog::ddl::schemas::create_schema;
use duologue_catalog::ddl::services::{CreateService, create_service};
use duologue_catalog::ddl::users::{UserSource, create_user};
use duologue_catalog::ddl::{DdlContext, DdlOutcome, DdlResult, ObjectName};
use duologue_catalog::objects::{PrivateKeyProtection, SentBy, StoredPrivateKey, Validation};
use duologue_catalog::{
    Catalog, CatalogDraft, Database, FreshInstance, Permission, Securable, SecurableKind, SecurityContext,
};
use duologue_messages::SqlError;
use duologue_types::{BrokerInstance, Guid, Timestamp};

pub(crate) const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);
pub(crate) const POST_EVENT_NOTIFICATION: &str =
    "http://schemas.microsoft.com/SQL/Notifications/PostEventNotification";

pub(crate) fn guid(number: u8) -> Guid {
    Guid([number; 16])
}

pub(crate) fn fresh() -> CatalogDraft {
    Catalog::fresh_instance(FreshInstance {
        now: NOW,
        instance_id: guid(1),
        server_name: "SRC".into(),
        tempdb_broker: BrokerInstance(guid(2)),
        msdb_broker: BrokerInstance(guid(4)),
        sa_password_hash: Some(b"hash of sa".to_vec()),
        service_master_key: b"wrapped".to_vec(),
    })
}

/// An instance, with who runs the next statement and where.
pub(crate) struct World {
    pub(crate) catalog: Catalog,
    pub(crate) login: String,
    pub(crate) database: String,
    next_sid: u8,
}

impl World {
    /// sa in a new database `d`.
    pub(crate) fn new() -> Self {
        let (catalog, _) = fresh().finish();
        let mut world = Self { catalog, login: "sa".into(), database: "master".into(), next_sid: 100 };
        world.ok(|cx| create_database(cx, "d", BrokerInstance(guid(5))));
        world.database = "d".into();
        world
    }

    /// The next statements are run by `login` in `database`.
    pub(crate) fn be(&mut self, login: &str, database: &str) -> &mut Self {
        self.login = login.into();
        self.database = database.into();
        self
    }

    pub(crate) fn context(&self) -> SecurityContext {
        let login = self.catalog.server.logins.find(&self.login).unwrap().id;
        SecurityContext::for_login(&self.catalog, login, self.db().settings.id).unwrap()
    }

    pub(crate) fn user(&self, name: &str) -> SecurityContext {
        let user = self.db().principals.find(name).unwrap().id;
        SecurityContext::for_user(&self.catalog, self.db().settings.id, user)
    }

    pub(crate) fn db(&self) -> &Database {
        self.catalog.find_database(&self.database).unwrap()
    }

    pub(crate) fn run(&mut self, statement: impl FnOnce(&mut DdlContext<'_>) -> DdlResult) -> DdlResult {
        let security = self.context();
        self.run_in(&security, statement)
    }

    pub(crate) fn run_in(
        &mut self,
        security: &SecurityContext,
        statement: impl FnOnce(&mut DdlContext<'_>) -> DdlResult,
    ) -> DdlResult {
        let mut draft = CatalogDraft::new(self.catalog.clone());
        let mut cx = DdlContext { draft: &mut draft, database: security.database, security, now: NOW };
        let result = statement(&mut cx);
        let (catalog, changes) = draft.finish();
        match &result {
            Ok(_) => self.catalog = catalog,
            Err(_) => assert!(changes.0.is_empty(), "a failed statement must leave the draft as it was"),
        }
        result
    }

    #[track_caller]
    pub(crate) fn ok(&mut self, statement: impl FnOnce(&mut DdlContext<'_>) -> DdlResult) {
        let _ = self.outcome(statement);
    }

    #[track_caller]
    pub(crate) fn outcome(&mut self, statement: impl FnOnce(&mut DdlContext<'_>) -> DdlResult) -> DdlOutcome {
        self.run(statement).unwrap_or_else(|error: SqlError| panic!("{error}"))
    }

    #[track_caller]
    pub(crate) fn fails(&mut self, number: i32, statement: impl FnOnce(&mut DdlContext<'_>) -> DdlResult) {
        match self.run(statement) {
            Ok(_) => panic!("succeeds instead of error {number}"),
            Err(error) => assert_eq!(error.number, number, "{error}"),
        }
    }

    pub(crate) fn sid(&mut self) -> Vec<u8> {
        self.next_sid += 1;
        vec![self.next_sid; 16]
    }

    pub(crate) fn login(&mut self, name: &str) {
        let sid = self.sid();
        let password = NewPassword { hash: b"hash".to_vec(), was_hashed: false, must_change: false };
        let source = LoginSource::Password(password);
        self.ok(|cx| create_login(cx, name, &source, &LoginOptions::default(), sid));
    }

    pub(crate) fn login_and_user(&mut self, login: &str, user: &str, schema: Option<&str>) {
        self.login(login);
        self.ok(|cx| create_user(cx, user, &UserSource::Login(login.into()), schema));
    }

    pub(crate) fn user_without_login(&mut self, name: &str) {
        let sid = self.sid();
        self.ok(|cx| create_user(cx, name, &UserSource::WithoutLogin(sid), None));
    }

    pub(crate) fn role(&mut self, name: &str, members: &[&str]) {
        let sid = self.sid();
        self.ok(|cx| create_role(cx, name, None, sid));
        for member in members {
            self.ok(|cx| alter_role_member(cx, name, member, true));
        }
    }

    pub(crate) fn message_type(&mut self, name: &str) {
        self.ok(|cx| create_message_type(cx, &message_type(name)));
    }

    pub(crate) fn contract(&mut self, name: &str, message_type: &str) {
        self.ok(|cx| create_contract(cx, &contract(name, &[(message_type, SentBy::Any)])));
    }

    pub(crate) fn schema(&mut self, name: &str) {
        self.ok(|cx| create_schema(cx, Some(name), None));
    }

    pub(crate) fn queue(&mut self, schema: &str, name: &str) {
        self.ok(|cx| create_queue(cx, &ObjectName::new(schema, name), &QueueOptions::default()));
    }

    pub(crate) fn service(&mut self, name: &str, queue: &str, contracts: &[&str]) {
        self.ok(|cx| create_service(cx, &service(name, "dbo", queue, contracts)));
    }

    pub(crate) fn certificate(&mut self, name: &str, owner: &str) {
        self.ok(|cx| create_certificate(cx, &certificate(name, owner), |_| false));
    }

    pub(crate) fn owner(&mut self, kind: SecurableKind, name: &str, owner: &str) {
        let entity = OwnedEntity::Named(kind, name.into());
        self.ok(|cx| alter_authorization(cx, &entity, &NewOwner::Principal(owner.into())));
    }

    pub(crate) fn grant(&mut self, text: &str) {
        self.ok(|cx| grant(cx, &statement(text)));
    }

    pub(crate) fn grant_fails(&mut self, text: &str, number: i32) {
        self.fails(number, |cx| grant(cx, &statement(text)));
    }

    pub(crate) fn may(&self, context: &SecurityContext, permission: &str, securable: Securable) -> bool {
        self.catalog.has(context, Permission::from_name(permission).unwrap(), securable)
    }
}

pub(crate) fn message_type(name: &str) -> CreateMessageType {
    CreateMessageType { name: name.into(), authorization: None, validation: Validation::None }
}

pub(crate) fn contract(name: &str, messages: &[(&str, SentBy)]) -> CreateContract {
    let messages = messages.iter().map(|(name, sent_by)| ((*name).into(), *sent_by)).collect();
    CreateContract { name: name.into(), authorization: None, messages }
}

pub(crate) fn service(name: &str, schema: &str, queue: &str, contracts: &[&str]) -> CreateService {
    let contracts = contracts.iter().map(|name| (*name).into()).collect();
    CreateService { name: name.into(), authorization: None, queue: ObjectName::new(schema, queue), contracts }
}

pub(crate) fn certificate(name: &str, owner: &str) -> CreateCertificate {
    CreateCertificate {
        name: name.into(),
        authorization: Some(owner.into()),
        der: name.as_bytes().to_vec(),
        private_key: Some(StoredPrivateKey {
            protection: PrivateKeyProtection::MasterKey,
            wrapped: vec![1, 2],
        }),
        active_for_begin_dialog: true,
    }
}

/// `GRANT a, b ON SERVICE::s TO u, v WITH GRANT OPTION AS w`, as much of it as tests need; queues are `ON OBJECT::s.q`.
pub(crate) fn statement(text: &str) -> GrantStatement {
    let (text, as_grantor) = split(text, " AS ");
    let (text, cascade) = flag(text, " CASCADE");
    let (text, with_grant_option) = flag(text, " WITH GRANT OPTION");
    let (text, to) = split(text, " TO ");
    let (text, on) = split(text, " ON ");
    let (verb, permissions) = text.split_once(' ').unwrap();
    let (permissions, grant_option_for) = match permissions.strip_prefix("GRANT OPTION FOR ") {
        Some(rest) => (rest, true),
        None => (permissions, false),
    };
    let verb = match verb {
        "GRANT" => GrantVerb::Grant { with_grant_option },
        "DENY" => GrantVerb::Deny { cascade },
        "REVOKE" => GrantVerb::Revoke { grant_option_for, cascade },
        other => panic!("{other}"),
    };
    let permissions = match permissions {
        "ALL" => PermissionList::All,
        list => {
            PermissionList::Named(list.split(", ").map(|name| Permission::from_name(name).unwrap()).collect())
        }
    };
    let to = to.unwrap().split(", ").map(Into::into).collect();
    GrantStatement { verb, permissions, on: on.map(target), to, as_grantor: as_grantor.map(Into::into) }
}

fn split<'a>(text: &'a str, word: &str) -> (&'a str, Option<&'a str>) {
    text.split_once(word).map_or((text, None), |(left, right)| (left, Some(right)))
}

fn flag<'a>(text: &'a str, word: &str) -> (&'a str, bool) {
    text.strip_suffix(word).map_or((text, false), |rest| (rest, true))
}

fn target(text: &str) -> GrantTarget {
    let (class, name) = text.split_once("::").unwrap();
    let kinds = [
        SecurableKind::Login,
        SecurableKind::Endpoint,
        SecurableKind::Database,
        SecurableKind::Schema,
        SecurableKind::MessageType,
        SecurableKind::Contract,
        SecurableKind::Service,
        SecurableKind::Route,
        SecurableKind::RemoteServiceBinding,
        SecurableKind::Certificate,
        SecurableKind::User,
        SecurableKind::Role,
    ];
    if class == "OBJECT" {
        let (schema, name) = name.split_once('.').unwrap();
        return GrantTarget::Object(ObjectName::new(schema, name));
    }
    let kind = kinds.into_iter().find(|kind| kind.noun().eq_ignore_ascii_case(class)).unwrap();
    GrantTarget::Named(kind, name.into())
}
