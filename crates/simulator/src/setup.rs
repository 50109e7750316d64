//! What administrators do before a dialog: databases, keys, certificates, users, services, routes, bindings.

use duologue_catalog::ddl::certificates::{CreateCertificate, create_certificate};
use duologue_catalog::ddl::contracts::{CreateContract, create_contract};
use duologue_catalog::ddl::databases::create_database;
use duologue_catalog::ddl::endpoints::{EndpointAuthentication, EndpointOptions, create_endpoint};
use duologue_catalog::ddl::grant::{GrantStatement, GrantTarget, GrantVerb, PermissionList, grant};
use duologue_catalog::ddl::message_types::{CreateMessageType, create_message_type};
use duologue_catalog::ddl::queues::{QueueOptions, alter_queue, create_queue};
use duologue_catalog::ddl::remote_service_bindings::{
    CreateRemoteServiceBinding, create_remote_service_binding,
};
use duologue_catalog::ddl::routes::{RouteOptions, create_route, drop_route};
use duologue_catalog::ddl::services::{CreateService, create_service};
use duologue_catalog::ddl::users::{UserSource, create_user};
use duologue_catalog::ddl::{DdlContext, DdlOutcome, DdlResult, Effect, ObjectName};
use duologue_catalog::objects::{
    EndpointState, MasterKey, PrivateKeyProtection, SentBy, StoredPrivateKey, Validation,
};
use duologue_catalog::{Permission, SecurableKind};
use duologue_keys::{Certificate, DatabaseMasterKey, PrivateKey, random_array};
use duologue_messages::SqlError;
use duologue_types::{BrokerInstance, Timestamp};

use crate::credentials::ready_made;
use crate::node::Node;

/// Where a certificate's private key is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Protection {
    /// Elsewhere.
    Absent,
    /// Here, under the database master key.
    MasterKey,
    /// Here, under a password.
    Password,
}

/// A database of a node at a moment, for statements one after another.
pub struct Party<'a> {
    /// The node.
    pub node: &'a mut Node,
    /// The database.
    pub database: &'a str,
    /// Now.
    pub now: Timestamp,
}

