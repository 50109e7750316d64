//! The names of permissions.

use std::fmt;

macro_rules! permissions {
    ($($variant:ident $name:literal $code:literal;)*) => {
        /// A permission that can be granted.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[expect(missing_docs, reason = "T-SQL's own names")]
        pub enum Permission {
            $($variant,)*
        }

        impl Permission {
            /// All of them, ascending by name.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name in capitals, as GRANT spells it and as permission rows keep it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// `type` in `sys.database_permissions`, without its trailing blanks.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }
        }
    };
}

permissions! {
    AdministerBulkOperations "ADMINISTER BULK OPERATIONS" "ADBO";
    Alter "ALTER" "AL";
    AlterAnyApplicationRole "ALTER ANY APPLICATION ROLE" "ALAR";
    AlterAnyAssembly "ALTER ANY ASSEMBLY" "ALAS";
    AlterAnyAsymmetricKey "ALTER ANY ASYMMETRIC KEY" "ALAK";
    AlterAnyAvailabilityGroup "ALTER ANY AVAILABILITY GROUP" "ALAG";
    AlterAnyCertificate "ALTER ANY CERTIFICATE" "ALCF";
    AlterAnyConnection "ALTER ANY CONNECTION" "ALCO";
    AlterAnyContract "ALTER ANY CONTRACT" "ALSC";
    AlterAnyCredential "ALTER ANY CREDENTIAL" "ALCD";
    AlterAnyDatabase "ALTER ANY DATABASE" "ALDB";
    AlterAnyDatabaseAudit "ALTER ANY DATABASE AUDIT" "ALDA";
    AlterAnyDatabaseDdlTrigger "ALTER ANY DATABASE DDL TRIGGER" "ALTG";
    AlterAnyDatabaseEventNotification "ALTER ANY DATABASE EVENT NOTIFICATION" "ALED";
    AlterAnyDatabaseEventSession "ALTER ANY DATABASE EVENT SESSION" "AADS";
    AlterAnyDataspace "ALTER ANY DATASPACE" "ALDS";
    AlterAnyEndpoint "ALTER ANY ENDPOINT" "ALHE";
    AlterAnyEventNotification "ALTER ANY EVENT NOTIFICATION" "ALES";
    AlterAnyEventSession "ALTER ANY EVENT SESSION" "AAES";
    AlterAnyExternalDataSource "ALTER ANY EXTERNAL DATA SOURCE" "AEDS";
    AlterAnyExternalFileFormat "ALTER ANY EXTERNAL FILE FORMAT" "AEFF";
    AlterAnyFulltextCatalog "ALTER ANY FULLTEXT CATALOG" "ALFT";
    AlterAnyLinkedServer "ALTER ANY LINKED SERVER" "ALLS";
    AlterAnyLogin "ALTER ANY LOGIN" "ALLG";
    AlterAnyMask "ALTER ANY MASK" "AAMK";
    AlterAnyMessageType "ALTER ANY MESSAGE TYPE" "ALMT";
    AlterAnyRemoteServiceBinding "ALTER ANY REMOTE SERVICE BINDING" "ALSB";
    AlterAnyRole "ALTER ANY ROLE" "ALRL";
    AlterAnyRoute "ALTER ANY ROUTE" "ALRT";
    AlterAnySchema "ALTER ANY SCHEMA" "ALSM";
    AlterAnyServerAudit "ALTER ANY SERVER AUDIT" "ALAA";
    AlterAnyServerRole "ALTER ANY SERVER ROLE" "ALSR";
    AlterAnyService "ALTER ANY SERVICE" "ALSV";
    AlterAnySymmetricKey "ALTER ANY SYMMETRIC KEY" "ALSK";
    AlterAnyUser "ALTER ANY USER" "ALUS";
    AlterResources "ALTER RESOURCES" "ALRS";
    AlterServerState "ALTER SERVER STATE" "ALSS";
    AlterSettings "ALTER SETTINGS" "ALST";
    AlterTrace "ALTER TRACE" "ALTR";
    Authenticate "AUTHENTICATE" "AUTH";
    AuthenticateServer "AUTHENTICATE SERVER" "AUTH";
    BackupDatabase "BACKUP DATABASE" "BADB";
    BackupLog "BACKUP LOG" "BALO";
    Checkpoint "CHECKPOINT" "CP";
    Connect "CONNECT" "CO";
    ConnectAnyDatabase "CONNECT ANY DATABASE" "CADB";
    ConnectReplication "CONNECT REPLICATION" "CORP";
    ConnectSql "CONNECT SQL" "COSQ";
    Control "CONTROL" "CL";
    ControlServer "CONTROL SERVER" "CL";
    CreateAggregate "CREATE AGGREGATE" "CRAG";
    CreateAnyDatabase "CREATE ANY DATABASE" "CRDB";
    CreateAssembly "CREATE ASSEMBLY" "CRAS";
    CreateAsymmetricKey "CREATE ASYMMETRIC KEY" "CRAK";
    CreateAvailabilityGroup "CREATE AVAILABILITY GROUP" "CRAC";
    CreateCertificate "CREATE CERTIFICATE" "CRCF";
    CreateContract "CREATE CONTRACT" "CRSC";
    CreateDatabase "CREATE DATABASE" "CRDB";
    CreateDatabaseDdlEventNotification "CREATE DATABASE DDL EVENT NOTIFICATION" "CRED";
    CreateDdlEventNotification "CREATE DDL EVENT NOTIFICATION" "CRDE";
    CreateDefault "CREATE DEFAULT" "CRDF";
    CreateEndpoint "CREATE ENDPOINT" "CRHE";
    CreateFulltextCatalog "CREATE FULLTEXT CATALOG" "CRFT";
    CreateFunction "CREATE FUNCTION" "CRFN";
    CreateMessageType "CREATE MESSAGE TYPE" "CRMT";
    CreateProcedure "CREATE PROCEDURE" "CRPR";
    CreateQueue "CREATE QUEUE" "CRQU";
    CreateRemoteServiceBinding "CREATE REMOTE SERVICE BINDING" "CRSB";
    CreateRole "CREATE ROLE" "CRRL";
    CreateRoute "CREATE ROUTE" "CRRT";
    CreateRule "CREATE RULE" "CRRU";
    CreateSchema "CREATE SCHEMA" "CRSM";
    CreateSequence "CREATE SEQUENCE" "CRSO";
    CreateServerRole "CREATE SERVER ROLE" "CRSR";
    CreateService "CREATE SERVICE" "CRSV";
    CreateSymmetricKey "CREATE SYMMETRIC KEY" "CRSK";
    CreateSynonym "CREATE SYNONYM" "CRSN";
    CreateTable "CREATE TABLE" "CRTB";
    CreateTraceEventNotification "CREATE TRACE EVENT NOTIFICATION" "CRTE";
    CreateType "CREATE TYPE" "CRTY";
    CreateView "CREATE VIEW" "CRVW";
    CreateXmlSchemaCollection "CREATE XML SCHEMA COLLECTION" "CRXS";
    Delete "DELETE" "DL";
    Execute "EXECUTE" "EX";
    ExternalAccessAssembly "EXTERNAL ACCESS ASSEMBLY" "XA";
    Impersonate "IMPERSONATE" "IM";
    ImpersonateAnyLogin "IMPERSONATE ANY LOGIN" "IAL";
    Insert "INSERT" "IN";
    Receive "RECEIVE" "RC";
    References "REFERENCES" "RF";
    Select "SELECT" "SL";
    SelectAllUserSecurables "SELECT ALL USER SECURABLES" "SUS";
    Send "SEND" "SN";
    Showplan "SHOWPLAN" "SPLN";
    Shutdown "SHUTDOWN" "SHDN";
    SubscribeQueryNotifications "SUBSCRIBE QUERY NOTIFICATIONS" "SUQN";
    TakeOwnership "TAKE OWNERSHIP" "TO";
    UnsafeAssembly "UNSAFE ASSEMBLY" "XU";
    Update "UPDATE" "UP";
    ViewAnyDatabase "VIEW ANY DATABASE" "VWDB";
    ViewAnyDefinition "VIEW ANY DEFINITION" "VWAD";
    ViewChangeTracking "VIEW CHANGE TRACKING" "VWCT";
    ViewDatabaseState "VIEW DATABASE STATE" "VWDS";
    ViewDefinition "VIEW DEFINITION" "VW";
    ViewServerState "VIEW SERVER STATE" "VWSS";
}

impl Permission {
    /// The permission with that name, in any case; `EXEC` is EXECUTE.
    pub fn from_name(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("EXEC") {
            return Some(Self::Execute);
        }
        Self::ALL.iter().copied().find(|permission| permission.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_unique_and_found() {
        assert!(Permission::ALL.is_sorted_by_key(|permission| permission.name()));
        for permission in Permission::ALL {
            assert_eq!(Permission::from_name(&permission.name().to_lowercase()), Some(*permission));
            assert!(matches!(permission.code().len(), 2..=4));
        }
        assert_eq!(Permission::from_name("CREATE TROUBLE"), None);
    }
}
