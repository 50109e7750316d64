//! Certificates and keys.

use std::fmt::Write;

use duologue_catalog::objects::{Certificate, PrivateKeyProtection};
use duologue_catalog::{Permission, Securable};
use duologue_messages::SqlError;
use duologue_types::{DatabaseId, Guid, SqlType, Value};

use super::{
    BIT, DATETIME, DESC, GUID, INT, SID, SYSNAME, View, ViewColumn, ViewContext, bit, code, int, not_null,
    nothing, null, nvarchar, or_null, row, sys, text, varbinary,
};
use crate::query::plan::Row;

pub(super) static VIEWS: &[View] = &[
    sys("certificates", CERTIFICATES, certificates),
    sys("symmetric_keys", SYMMETRIC_KEYS, symmetric_keys),
    sys("key_encryptions", KEY_ENCRYPTIONS, key_encryptions),
    sys("asymmetric_keys", ASYMMETRIC_KEYS, nothing),
    sys(
        "crypt_properties",
        &[
            not_null("class", super::TINYINT),
            null("class_desc", DESC),
            not_null("major_id", INT),
            null("thumbprint", varbinary(32)),
            not_null("crypt_type", SqlType::Char(4)),
            null("crypt_type_desc", DESC),
            null("crypt_property", SqlType::VARBINARY_MAX),
        ],
        nothing,
    ),
    sys(
        "credentials",
        &[
            not_null("credential_id", INT),
            not_null("name", SYSNAME),
            null("credential_identity", nvarchar(4000)),
            not_null("create_date", DATETIME),
            not_null("modify_date", DATETIME),
            null("target_type", nvarchar(100)),
            null("target_id", INT),
        ],
        nothing,
    ),
];

/// `symmetric_key_id` of a database master key, and of the service master key.
const DATABASE_MASTER_KEY: i32 = 101;
const SERVICE_MASTER_KEY: i32 = 102;

static CERTIFICATES: &[ViewColumn] = &[
    not_null("name", SYSNAME),
    not_null("certificate_id", INT),
    null("principal_id", INT),
    not_null("pvt_key_encryption_type", SqlType::Char(2)),
    null("pvt_key_encryption_type_desc", DESC),
    not_null("is_active_for_begin_dialog", BIT),
    null("issuer_name", nvarchar(442)),
    null("cert_serial_number", nvarchar(64)),
    null("sid", SID),
    null("string_sid", nvarchar(128)),
    null("subject", nvarchar(4000)),
    null("expiry_date", DATETIME),
    null("start_date", DATETIME),
    not_null("thumbprint", varbinary(32)),
    null("attested_by", nvarchar(260)),
    null("pvt_key_last_backup_date", DATETIME),
    null("key_length", INT),
];

fn certificates(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let certificates = context.database.certificates.iter();
    let seen = certificates.filter(|found| context.sees(Securable::Certificate(found.id)));
    Ok(seen.map(|found| certificate(found)).collect())
}

fn certificate(row_of: &Certificate) -> Row {
    let (protection, description) = match row_of.private_key.as_ref().map(|key| key.protection) {
        None => ("NA", "NO_PRIVATE_KEY"),
        Some(PrivateKeyProtection::MasterKey) => ("MK", "ENCRYPTED_BY_MASTER_KEY"),
        Some(PrivateKeyProtection::Password) => ("PW", "ENCRYPTED_BY_PASSWORD"),
    };
    // A stored certificate was read before; one that cannot be shows what the catalog knows of it.
    let read = duologue_keys::Certificate::from_der(&row_of.der).ok();
    let read = read.as_ref();
    let thumbprint = read.map(duologue_keys::Certificate::thumbprint);
    row([
        text(&row_of.name),
        int(row_of.id.0),
        int(row_of.owner.0),
        code(protection, 2),
        text(description),
        bit(row_of.active_for_begin_dialog),
        or_null(read, |found| text(found.issuer_name())),
        or_null(read, |found| text(found.serial_text())),
        or_null(thumbprint, |thumbprint| Value::varbinary(sid(&thumbprint))),
        or_null(thumbprint, |thumbprint| text(string_sid(&thumbprint))),
        or_null(read, |found| text(found.subject_name())),
        or_null(read, |found| found.not_after().to_datetime()),
        or_null(read, |found| found.not_before().to_datetime()),
        Value::varbinary(thumbprint.unwrap_or_default().to_vec()),
        Value::Null,
        Value::Null,
        Value::Null,
    ])
}

