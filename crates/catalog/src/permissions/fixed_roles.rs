//! Rights that the fixed roles have without any permission row.

use duologue_types::{LoginId, PrincipalId};

use super::Permission::{self, *};

/// The server role `sysadmin`: its members bypass every check.
pub(crate) const SYSADMIN: LoginId = LoginId(3);
/// May grant server permissions.
pub(crate) const SECURITYADMIN: LoginId = LoginId(4);
/// May grant permissions in the database.
pub(crate) const DB_SECURITYADMIN: PrincipalId = PrincipalId(16386);
/// May create, alter and drop.
pub(crate) const DB_DDLADMIN: PrincipalId = PrincipalId(16387);

/// What `role` may do on the server.
pub(crate) fn granted_to_server_role(role: LoginId) -> &'static [Permission] {
    match role.0 {
        3 => &[ControlServer],
        4 => &[AlterAnyLogin],
        5 => &[AlterAnyEndpoint, AlterResources, AlterServerState, AlterSettings, Shutdown, ViewServerState],
        6 => &[AlterAnyLinkedServer],
        7 => &[AlterAnyConnection, AlterServerState],
        8 => &[AlterResources],
        9 => &[AlterAnyDatabase, CreateAnyDatabase],
        10 => &[AdministerBulkOperations],
        _ => &[],
    }
}

/// What `role` may do in the database.
pub(crate) fn granted_to_database_role(role: PrincipalId) -> &'static [Permission] {
    match role.0 {
        16384 => &[Control],
        16385 => &[AlterAnyUser, Connect, CreateSchema],
        16386 => &[AlterAnyApplicationRole, AlterAnyRole, CreateSchema, ViewDefinition],
        16387 => DDLADMIN,
        16389 => &[BackupDatabase, BackupLog, Checkpoint],
        16390 => &[Select],
        16391 => &[Delete, Insert, Update],
        _ => &[],
    }
}

/// What `role` keeps its members from.
pub(crate) fn denied_to_database_role(role: PrincipalId) -> &'static [Permission] {
    match role.0 {
        16392 => &[Select],
        16393 => &[Delete, Insert, Update],
        _ => &[],
    }
}

const DDLADMIN: &[Permission] = &[
    AlterAnyAssembly,
    AlterAnyAsymmetricKey,
    AlterAnyCertificate,
    AlterAnyContract,
    AlterAnyDatabaseDdlTrigger,
    AlterAnyDatabaseEventNotification,
    AlterAnyDataspace,
    AlterAnyFulltextCatalog,
    AlterAnyMessageType,
    AlterAnyRemoteServiceBinding,
    AlterAnyRoute,
    AlterAnySchema,
    AlterAnyService,
    AlterAnySymmetricKey,
    Checkpoint,
    CreateAggregate,
    CreateDefault,
    CreateFunction,
    CreateProcedure,
    CreateQueue,
    CreateRule,
    CreateSynonym,
    CreateTable,
    CreateType,
    CreateView,
    CreateXmlSchemaCollection,
    References,
];
