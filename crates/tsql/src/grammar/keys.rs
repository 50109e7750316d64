//! Database and service master keys.

use crate::ast::{AlterMasterKey, AlterServiceMasterKey, KeyProtection, KeyStatement, StatementKind};
use crate::errors::Parsed;
use crate::parser::Parser;

pub(crate) fn key(statement: KeyStatement) -> Parsed<StatementKind> {
    Ok(StatementKind::Key(Box::new(statement)))
}

impl Parser<'_> {
    pub(crate) fn create_master_key(&mut self) -> Parsed<StatementKind> {
        let password = self.opt("ENCRYPTION BY", Parser::password_option)?;
        key(KeyStatement::CreateMasterKey { password })
    }

    pub(crate) fn alter_master_key(&mut self) -> Parsed<StatementKind> {
        let change = match self.expect_one(&["FORCE REGENERATE", "REGENERATE", "ADD", "DROP"])? {
            "ADD" => AlterMasterKey::AddEncryption(self.key_protection()?),
            "DROP" => AlterMasterKey::DropEncryption(self.key_protection()?),
            words => {
                self.expect("WITH ENCRYPTION BY")?;
                AlterMasterKey::Regenerate {
                    force: words.starts_with("FORCE"),
                    password: self.password_option()?,
                }
            }
        };
        key(KeyStatement::AlterMasterKey(change))
    }

    fn key_protection(&mut self) -> Parsed<KeyProtection> {
        self.expect("ENCRYPTION BY")?;
        if self.eat("SERVICE MASTER KEY") {
            return Ok(KeyProtection::ServiceMasterKey);
        }
        self.password_option().map(KeyProtection::Password)
    }

    pub(crate) fn backup_master_key(&mut self) -> Parsed<StatementKind> {
        let (file, password) = self.key_backup()?;
        key(KeyStatement::BackupMasterKey { file, password })
    }

    pub(crate) fn backup_service_master_key(&mut self) -> Parsed<StatementKind> {
        let (file, password) = self.key_backup()?;
        key(KeyStatement::BackupServiceMasterKey { file, password })
    }

    /// `TO FILE = 'path' ENCRYPTION BY PASSWORD = 'pw'`.
    fn key_backup(&mut self) -> Parsed<(String, String)> {
        self.expect_option("TO FILE")?;
        let file = self.string()?;
        self.expect("ENCRYPTION BY")?;
        Ok((file, self.password_option()?))
    }

    pub(crate) fn restore_master_key(&mut self) -> Parsed<StatementKind> {
        let (file, decryption_password) = self.key_restore()?;
        self.expect("ENCRYPTION BY")?;
        let encryption_password = self.password_option()?;
        let force = self.eat("FORCE");
        key(KeyStatement::RestoreMasterKey { file, decryption_password, encryption_password, force })
    }

    pub(crate) fn restore_service_master_key(&mut self) -> Parsed<StatementKind> {
        let (file, password) = self.key_restore()?;
        key(KeyStatement::RestoreServiceMasterKey { file, password, force: self.eat("FORCE") })
    }

    /// `FROM FILE = 'path' DECRYPTION BY PASSWORD = 'pw'`.
    fn key_restore(&mut self) -> Parsed<(String, String)> {
        self.expect_option("FROM FILE")?;
        let file = self.string()?;
        self.expect("DECRYPTION BY")?;
        Ok((file, self.password_option()?))
    }

    pub(crate) fn alter_service_master_key(&mut self) -> Parsed<StatementKind> {
        const FORMS: &[&str] = &[
            "FORCE REGENERATE",
            "REGENERATE",
            "ADD ENCRYPTION BY MACHINE KEY",
            "DROP ENCRYPTION BY MACHINE KEY",
            "WITH",
        ];
        let change = match self.expect_one(FORMS)? {
            "FORCE REGENERATE" => AlterServiceMasterKey::Regenerate { force: true },
            "REGENERATE" => AlterServiceMasterKey::Regenerate { force: false },
            "ADD ENCRYPTION BY MACHINE KEY" => AlterServiceMasterKey::MachineKey { add: true },
            "DROP ENCRYPTION BY MACHINE KEY" => AlterServiceMasterKey::MachineKey { add: false },
            _ => {
                self.expect_one(&["OLD_ACCOUNT =", "NEW_ACCOUNT ="])?;
                self.string()?;
                self.expect(",")?;
                self.expect_one(&["OLD_PASSWORD =", "NEW_PASSWORD ="])?;
                self.string()?;
                AlterServiceMasterKey::Account
            }
        };
        key(KeyStatement::AlterServiceMasterKey(change))
    }
}
