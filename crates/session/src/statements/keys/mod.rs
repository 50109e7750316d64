//! Master keys and certificates: the statements that make, move and protect keys.
//!
//! Secrets are opened only while a statement runs; what is stored is wrapped (crate `keys`).

mod certificate_files;
mod certificates;
mod master_key;
mod protection;
mod replacement;
mod service_master_key;

use duologue_broker::Resource;
use duologue_catalog::ddl::{DdlOutcome, Effect, EventFact, EventFactScope};
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::KeyStatement;

use crate::execution::{Context, Flow, StatementResult};

/// Longest key backup.
const MAX_BACKUP_BYTES: usize = 64 * 1024;

pub(super) fn run(cx: &mut Context<'_, '_>, statement: &KeyStatement) -> StatementResult {
    match statement {
        KeyStatement::CreateMasterKey { password } => master_key::create(cx, password.as_deref()),
        KeyStatement::AlterMasterKey(alter) => master_key::alter(cx, alter),
        KeyStatement::OpenMasterKey { password } => master_key::open(cx, password),
        KeyStatement::CloseMasterKey => master_key::close(cx),
        KeyStatement::DropMasterKey => master_key::drop(cx),
        KeyStatement::BackupMasterKey { file, password } => master_key::backup(cx, file, password),
        KeyStatement::RestoreMasterKey { file, decryption_password, encryption_password, force } => {
            master_key::restore(cx, file, decryption_password, encryption_password, *force)
        }
        KeyStatement::AlterServiceMasterKey(alter) => service_master_key::alter(cx, alter),
        KeyStatement::BackupServiceMasterKey { file, password } => {
            service_master_key::backup(cx, file, password)
        }
        KeyStatement::RestoreServiceMasterKey { file, password, force } => {
            service_master_key::restore(cx, file, password, *force)
        }
        KeyStatement::CreateCertificate(create) => certificates::create(cx, create),
        KeyStatement::AlterCertificate { name, action } => certificates::alter(cx, &name.name, action),
        KeyStatement::BackupCertificate(backup) => certificate_files::backup(cx, backup),
    }
}

/// Takes the catalog's lock before anything slow is done; `Some` is how the statement waits for it.
fn lock_catalog(cx: &mut Context<'_, '_>) -> Result<Option<Flow>, SqlError> {
    let transaction = cx.transaction()?;
    match cx.instance.lock(transaction, Resource::Catalog)? {
        None => Ok(None),
        Some(blocked) => cx.blocked(blocked).map(Some),
    }
}

/// What a statement about the database's own keys leaves: its event, and the broker's opened keys forgotten.
fn outcome(cx: &Context<'_, '_>, event_type: i32) -> Result<DdlOutcome, SqlError> {
    let database = cx.database_id();
    let event = EventFact {
        event_type,
        database: Some(cx.database()?.settings.name.clone()),
        scope: EventFactScope::Database(database),
        schema_name: None,
        object_name: None,
        object_type: Some("MASTER KEY"),
        extra: Vec::new(),
    };
    let effects = vec![Effect::CertificatesChanged { database }];
    Ok(DdlOutcome { event: Some(event), effects, warnings: Vec::new() })
}

/// The backup of a key: 15317 when it cannot be read.
fn read_backup(cx: &Context<'_, '_>, path: &str) -> Result<Vec<u8>, SqlError> {
    cx.host.files.read(path, MAX_BACKUP_BYTES).map_err(|problem| {
        tracing::info!(path, problem = problem.0, "a file named by a statement was not read");
        sql_error!(15317)
    })
}

/// Makes a file that must not exist yet (15240).
fn write_file(cx: &Context<'_, '_>, path: &str, bytes: &[u8], is_private: bool) -> Result<(), SqlError> {
    cx.host.files.create(path, bytes, is_private).map_err(|problem| {
        tracing::info!(path, problem = problem.0, "a file named by a statement was not written");
        sql_error!(15240, path)
    })
}
