//! GRANT, DENY, REVOKE, ALTER AUTHORIZATION, signatures.

use crate::ast::{
    AlterAuthorization, Ident, ObjectName, Permission, PermissionAction, PermissionStatement, Securable,
    SecurableClass, SecurityStatement, SignatureStatement, Signer, StatementKind,
};
use crate::errors::Parsed;
use crate::grammar::login::security;
use crate::parser::Parser;
use crate::token::TokenKind;

/// The words before `::`.
const CLASSES: &[(&str, SecurableClass)] = &[
    ("APPLICATION ROLE ::", SecurableClass::ApplicationRole),
    ("ASSEMBLY ::", SecurableClass::Assembly),
    ("ASYMMETRIC KEY ::", SecurableClass::AsymmetricKey),
    ("AVAILABILITY GROUP ::", SecurableClass::AvailabilityGroup),
    ("CERTIFICATE ::", SecurableClass::Certificate),
    ("CONTRACT ::", SecurableClass::Contract),
    ("CREDENTIAL ::", SecurableClass::Credential),
    ("DATABASE SCOPED CREDENTIAL ::", SecurableClass::Credential),
    ("DATABASE ::", SecurableClass::Database),
    ("ENDPOINT ::", SecurableClass::Endpoint),
    ("EXTERNAL LANGUAGE ::", SecurableClass::ExternalLanguage),
    ("FULLTEXT CATALOG ::", SecurableClass::FulltextCatalog),
    ("FULLTEXT STOPLIST ::", SecurableClass::FulltextStoplist),
    ("LOGIN ::", SecurableClass::Login),
    ("MESSAGE TYPE ::", SecurableClass::MessageType),
    ("OBJECT ::", SecurableClass::Object),
    ("REMOTE SERVICE BINDING ::", SecurableClass::RemoteServiceBinding),
    ("ROLE ::", SecurableClass::Role),
    ("ROUTE ::", SecurableClass::Route),
    ("SCHEMA ::", SecurableClass::Schema),
    ("SEARCH PROPERTY LIST ::", SecurableClass::SearchPropertyList),
    ("SERVER ROLE ::", SecurableClass::ServerRole),
    ("SERVER ::", SecurableClass::Server),
    ("SERVICE ::", SecurableClass::Service),
    ("SYMMETRIC KEY ::", SecurableClass::SymmetricKey),
    ("TYPE ::", SecurableClass::Type),
    ("USER ::", SecurableClass::User),
    ("XML SCHEMA COLLECTION ::", SecurableClass::XmlSchemaCollection),
];

impl Parser<'_> {
    pub(crate) fn permission_statement(&mut self) -> Parsed<StatementKind> {
        let verb = self.expect_one(&["GRANT", "DENY", "REVOKE"])?;
        let grant_option_for = verb == "REVOKE" && self.eat("GRANT OPTION FOR");
        let permissions = self.permissions()?;
        let securable = self.opt("ON", Parser::securable)?;
        if verb == "REVOKE" {
            self.expect_one(&["TO", "FROM"])?;
        } else {
            self.expect("TO")?;
        }
        let principals = self.list(Parser::ident_or_keyword)?;
        let action = match verb {
            "GRANT" => PermissionAction::Grant { with_grant_option: self.eat("WITH GRANT OPTION") },
            "DENY" => PermissionAction::Deny { cascade: self.eat("CASCADE") },
            _ => PermissionAction::Revoke { grant_option_for, cascade: self.eat("CASCADE") },
        };
        let grantor = self.opt("AS", Parser::ident)?;
        let statement = PermissionStatement { action, permissions, securable, principals, grantor };
        security(SecurityStatement::Permission(statement))
    }

    /// Empty for `ALL [PRIVILEGES]`.
    fn permissions(&mut self) -> Parsed<Vec<Permission>> {
        if self.eat("ALL") {
            self.skip("PRIVILEGES");
            return Ok(Vec::new());
        }
        self.list(Parser::permission)
    }

    /// Words up to a comma, ON, TO or FROM, and perhaps columns. The list of permissions is the catalog's.
    fn permission(&mut self) -> Parsed<Permission> {
        let line = self.line();
        let mut words = vec![self.permission_word()?];
        while matches!(self.peek().kind, TokenKind::Word { .. }) && !self.at_any(&["ON", "TO", "FROM"]) {
            words.push(self.permission_word()?);
        }
        let columns = self.opt_parenthesized(Parser::ident)?;
        Ok(Permission { name: words.join(" "), line, columns })
    }

    fn permission_word(&mut self) -> Parsed<String> {
        match self.peek().kind {
            TokenKind::Word { .. } => Ok(self.ident_or_keyword()?.name.to_ascii_uppercase()),
            _ => self.unexpected(),
        }
    }

    /// `[class ::] name [(columns)]`.
    fn securable(&mut self) -> Parsed<Securable> {
        let (class, name) = self.classified_name()?;
        Ok(Securable { class, name, columns: self.opt_parenthesized(Parser::ident)? })
    }

    /// `[class ::] name`; without class it is an object.
    fn classified_name(&mut self) -> Parsed<(SecurableClass, ObjectName)> {
        let class = self.opt_entry(CLASSES).unwrap_or(SecurableClass::Object);
        let name = match class {
            SecurableClass::Object | SecurableClass::Type | SecurableClass::XmlSchemaCollection => {
                self.object_name()?
            }
            _ => self.ident_or_keyword().map(|ident| ObjectName { parts: vec![ident] })?,
        };
        Ok((class, name))
    }

    /// Behind ALTER AUTHORIZATION.
    pub(crate) fn alter_authorization(&mut self) -> Parsed<StatementKind> {
        self.expect("ON")?;
        let (class, name) = self.classified_name()?;
        self.expect("TO")?;
        let owner: Option<Ident> =
            if self.eat("SCHEMA OWNER") { None } else { Some(self.ident_or_keyword()?) };
        security(SecurityStatement::AlterAuthorization(AlterAuthorization { class, name, owner }))
    }

    /// `ADD|DROP [COUNTER] SIGNATURE TO|FROM module BY signer, …`.
    pub(crate) fn signature(&mut self) -> Parsed<StatementKind> {
        let add = self.expect_one(&["ADD", "DROP"])? == "ADD";
        let counter = self.eat("COUNTER");
        self.expect("SIGNATURE")?;
        self.expect(if add { "TO" } else { "FROM" })?;
        let (class, module) = self.classified_name()?;
        self.expect("BY")?;
        let signers = self.list(Parser::signer)?;
        let statement = SignatureStatement { add, counter, class, module, signers };
        security(SecurityStatement::Signature(statement))
    }

    fn signer(&mut self) -> Parsed<Signer> {
        let certificate = self.expect_one(&["CERTIFICATE", "ASYMMETRIC KEY"])? == "CERTIFICATE";
        let mut signer = Signer { certificate, name: self.ident()?, password: None, signature: None };
        match self.eat_any(&["WITH PASSWORD =", "WITH SIGNATURE ="]) {
            Some("WITH PASSWORD =") => signer.password = Some(self.string()?),
            Some(_) => signer.signature = Some(self.binary()?),
            None => {}
        }
        Ok(signer)
    }
}