impl Party<'_> {
    /// Any DDL statement.
    pub fn ddl(
        &mut self,
        statement: impl FnOnce(&mut DdlContext<'_>) -> DdlResult,
    ) -> Result<DdlOutcome, SqlError> {
        self.node.ddl(self.database, self.now, statement)
    }

    /// A statement that cannot fail.
    pub(crate) fn must(&mut self, statement: impl FnOnce(&mut DdlContext<'_>) -> DdlResult) {
        let _outcome = self.ddl(statement).expect("the statement is valid");
    }

    /// CREATE DATABASE, of this party's name.
    pub fn create_database(&mut self) {
        let name = self.database;
        let identity = BrokerInstance(self.node.instance.new_guid());
        let now = self.now;
        let _outcome =
            self.node.ddl("master", now, |cx| create_database(cx, name, identity)).expect("a new database");
    }

    /// CREATE MASTER KEY; without the service master key it does not help background work.
    pub fn master_key(&mut self, by_service_master_key: bool) {
        let (wrapped, by_password) = {
            let key = DatabaseMasterKey::generate(self.node.instance.random());
            let seed = random_array::<8>(self.node.instance.random());
            let mut rng = duologue_keys::fixtures::SeededRandom::new(u64::from_le_bytes(seed));
            let (keyring, _) = self.node.instance.keyring();
            let wrapped = key.wrap_by_service_master_key(keyring.service_master_key(), &mut rng);
            (wrapped.into_bytes(), b"by password".to_vec())
        };
        self.must(|cx| {
            let database = cx.database;
            cx.draft.update_database(database, |settings| {
                settings.master_key = Some(MasterKey {
                    by_password: vec![by_password],
                    by_service_master_key: by_service_master_key.then_some(wrapped),
                });
            });
            Ok(DdlOutcome {
                effects: vec![Effect::CertificatesChanged { database }],
                ..DdlOutcome::default()
            })
        });
    }

    /// CREATE USER … WITHOUT LOGIN.
    pub fn user(&mut self, name: &str) {
        let sid = random_array::<16>(self.node.instance.random()).to_vec();
        self.must(|cx| create_user(cx, name, &UserSource::WithoutLogin(sid), None));
    }

    /// CREATE CERTIFICATE for one of the ready-made identities.
    pub fn certificate(
        &mut self,
        name: &str,
        owner: &str,
        index: usize,
        protection: Protection,
        active: bool,
    ) {
        let found = ready_made(index);
        self.install(name, owner, (&found.certificate, &found.private_key), protection, active);
    }

    /// CREATE CERTIFICATE.
    pub fn install(
        &mut self,
        name: &str,
        owner: &str,
        (certificate, private_key): (&Certificate, &PrivateKey),
        protection: Protection,
        active: bool,
    ) {
        let private_key = match protection {
            Protection::Absent => None,
            Protection::Password => {
                Some(StoredPrivateKey { protection: PrivateKeyProtection::Password, wrapped: vec![1] })
            }
            Protection::MasterKey => {
                let database = self.node.database(self.database).settings.id;
                let seed = random_array::<8>(self.node.instance.random());
                let mut rng = duologue_keys::fixtures::SeededRandom::new(u64::from_le_bytes(seed));
                let (keyring, catalog) = self.node.instance.keyring();
                let master_key = keyring.master_key(&catalog.clone(), database).expect("a master key");
                let wrapped = private_key.wrap(&master_key, &mut rng).into_bytes();
                Some(StoredPrivateKey { protection: PrivateKeyProtection::MasterKey, wrapped })
            }
        };
        self.must(|cx| {
            let spec = CreateCertificate {
                name: name.into(),
                authorization: Some(owner.into()),
                der: certificate.der().to_vec(),
                private_key: private_key.clone(),
                active_for_begin_dialog: active,
            };
            create_certificate(cx, &spec, |_| false)
        });
    }

    /// Message types `Request` and `Reply`, contract `Contract`.
    pub fn contract(&mut self, validation: Validation) {
        for name in ["Request", "Reply"] {
            let spec = CreateMessageType { name: name.into(), authorization: None, validation };
            self.must(|cx| create_message_type(cx, &spec));
        }
        let messages = vec![("Request".into(), SentBy::Initiator), ("Reply".into(), SentBy::Target)];
        let spec = CreateContract { name: "Contract".into(), authorization: None, messages };
        self.must(|cx| create_contract(cx, &spec));
    }

    /// CREATE QUEUE.
    pub fn queue(&mut self, name: &str) {
        self.must(|cx| create_queue(cx, &ObjectName::new("dbo", name), &QueueOptions::default()));
    }

    /// ALTER QUEUE.
    pub fn alter_queue(&mut self, name: &str, options: &QueueOptions) {
        self.must(|cx| alter_queue(cx, &ObjectName::new("dbo", name), options));
    }

    /// CREATE SERVICE with its own queue, `name` + `Queue`; a target lists `Contract`.
    pub fn service(&mut self, name: &str, owner: &str, contracts: &[&str]) {
        let queue = format!("{name}Queue");
        self.queue(&queue);
        self.must(|cx| {
            let spec = CreateService {
                name: name.into(),
                authorization: Some(owner.into()),
                queue: ObjectName::new("dbo", &queue),
                contracts: contracts.iter().map(|name| (*name).into()).collect(),
            };
            create_service(cx, &spec)
        });
    }

    /// CREATE ROUTE for a service.
    pub fn route(&mut self, service: &str, address: &str) {
        let options = RouteOptions {
            service_name: Some(service.into()),
            address: Some(address.into()),
            ..RouteOptions::default()
        };
        self.must(|cx| create_route(cx, &format!("to {service}"), None, &options));
    }

    /// DROP ROUTE of [`Party::route`].
    pub fn drop_route(&mut self, service: &str) {
        self.must(|cx| drop_route(cx, &format!("to {service}")));
    }

    /// CREATE REMOTE SERVICE BINDING.
    pub fn binding(&mut self, service: &str, user: &str, anonymous: bool) {
        let spec = CreateRemoteServiceBinding {
            name: format!("binding of {service}"),
            authorization: None,
            service_name: service.into(),
            user: user.into(),
            anonymous,
        };
        self.must(|cx| create_remote_service_binding(cx, &spec));
    }

    /// GRANT SEND (or another permission) ON SERVICE.
    pub fn grant_on_service(&mut self, permission: Permission, service: &str, to: &str) {
        let statement = GrantStatement {
            verb: GrantVerb::Grant { with_grant_option: false },
            permissions: PermissionList::Named(vec![permission]),
            on: Some(GrantTarget::Named(SecurableKind::Service, service.into())),
            to: vec![to.into()],
            as_grantor: None,
        };
        self.must(|cx| grant(cx, &statement));
    }

    /// REVOKE CONNECT FROM a user.
    pub fn revoke_connect(&mut self, from: &str) {
        let statement = GrantStatement {
            verb: GrantVerb::Revoke { grant_option_for: false, cascade: false },
            permissions: PermissionList::Named(vec![Permission::Connect]),
            on: None,
            to: vec![from.into()],
            as_grantor: None,
        };
        self.must(|cx| grant(cx, &statement));
    }

    /// A started broker endpoint, with one of the ready-made identities in `master`.
    pub fn endpoint(&mut self, index: usize) {
        let mut master = Party { node: self.node, database: "master", now: self.now };
        master.certificate("endpoint", "dbo", index, Protection::Password, true);
        master.must(|cx| {
            let options = EndpointOptions {
                state: Some(EndpointState::Started),
                port: Some(4022),
                authentication: Some(EndpointAuthentication::Certificate("endpoint".into())),
                ..EndpointOptions::default()
            };
            create_endpoint(cx, "broker", None, &options, |_| true)
        });
    }
}
