//! Which permissions exist on which kind of securable, and what implies them there and on the container.
//!
//! Source of the tables: the permission hierarchy of the GRANT pages.

use super::Permission::{self, *};

/// Kinds of securables that have different permissions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[expect(missing_docs, reason = "T-SQL's own words")]
pub enum SecurableKind {
    Server,
    Login,
    ServerRole,
    Endpoint,
    Database,
    Schema,
    Queue,
    Table,
    MessageType,
    Contract,
    Service,
    Route,
    RemoteServiceBinding,
    Certificate,
    User,
    Role,
}

/// A permission on a kind: implied by `same` on the same securable (besides CONTROL) and by `container` on its
/// container.
pub(crate) struct Rule {
    pub(crate) permission: Permission,
    pub(crate) same: Option<Permission>,
    pub(crate) container: Option<Permission>,
}

const fn rule(permission: Permission, same: Option<Permission>, container: Option<Permission>) -> Rule {
    Rule { permission, same, container }
}

/// Implied by CONTROL only, and by `container` on the container.
const fn by(permission: Permission, container: Permission) -> Rule {
    rule(permission, None, Some(container))
}

impl SecurableKind {
    /// The noun of messages such as "Cannot find the … 'x'".
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Login => "login",
            Self::ServerRole => "server role",
            Self::Endpoint => "endpoint",
            Self::Database => "database",
            Self::Schema => "schema",
            Self::Queue => "queue",
            Self::Table => "table",
            Self::MessageType => "message type",
            Self::Contract => "contract",
            Self::Service => "service",
            Self::Route => "route",
            Self::RemoteServiceBinding => "remote service binding",
            Self::Certificate => "certificate",
            Self::User => "user",
            Self::Role => "role",
        }
    }

    /// `ObjectType` of events about it.
    pub const fn object_type(self) -> &'static str {
        match self {
            Self::Server => "SERVER",
            Self::Login => "LOGIN",
            Self::ServerRole => "SERVER ROLE",
            Self::Endpoint => "ENDPOINT",
            Self::Database => "DATABASE",
            Self::Schema => "SCHEMA",
            Self::Queue => "QUEUE",
            Self::Table => "TABLE",
            Self::MessageType => "MESSAGE TYPE",
            Self::Contract => "CONTRACT",
            Self::Service => "SERVICE",
            Self::Route => "ROUTE",
            Self::RemoteServiceBinding => "REMOTE SERVICE BINDING",
            Self::Certificate => "CERTIFICATE",
            Self::User => "SQL USER",
            Self::Role => "ROLE",
        }
    }

    /// Whether it belongs to the server: its permissions are granted to logins.
    pub const fn is_server_scoped(self) -> bool {
        matches!(self, Self::Server | Self::Login | Self::ServerRole | Self::Endpoint)
    }

    /// Permissions that exist on this kind.
    pub fn permissions(self) -> impl Iterator<Item = Permission> {
        self.rules().iter().map(|rule| rule.permission)
    }

    /// Whether `permission` exists on this kind.
    pub fn has(self, permission: Permission) -> bool {
        self.rule(permission).is_some()
    }

    pub(crate) fn rule(self, permission: Permission) -> Option<&'static Rule> {
        self.rules().iter().find(|rule| rule.permission == permission)
    }

    /// CONTROL, under the name it has on the server.
    pub(crate) const fn control(self) -> Permission {
        match self {
            Self::Server => ControlServer,
            _ => Control,
        }
    }

    fn rules(self) -> &'static [Rule] {
        match self {
            Self::Server => SERVER,
            Self::Login => LOGIN,
            Self::ServerRole => SERVER_ROLE,
            Self::Endpoint => ENDPOINT,
            Self::Database => DATABASE,
            Self::Schema => SCHEMA,
            Self::Queue => QUEUE,
            Self::Table => TABLE,
            Self::MessageType => MESSAGE_TYPE,
            Self::Contract => CONTRACT,
            Self::Service => SERVICE,
            Self::Route => ROUTE,
            Self::RemoteServiceBinding => REMOTE_SERVICE_BINDING,
            Self::Certificate => CERTIFICATE,
            Self::User => USER,
            Self::Role => ROLE,
        }
    }
}

