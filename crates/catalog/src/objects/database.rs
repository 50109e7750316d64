//! The catalog as a whole, and a database.

use std::collections::BTreeMap;
use std::sync::Arc;

use duologue_types::{BrokerInstance, DatabaseId, LoginId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    BrokerPriority, Certificate, Contract, EventNotification, MasterKey, MessageType, Permission, Principal,
    Queue, RemoteServiceBinding, Route, Schema, Server, Service, Table,
};
use crate::ids::IdCounters;
use crate::object_set::ObjectSet;

/// A snapshot of everything that is defined in the instance. Cloning shares the parts.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// Logins, endpoints, server permissions.
    pub server: Arc<Server>,
    /// Databases by id: master 1, tempdb 2, model 3, msdb 4, users' from 5.
    pub databases: BTreeMap<DatabaseId, Arc<Database>>,
}

/// The row of a database in `sys.databases`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DatabaseSettings {
    /// `database_id`.
    pub id: DatabaseId,
    /// Compared without case.
    pub name: String,
    /// The login that owns it; it is `dbo` there.
    pub owner: LoginId,
    /// When it was created.
    pub created: Timestamp,
    /// `service_broker_guid`.
    pub broker_instance: BrokerInstance,
    /// `is_broker_enabled`.
    pub broker_enabled: bool,
    /// `is_trustworthy_on`.
    pub trustworthy: bool,
    /// `is_honor_broker_priority_on`.
    pub honor_broker_priority: bool,
    /// The database master key, wrapped, if one was created.
    pub master_key: Option<MasterKey>,
    /// Which numbers its objects have used up.
    #[serde(default)]
    pub ids: IdCounters,
}

/// One database.
#[derive(Clone, Debug)]
pub struct Database {
    /// Its own row.
    pub settings: DatabaseSettings,
    /// Users and roles.
    pub principals: ObjectSet<Principal>,
    /// Schemas.
    pub schemas: ObjectSet<Schema>,
    /// Granted and denied permissions.
    pub permissions: ObjectSet<Permission>,
    /// Certificates with or without private key.
    pub certificates: ObjectSet<Certificate>,
    /// Message types.
    pub message_types: ObjectSet<MessageType>,
    /// Contracts.
    pub contracts: ObjectSet<Contract>,
    /// Queues.
    pub queues: ObjectSet<Queue>,
    /// Services.
    pub services: ObjectSet<Service>,
    /// Routes.
    pub routes: ObjectSet<Route>,
    /// Remote service bindings.
    pub remote_service_bindings: ObjectSet<RemoteServiceBinding>,
    /// Broker priorities.
    pub broker_priorities: ObjectSet<BrokerPriority>,
    /// Event notifications on the database and on its queues.
    pub event_notifications: ObjectSet<EventNotification>,
    /// User tables.
    pub tables: ObjectSet<Table>,
}
