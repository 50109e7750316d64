//! Database users and roles.

use crate::ast::{
    ApplicationRoleOptions, CreateUser, SecurityStatement, StatementKind, UserOptions, UserSource,
};
use crate::errors::Parsed;
use crate::grammar::login::security;
use crate::parser::Parser;

impl Parser<'_> {
    pub(crate) fn create_user(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        let source = match self.eat_any(&["FOR", "FROM", "WITHOUT LOGIN"]) {
            Some("WITHOUT LOGIN") => UserSource::WithoutLogin,
            Some(_) => self.user_source()?,
            None => UserSource::SameName,
        };
        let mut user = CreateUser { name, source, options: UserOptions::default() };
        if self.eat("WITH") {
            self.list(|parser| parser.user_option(&mut user.options))?;
        }
        if let (UserSource::SameName, Some(new)) = (&user.source, user.options.password.take()) {
            user.source = UserSource::Password(new.password);
        }
        security(SecurityStatement::CreateUser(user))
    }

    /// Behind FOR or FROM.
    fn user_source(&mut self) -> Parsed<UserSource> {
        Ok(match self.expect_one(&["LOGIN", "CERTIFICATE", "ASYMMETRIC KEY", "EXTERNAL PROVIDER"])? {
            "LOGIN" => UserSource::Login(self.ident()?),
            "CERTIFICATE" => UserSource::Certificate(self.ident()?),
            "ASYMMETRIC KEY" => UserSource::AsymmetricKey(self.ident()?),
            _ => UserSource::ExternalProvider,
        })
    }

    pub(crate) fn alter_user(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        self.expect("WITH")?;
        let mut options = UserOptions::default();
        self.list(|parser| parser.user_option(&mut options))?;
        security(SecurityStatement::AlterUser { name, options })
    }

    fn user_option(&mut self, options: &mut UserOptions) -> Parsed<()> {
        const NAMES: &[&str] = &[
            "DEFAULT_SCHEMA =",
            "NAME =",
            "LOGIN =",
            "DEFAULT_LANGUAGE =",
            "SID =",
            "PASSWORD =",
            "ALLOW_ENCRYPTED_VALUE_MODIFICATIONS =",
        ];
        let start = self.position();
        let fresh = match self.expect_one(NAMES)? {
            "DEFAULT_SCHEMA =" if self.eat("NULL") => options.default_schema.replace(None).is_none(),
            "DEFAULT_SCHEMA =" => options.default_schema.replace(Some(self.ident()?)).is_none(),
            "NAME =" => options.new_name.replace(self.ident()?).is_none(),
            "LOGIN =" => options.login.replace(self.ident()?).is_none(),
            "DEFAULT_LANGUAGE =" => options.default_language.replace(self.ident_or_keyword()?).is_none(),
            "SID =" => options.sid.replace(self.binary()?).is_none(),
            "PASSWORD =" => options.password.replace(self.new_password()?).is_none(),
            _ => {
                self.on_off()?;
                true
            }
        };
        self.once(fresh, start)
    }

    pub(crate) fn create_role(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        let authorization = self.authorization()?;
        security(SecurityStatement::CreateRole { name, authorization })
    }

    pub(crate) fn alter_role(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        security(SecurityStatement::AlterRole { name, action: self.role_action()? })
    }

    pub(crate) fn create_application_role(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        security(SecurityStatement::CreateApplicationRole { name, options: self.application_role_options()? })
    }

    pub(crate) fn alter_application_role(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        security(SecurityStatement::AlterApplicationRole { name, options: self.application_role_options()? })
    }

    fn application_role_options(&mut self) -> Parsed<ApplicationRoleOptions> {
        self.expect("WITH")?;
        let mut options = ApplicationRoleOptions::default();
        self.list(|parser| {
            let start = parser.position();
            let fresh = match parser.expect_one(&["NAME =", "PASSWORD =", "DEFAULT_SCHEMA ="])? {
                "NAME =" => options.new_name.replace(parser.ident()?).is_none(),
                "PASSWORD =" => options.password.replace(parser.string()?).is_none(),
                _ => options.default_schema.replace(parser.ident()?).is_none(),
            };
            parser.once(fresh, start)
        })?;
        Ok(options)
    }
}