static SERVER: &[Rule] = &[
    rule(AdministerBulkOperations, None, None),
    rule(AlterAnyAvailabilityGroup, None, None),
    rule(AlterAnyConnection, None, None),
    rule(AlterAnyCredential, None, None),
    rule(AlterAnyDatabase, None, None),
    rule(AlterAnyEndpoint, None, None),
    rule(AlterAnyEventNotification, None, None),
    rule(AlterAnyEventSession, None, None),
    rule(AlterAnyLinkedServer, None, None),
    rule(AlterAnyLogin, None, None),
    rule(AlterAnyServerAudit, None, None),
    rule(AlterAnyServerRole, None, None),
    rule(AlterResources, None, None),
    rule(AlterServerState, None, None),
    rule(AlterSettings, None, None),
    rule(AlterTrace, None, None),
    rule(AuthenticateServer, None, None),
    rule(ConnectAnyDatabase, None, None),
    rule(ConnectSql, None, None),
    rule(ControlServer, None, None),
    rule(CreateAnyDatabase, Some(AlterAnyDatabase), None),
    rule(CreateAvailabilityGroup, Some(AlterAnyAvailabilityGroup), None),
    rule(CreateDdlEventNotification, Some(AlterAnyEventNotification), None),
    rule(CreateEndpoint, Some(AlterAnyEndpoint), None),
    rule(CreateServerRole, Some(AlterAnyServerRole), None),
    rule(CreateTraceEventNotification, Some(AlterAnyEventNotification), None),
    rule(ExternalAccessAssembly, Some(UnsafeAssembly), None),
    rule(ImpersonateAnyLogin, None, None),
    rule(SelectAllUserSecurables, None, None),
    rule(Shutdown, None, None),
    rule(UnsafeAssembly, None, None),
    rule(ViewAnyDatabase, Some(ViewAnyDefinition), None),
    rule(ViewAnyDefinition, None, None),
    rule(ViewServerState, Some(AlterServerState), None),
];

static LOGIN: &[Rule] = &[
    by(Alter, AlterAnyLogin),
    by(Control, ControlServer),
    by(Impersonate, ImpersonateAnyLogin),
    by(ViewDefinition, ViewAnyDefinition),
];

static SERVER_ROLE: &[Rule] = &[
    by(Alter, AlterAnyServerRole),
    by(Control, ControlServer),
    by(TakeOwnership, ControlServer),
    by(ViewDefinition, ViewAnyDefinition),
];

static ENDPOINT: &[Rule] = &[
    by(Alter, AlterAnyEndpoint),
    by(Connect, ControlServer),
    by(Control, ControlServer),
    by(TakeOwnership, ControlServer),
    by(ViewDefinition, ViewAnyDefinition),
];

static DATABASE: &[Rule] = &[
    by(Alter, AlterAnyDatabase),
    rule(AlterAnyApplicationRole, Some(Alter), None),
    rule(AlterAnyAssembly, Some(Alter), None),
    rule(AlterAnyAsymmetricKey, Some(Alter), None),
    rule(AlterAnyCertificate, Some(Alter), None),
    rule(AlterAnyContract, Some(Alter), None),
    rule(AlterAnyDatabaseAudit, Some(Alter), Some(AlterAnyServerAudit)),
    rule(AlterAnyDatabaseDdlTrigger, Some(Alter), None),
    rule(AlterAnyDatabaseEventNotification, Some(Alter), Some(AlterAnyEventNotification)),
    rule(AlterAnyDatabaseEventSession, Some(Alter), Some(AlterAnyEventSession)),
    rule(AlterAnyDataspace, Some(Alter), None),
    rule(AlterAnyExternalDataSource, Some(Alter), None),
    rule(AlterAnyExternalFileFormat, Some(Alter), None),
    rule(AlterAnyFulltextCatalog, Some(Alter), None),
    rule(AlterAnyMask, Some(Alter), None),
    rule(AlterAnyMessageType, Some(Alter), None),
    rule(AlterAnyRemoteServiceBinding, Some(Alter), None),
    rule(AlterAnyRole, Some(Alter), None),
    rule(AlterAnyRoute, Some(Alter), None),
    rule(AlterAnySchema, Some(Alter), None),
    rule(AlterAnyService, Some(Alter), None),
    rule(AlterAnySymmetricKey, Some(Alter), None),
    rule(AlterAnyUser, Some(Alter), None),
    by(Authenticate, AuthenticateServer),
    rule(BackupDatabase, None, None),
    rule(BackupLog, None, None),
    rule(Checkpoint, None, None),
    rule(Connect, Some(ConnectReplication), Some(ConnectAnyDatabase)),
    rule(ConnectReplication, None, None),
    by(Control, ControlServer),
    rule(CreateAggregate, Some(Alter), None),
    rule(CreateAssembly, Some(AlterAnyAssembly), None),
    rule(CreateAsymmetricKey, Some(AlterAnyAsymmetricKey), None),
    rule(CreateCertificate, Some(AlterAnyCertificate), None),
    rule(CreateContract, Some(AlterAnyContract), None),
    by(CreateDatabase, CreateAnyDatabase),
    rule(
        CreateDatabaseDdlEventNotification,
        Some(AlterAnyDatabaseEventNotification),
        Some(CreateDdlEventNotification),
    ),
    rule(CreateDefault, Some(Alter), None),
    rule(CreateFulltextCatalog, Some(AlterAnyFulltextCatalog), None),
    rule(CreateFunction, Some(Alter), None),
    rule(CreateMessageType, Some(AlterAnyMessageType), None),
    rule(CreateProcedure, Some(Alter), None),
    rule(CreateQueue, Some(Alter), None),
    rule(CreateRemoteServiceBinding, Some(AlterAnyRemoteServiceBinding), None),
    rule(CreateRole, Some(AlterAnyRole), None),
    rule(CreateRoute, Some(AlterAnyRoute), None),
    rule(CreateRule, Some(Alter), None),
    rule(CreateSchema, Some(AlterAnySchema), None),
    rule(CreateService, Some(AlterAnyService), None),
    rule(CreateSymmetricKey, Some(AlterAnySymmetricKey), None),
    rule(CreateSynonym, Some(Alter), None),
    rule(CreateTable, Some(Alter), None),
    rule(CreateType, Some(Alter), None),
    rule(CreateView, Some(Alter), None),
    rule(CreateXmlSchemaCollection, Some(Alter), None),
    rule(Delete, None, None),
    rule(Execute, None, None),
    rule(Insert, None, None),
    rule(References, None, None),
    by(Select, SelectAllUserSecurables),
    by(Showplan, AlterTrace),
    rule(SubscribeQueryNotifications, None, None),
    rule(TakeOwnership, None, None),
    rule(Update, None, None),
    by(ViewDatabaseState, ViewServerState),
    by(ViewDefinition, ViewAnyDefinition),
];