/// S-1-9-1- and the thumbprint as five numbers.
fn sid(thumbprint: &[u8; 20]) -> Vec<u8> {
    [&[1, 6, 0, 0, 0, 0, 0, 9, 1, 0, 0, 0], thumbprint.as_slice()].concat()
}

fn string_sid(thumbprint: &[u8; 20]) -> String {
    let mut sid = String::from("S-1-9-1");
    for part in thumbprint.chunks(4) {
        let number = part.iter().rev().fold(0u32, |number, byte| number << 8 | u32::from(*byte));
        let _ = write!(sid, "-{number}");
    }
    sid
}

static SYMMETRIC_KEYS: &[ViewColumn] = &[
    not_null("name", SYSNAME),
    null("principal_id", INT),
    not_null("symmetric_key_id", INT),
    not_null("key_length", INT),
    not_null("key_algorithm", SqlType::Char(2)),
    null("algorithm_desc", DESC),
    not_null("create_date", DATETIME),
    not_null("modify_date", DATETIME),
    null("key_guid", GUID),
    null("key_thumbprint", SqlType::SqlVariant),
    null("provider_type", nvarchar(120)),
    null("cryptographic_provider_guid", GUID),
    null("cryptographic_provider_algid", SqlType::SqlVariant),
];

/// Keys show to who controls the database or may view its definition.
fn sees_keys(context: &ViewContext<'_>) -> bool {
    context.has(Permission::ViewDefinition, Securable::Database)
}

fn symmetric_keys(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    if !sees_keys(context) {
        return Ok(Vec::new());
    }
    let mut rows = Vec::new();
    let settings = &context.database.settings;
    let created = settings.created.to_datetime();
    let mut key = |name: &str, id: i32| {
        rows.push(row([
            text(name),
            int(1),
            int(id),
            int(256),
            code("A3", 2),
            text("AES_256"),
            created.clone(),
            created.clone(),
            Value::Guid(Guid::ZERO),
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Null,
        ]));
    };
    if settings.master_key.is_some() {
        key("##MS_DatabaseMasterKey##", DATABASE_MASTER_KEY);
    }
    if settings.id == DatabaseId(1) {
        key("##MS_ServiceMasterKey##", SERVICE_MASTER_KEY);
    }
    Ok(rows)
}

static KEY_ENCRYPTIONS: &[ViewColumn] = &[
    not_null("key_id", INT),
    null("thumbprint", varbinary(32)),
    null("crypt_type", SqlType::Char(4)),
    null("crypt_type_desc", DESC),
    null("crypt_property", SqlType::VARBINARY_MAX),
];

/// What protects the database master key.
fn key_encryptions(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let Some(key) = context.database.settings.master_key.as_ref().filter(|_| sees_keys(context)) else {
        return Ok(Vec::new());
    };
    let protection = |kind: &str, description: &str| {
        row([int(DATABASE_MASTER_KEY), Value::Null, code(kind, 4), text(description), Value::Null])
    };
    let by_password = key.by_password.iter().map(|_| protection("ESKP", "ENCRYPTION_BY_PASSWORD"));
    let by_server = key.by_service_master_key.iter().map(|_| protection("ESKM", "ENCRYPTION_BY_MASTER_KEY"));
    Ok(by_password.chain(by_server).collect())
}

static ASYMMETRIC_KEYS: &[ViewColumn] = &[
    not_null("name", SYSNAME),
    null("principal_id", INT),
    not_null("asymmetric_key_id", INT),
    not_null("pvt_key_encryption_type", SqlType::Char(2)),
    null("pvt_key_encryption_type_desc", DESC),
    not_null("thumbprint", varbinary(32)),
    not_null("algorithm", SqlType::Char(2)),
    null("algorithm_desc", DESC),
    null("key_length", INT),
    null("sid", SID),
    null("string_sid", nvarchar(128)),
    not_null("public_key", SqlType::VARBINARY_MAX),
    null("attested_by", nvarchar(260)),
    null("provider_type", nvarchar(120)),
    null("cryptographic_provider_guid", GUID),
    null("cryptographic_provider_algid", SqlType::SqlVariant),
];
