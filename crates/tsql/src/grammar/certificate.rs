//! Certificates.

use crate::ast::{
    AlterCertificateAction, BackupCertificate, CertificateSource, CreateCertificate, KeyStatement,
    PrivateKey, PrivateKeySource, StatementKind,
};
use crate::errors::Parsed;
use crate::grammar::keys::key;
use crate::parser::Parser;

impl Parser<'_> {
    pub(crate) fn create_certificate(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        let authorization = self.authorization()?;
        let source =
            if self.eat("FROM") { self.certificate_source()? } else { self.generated_certificate()? };
        // No WITH and no comma in front of it here; ALTER wants a WITH.
        let active_for_begin_dialog = match self.eat_option("ACTIVE FOR BEGIN_DIALOG") {
            true => Some(self.on_off()?),
            false => None,
        };
        let certificate = CreateCertificate { name, authorization, source, active_for_begin_dialog };
        key(KeyStatement::CreateCertificate(certificate))
    }

    /// Behind FROM.
    fn certificate_source(&mut self) -> Parsed<CertificateSource> {
        match self.expect_one(&["ASSEMBLY", "EXECUTABLE FILE =", "FILE =", "BINARY ="])? {
            "ASSEMBLY" => self.ident().map(CertificateSource::Assembly),
            "BINARY =" => {
                let content = self.binary()?;
                let (_, private_key) = self.certificate_file_options()?;
                Ok(CertificateSource::Binary { content, private_key })
            }
            words => {
                let path = self.string()?;
                let (pfx, private_key) = self.certificate_file_options()?;
                Ok(CertificateSource::File {
                    path,
                    executable: words.starts_with("EXECUTABLE"),
                    pfx,
                    private_key,
                })
            }
        }
    }

    /// `[WITH [FORMAT = 'PFX',] PRIVATE KEY ( … )]`.
    fn certificate_file_options(&mut self) -> Parsed<(bool, Option<PrivateKey>)> {
        if !self.eat("WITH") {
            return Ok((false, None));
        }
        let mut pfx = false;
        if self.eat_option("FORMAT") {
            let format = self.string()?;
            pfx = format.eq_ignore_ascii_case("PFX");
            if !pfx && !format.eq_ignore_ascii_case("DER") {
                self.go_to(self.position() - 1);
                return self.unexpected();
            }
            if !self.eat(",") {
                return Ok((pfx, None));
            }
        }
        self.expect("PRIVATE KEY")?;
        Ok((pfx, Some(self.private_key()?)))
    }

    fn generated_certificate(&mut self) -> Parsed<CertificateSource> {
        let encryption_password = self.opt("ENCRYPTION BY", Parser::password_option)?;
        self.expect("WITH")?;
        let (mut subject, mut start_date, mut expiry_date) = (None, None, None);
        self.list(|parser| {
            let start = parser.position();
            let fresh = match parser.expect_one(&["SUBJECT =", "START_DATE =", "EXPIRY_DATE ="])? {
                "SUBJECT =" => subject.replace(parser.string()?).is_none(),
                "START_DATE =" => start_date.replace(parser.string()?).is_none(),
                _ => expiry_date.replace(parser.string()?).is_none(),
            };
            parser.once(fresh, start)
        })?;
        let Some(subject) = subject else { return self.unexpected() };
        Ok(CertificateSource::Generate { encryption_password, subject, start_date, expiry_date })
    }

    /// `( … )`: clauses in any order, each at most once.
    fn private_key(&mut self) -> Parsed<PrivateKey> {
        const CLAUSES: &[&str] = &["FILE =", "BINARY =", "DECRYPTION BY", "ENCRYPTION BY", "ALGORITHM ="];
        let mut private_key = PrivateKey::default();
        self.parenthesized(|parser| {
            let start = parser.position();
            let fresh = match parser.expect_one(CLAUSES)? {
                "FILE =" => private_key.source.replace(PrivateKeySource::File(parser.string()?)).is_none(),
                "BINARY =" => {
                    private_key.source.replace(PrivateKeySource::Binary(parser.binary()?)).is_none()
                }
                "DECRYPTION BY" => {
                    private_key.decryption_password.replace(parser.password_option()?).is_none()
                }
                "ENCRYPTION BY" => {
                    private_key.encryption_password.replace(parser.password_option()?).is_none()
                }
                // AES_256 or TRIPLE_DES_3KEY: how a PFX file's key is wrapped.
                _ => parser.string().map(|_| true)?,
            };
            parser.once(fresh, start)
        })?;
        Ok(private_key)
    }

    pub(crate) fn alter_certificate(&mut self) -> Parsed<StatementKind> {
        const ACTIONS: &[&str] = &[
            "REMOVE PRIVATE KEY",
            "REMOVE ATTESTED OPTION",
            "ATTESTED BY",
            "WITH PRIVATE KEY",
            "WITH ACTIVE FOR BEGIN_DIALOG =",
        ];
        let name = self.ident()?;
        let action = match self.expect_one(ACTIONS)? {
            "REMOVE PRIVATE KEY" => AlterCertificateAction::RemovePrivateKey,
            "REMOVE ATTESTED OPTION" => AlterCertificateAction::Attested,
            "ATTESTED BY" => self.string().map(|_| AlterCertificateAction::Attested)?,
            "WITH PRIVATE KEY" => AlterCertificateAction::PrivateKey(self.private_key()?),
            _ => AlterCertificateAction::ActiveForBeginDialog(self.on_off()?),
        };
        key(KeyStatement::AlterCertificate { name, action })
    }

    pub(crate) fn backup_certificate(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        self.expect_option("TO FILE")?;
        let file = self.string()?;
        let (pfx, private_key) = self.certificate_file_options()?;
        key(KeyStatement::BackupCertificate(BackupCertificate { name, file, pfx, private_key }))
    }
}
