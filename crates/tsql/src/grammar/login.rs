//! Logins and server roles.

use crate::ast::{
    AlterLogin, AlterLoginAction, CreateLogin, LoginOptions, LoginSource, NewPassword, Password, RoleAction,
    SecurityStatement, StatementKind,
};
use crate::errors::{Parsed, not_built};
use crate::parser::Parser;
use crate::token::TokenKind;

pub(crate) fn security(statement: SecurityStatement) -> Parsed<StatementKind> {
    Ok(StatementKind::Security(Box::new(statement)))
}

impl Parser<'_> {
    pub(crate) fn create_login(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        if self.at("FROM EXTERNAL PROVIDER") {
            return not_built("CREATE LOGIN FROM EXTERNAL PROVIDER");
        }
        let source =
            match self.expect_one(&["WITH", "FROM WINDOWS", "FROM CERTIFICATE", "FROM ASYMMETRIC KEY"])? {
                "WITH" => self.login_with_password()?,
                "FROM WINDOWS" => {
                    let mut options = LoginOptions::default();
                    if self.eat("WITH") {
                        self.list(|parser| parser.login_option(&mut options))?;
                    }
                    LoginSource::Windows(options)
                }
                "FROM CERTIFICATE" => LoginSource::Certificate(self.ident()?),
                _ => LoginSource::AsymmetricKey(self.ident()?),
            };
        security(SecurityStatement::CreateLogin(CreateLogin { name, source }))
    }

    fn login_with_password(&mut self) -> Parsed<LoginSource> {
        self.expect_option("PASSWORD")?;
        let password = self.password_value()?;
        let must_change = self.eat("MUST_CHANGE");
        let mut options = LoginOptions::default();
        while self.eat(",") {
            self.login_option(&mut options)?;
        }
        Ok(LoginSource::Password { password, must_change, options })
    }

    /// `'text'` or `0x… HASHED`.
    pub(crate) fn password_value(&mut self) -> Parsed<Password> {
        if self.peek().kind != TokenKind::Binary {
            let text = self.string()?;
            self.skip("HASHED");
            return Ok(Password::Text(text));
        }
        let hash = self.binary()?;
        self.expect("HASHED")?;
        Ok(Password::Hashed(hash))
    }

    fn login_option(&mut self, options: &mut LoginOptions) -> Parsed<()> {
        const NAMES: &[&str] = &[
            "SID =",
            "DEFAULT_DATABASE =",
            "DEFAULT_LANGUAGE =",
            "CHECK_EXPIRATION =",
            "CHECK_POLICY =",
            "CREDENTIAL =",
            "NAME =",
            "NO CREDENTIAL",
        ];
        let start = self.position();
        let fresh = match self.expect_one(NAMES)? {
            "SID =" => options.sid.replace(self.binary()?).is_none(),
            "DEFAULT_DATABASE =" => options.default_database.replace(self.ident()?).is_none(),
            "DEFAULT_LANGUAGE =" => options.default_language.replace(self.ident_or_string()?).is_none(),
            "CHECK_EXPIRATION =" => options.check_expiration.replace(self.on_off()?).is_none(),
            "CHECK_POLICY =" => options.check_policy.replace(self.on_off()?).is_none(),
            "CREDENTIAL =" => options.credential.replace(self.ident()?).is_none(),
            "NAME =" => options.new_name.replace(self.ident()?).is_none(),
            _ => !std::mem::replace(&mut options.no_credential, true),
        };
        self.once(fresh, start)
    }

    pub(crate) fn alter_login(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        let action =
            match self.expect_one(&["ENABLE", "DISABLE", "WITH", "ADD CREDENTIAL", "DROP CREDENTIAL"])? {
                "ENABLE" => AlterLoginAction::Enable,
                "DISABLE" => AlterLoginAction::Disable,
                "WITH" => self.alter_login_options()?,
                "ADD CREDENTIAL" => AlterLoginAction::AddCredential(self.ident()?),
                _ => AlterLoginAction::DropCredential(self.ident()?),
            };
        security(SecurityStatement::AlterLogin(AlterLogin { name, action }))
    }

    fn alter_login_options(&mut self) -> Parsed<AlterLoginAction> {
        let (mut password, mut options) = (None, LoginOptions::default());
        self.list(|parser| {
            if !parser.eat_option("PASSWORD") {
                return parser.login_option(&mut options);
            }
            let start = parser.position() - 2;
            let fresh = password.replace(parser.new_password()?).is_none();
            parser.once(fresh, start)
        })?;
        Ok(AlterLoginAction::Set { password, options })
    }

    /// Behind `PASSWORD =` of an ALTER: the password and the words that belong to it.
    pub(crate) fn new_password(&mut self) -> Parsed<NewPassword> {
        let password = self.password_value()?;
        let mut new = NewPassword { password, old_password: None, must_change: false, unlock: false };
        loop {
            match self.eat_any(&["OLD_PASSWORD =", "MUST_CHANGE", "UNLOCK"]) {
                Some("OLD_PASSWORD =") => new.old_password = Some(self.string()?),
                Some("MUST_CHANGE") => new.must_change = true,
                Some(_) => new.unlock = true,
                None => return Ok(new),
            }
        }
    }

    pub(crate) fn create_server_role(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        let authorization = self.authorization()?;
        security(SecurityStatement::CreateServerRole { name, authorization })
    }

    pub(crate) fn alter_server_role(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        security(SecurityStatement::AlterServerRole { name, action: self.role_action()? })
    }

    pub(crate) fn role_action(&mut self) -> Parsed<RoleAction> {
        Ok(match self.expect_one(&["ADD MEMBER", "DROP MEMBER", "WITH NAME ="])? {
            "ADD MEMBER" => RoleAction::AddMember(self.ident()?),
            "DROP MEMBER" => RoleAction::DropMember(self.ident()?),
            _ => RoleAction::Rename(self.ident()?),
        })
    }
}