static SCHEMA: &[Rule] = &[
    by(Alter, AlterAnySchema),
    by(Control, Control),
    rule(CreateSequence, Some(Alter), Some(AlterAnySchema)),
    by(Delete, Delete),
    by(Execute, Execute),
    by(Insert, Insert),
    by(References, References),
    by(Select, Select),
    by(TakeOwnership, Control),
    by(Update, Update),
    by(ViewChangeTracking, Control),
    by(ViewDefinition, ViewDefinition),
];

static QUEUE: &[Rule] = &[
    by(Alter, Alter),
    by(Control, Control),
    by(Receive, Control),
    by(References, References),
    rule(Select, Some(Receive), Some(Select)),
    by(TakeOwnership, Control),
    by(ViewDefinition, ViewDefinition),
];

static TABLE: &[Rule] = &[
    by(Alter, Alter),
    by(Control, Control),
    by(Delete, Delete),
    by(Execute, Execute),
    by(Insert, Insert),
    by(References, References),
    by(Select, Select),
    by(TakeOwnership, Control),
    by(Update, Update),
    by(ViewChangeTracking, ViewChangeTracking),
    by(ViewDefinition, ViewDefinition),
];

static MESSAGE_TYPE: &[Rule] = &[
    by(Alter, AlterAnyMessageType),
    by(Control, Control),
    by(References, References),
    by(TakeOwnership, Control),
    by(ViewDefinition, ViewDefinition),
];

static CONTRACT: &[Rule] = &[
    by(Alter, AlterAnyContract),
    by(Control, Control),
    by(References, References),
    by(TakeOwnership, Control),
    by(ViewDefinition, ViewDefinition),
];

static SERVICE: &[Rule] = &[
    by(Alter, AlterAnyService),
    by(Control, Control),
    by(Send, Control),
    by(TakeOwnership, Control),
    by(ViewDefinition, ViewDefinition),
];

static ROUTE: &[Rule] = &[
    by(Alter, AlterAnyRoute),
    by(Control, Control),
    by(TakeOwnership, Control),
    by(ViewDefinition, ViewDefinition),
];

static REMOTE_SERVICE_BINDING: &[Rule] = &[
    by(Alter, AlterAnyRemoteServiceBinding),
    by(Control, Control),
    by(TakeOwnership, Control),
    by(ViewDefinition, ViewDefinition),
];

static CERTIFICATE: &[Rule] = &[
    by(Alter, AlterAnyCertificate),
    by(Control, Control),
    by(References, References),
    by(TakeOwnership, Control),
    by(ViewDefinition, ViewDefinition),
];

static USER: &[Rule] = &[
    by(Alter, AlterAnyUser),
    by(Control, Control),
    by(Impersonate, Control),
    by(ViewDefinition, ViewDefinition),
];

static ROLE: &[Rule] = &[
    by(Alter, AlterAnyRole),
    by(Control, Control),
    by(TakeOwnership, Control),
    by(ViewDefinition, ViewDefinition),
];
