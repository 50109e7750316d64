//! SERVERPROPERTY, DATABASEPROPERTYEX, FULLTEXTSERVICEPROPERTY. The version is that of the product whose behaviour is
//! the reference: clients choose by it what they send.

use duologue_messages::SqlError;
use duologue_types::Value;

use super::{Call, Function, Parameter, int, variant};

/// Major, minor and build number that clients are told.
pub(crate) const PRODUCT_VERSION: (u8, u8, u16) = (16, 0, 1000);
/// Id of the default collation.
const COLLATION_ID: i32 = 872_468_488;
const DEVELOPER_EDITION: i64 = -2_117_995_310;

const fn property(name: &'static str, call: fn(&Call<'_>) -> Result<Value, SqlError>) -> Function {
    Function {
        name,
        arity: (1, 1),
        parameters: &[Parameter::Unicode],
        is_strict: true,
        result: variant,
        call,
    }
}

pub(super) static FUNCTIONS: &[Function] = &[
    property("SERVERPROPERTY", server_property),
    Function { arity: (2, 2), ..property("DATABASEPROPERTYEX", database_property) },
    Function { result: int, ..property("FULLTEXTSERVICEPROPERTY", |_| Ok(Value::Int(0))) },
    Function { arity: (2, 2), result: int, ..property("FULLTEXTCATALOGPROPERTY", |_| Ok(Value::Null)) },
];

/// `16.0.1000.0`.
pub fn product_version() -> String {
    let (major, minor, build) = PRODUCT_VERSION;
    format!("{major}.{minor}.{build}.0")
}

/// `@@VERSION`: clients look for the product's name and version in the first line.
pub fn version_text() -> String {
    format!(
        "Microsoft SQL Server 2022 (RTM) - {} (X64) \n\tDuologue {}\n\tDeveloper Edition (64-bit) on Linux",
        product_version(),
        env!("CARGO_PKG_VERSION"),
    )
}

fn server_property(call: &Call<'_>) -> Result<Value, SqlError> {
    let text = |text: &str| Value::NVarChar(text.into());
    let name = &call.context.catalog().server.settings.name;
    let (machine, instance) = name.split_once('\\').map_or((name.as_str(), None), |(m, i)| (m, Some(i)));
    let (major, minor, build) = PRODUCT_VERSION;
    let property = call.text(0).unwrap_or_default().to_ascii_lowercase();
    Ok(match property.as_str() {
        "productversion" | "resourceversion" => text(&product_version()),
        "productmajorversion" => text(&major.to_string()),
        "productminorversion" => text(&minor.to_string()),
        "productbuild" => text(&build.to_string()),
        "productlevel" => text("RTM"),
        "edition" => text("Developer Edition (64-bit)"),
        "editionid" => Value::BigInt(DEVELOPER_EDITION),
        "engineedition" => Value::Int(3),
        "servername" => text(name),
        "machinename" | "computernamephysicalnetbios" => text(machine),
        "instancename" => instance.map_or(Value::Null, text),
        "collation" => text("SQL_Latin1_General_CP1_CI_AS"),
        "collationid" => Value::Int(COLLATION_ID),
        "comparisonstyle" => Value::Int(196_609),
        "lcid" => Value::Int(1033),
        "sqlcharset" => Value::TinyInt(1),
        "sqlcharsetname" => text("iso_1"),
        "sqlsortorder" => Value::TinyInt(52),
        "sqlsortordername" => text("nocase_iso"),
        "licensetype" => text("DISABLED"),
        "pathseparator" => text("/"),
        "buildclrversion" => text("v4.0.30319"),
        "isclustered"
        | "ishadrenabled"
        | "issingleuser"
        | "isfulltextinstalled"
        | "ispolybaseinstalled"
        | "isadvancedanalyticsinstalled"
        | "isbigdatacluster"
        | "islocaldb"
        | "isxtpsupported"
        | "istempdbmetadatamemoryoptimized"
        | "isserversuspendedforsnapshotbackup"
        | "isintegratedsecurityonly"
        | "filestreamconfiguredlevel"
        | "filestreameffectivelevel"
        | "isexternalauthenticationonly" => Value::Int(0),
        _ => Value::Null,
    })
}

fn database_property(call: &Call<'_>) -> Result<Value, SqlError> {
    let text = |text: &str| Value::NVarChar(text.into());
    if call.context.catalog().find_database(call.text(0).unwrap_or_default()).is_none() {
        return Ok(Value::Null);
    }
    Ok(match call.text(1).unwrap_or_default().to_ascii_lowercase().as_str() {
        "status" => text("ONLINE"),
        "collation" => text("SQL_Latin1_General_CP1_CI_AS"),
        "recovery" => text("FULL"),
        "useraccess" => text("MULTI_USER"),
        "updateability" => text("READ_WRITE"),
        "version" => Value::Int(957),
        "comparisonstyle" => Value::Int(196_609),
        "lcid" => Value::Int(1033),
        "sqlsortorder" => Value::TinyInt(52),
        "isautoclose"
        | "isautoshrink"
        | "isinstandby"
        | "isfulltextenabled"
        | "ispublished"
        | "issubscribed"
        | "ismergepublished"
        | "issyncwithbackup"
        | "isansinulldefault"
        | "isnumericroundabortenabled"
        | "isrecursivetriggersenabled"
        | "isclosecursorsoncommitenabled"
        | "islocalcursorsdefault"
        | "istornpagedetectionenabled"
        | "isparameterizationforced"
        | "isxtpsupported" => Value::Int(0),
        "isautocreatestatistics"
        | "isautoupdatestatistics"
        | "isansinullsenabled"
        | "isansipaddingenabled"
        | "isansiwarningsenabled"
        | "isarithmeticabortenabled"
        | "isnullconcat"
        | "isquotedidentifiersenabled" => Value::Int(1),
        _ => Value::Null,
    })
}
