//! Whose rights count: the security context of a session, and how EXECUTE AS changes it.

use duologue_messages::{SqlError, sql_error};
use duologue_types::{DatabaseId, LoginId, PrincipalId};

use super::evaluate::Evaluation;
use super::{Permission, Securable};
use crate::fresh::{DBO, GUEST, INFORMATION_SCHEMA, SYS};
use crate::objects::{Catalog, Database, LoginKind, PrincipalKind};

/// How far a context reaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ContextScope {
    /// Rights of the login on the server and in every database count.
    Server,
    /// EXECUTE AS USER and activation: only rights of this user in this database count.
    Database {
        /// The database that vouches for the user.
        home: DatabaseId,
        /// Who he is there.
        user: PrincipalId,
    },
}

/// The effective user of a session, and the database in which names are looked up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SecurityContext {
    /// `ORIGINAL_LOGIN()`.
    pub original_login: LoginId,
    /// The effective login; a user without login has none.
    pub login: Option<LoginId>,
    /// The current database.
    pub database: DatabaseId,
    /// The effective user in that database.
    pub user: PrincipalId,
    /// How far it reaches.
    pub scope: ContextScope,
}

impl SecurityContext {
    /// The context of a login that enters `database`, or error 916.
    pub fn for_login(catalog: &Catalog, login: LoginId, database: DatabaseId) -> Result<Self, SqlError> {
        let user = catalog
            .user_of_login(login, database)
            .ok_or_else(|| no_access(catalog, Some(login), database))?;
        Ok(Self { original_login: login, login: Some(login), database, user, scope: ContextScope::Server })
    }

    /// The context of a user within his database, as activation and remote authorization need it: no right outside
    /// counts.
    pub fn for_user(catalog: &Catalog, database: DatabaseId, user: PrincipalId) -> Self {
        let login = catalog.login_of_user(database, user).map(|login| login.id);
        let scope = ContextScope::Database { home: database, user };
        Self { original_login: login.unwrap_or_default(), login, database, user, scope }
    }

    /// `USE database`, or error 916. A user's context leaves its database only if that is trusted.
    pub fn enter(&self, catalog: &Catalog, database: DatabaseId) -> Result<Self, SqlError> {
        let refused = || no_access(catalog, self.login, database);
        let user = match self.scope {
            ContextScope::Server => self.login.and_then(|login| catalog.user_of_login(login, database)),
            ContextScope::Database { home, user } if home == database => Some(user),
            ContextScope::Database { home, .. } if catalog.trusts(database, home) => {
                self.login.and_then(|login| catalog.user_of_login(login, database))
            }
            ContextScope::Database { .. } => None,
        };
        Ok(Self { database, user: user.ok_or_else(refused)?, ..self.clone() })
    }

    /// `EXECUTE AS USER`: needs IMPERSONATE on a user who is neither role nor mapped to a certificate; else 15517.
    pub fn execute_as_user(&self, catalog: &Catalog, name: &str) -> Result<Self, SqlError> {
        let refused = || sql_error!(15517, name);
        let database = catalog.database(self.database).ok_or_else(refused)?;
        let user = database.principals.find(name).ok_or_else(refused)?;
        if !catalog.can_be_impersonated(database, user.id)
            || !catalog.has(self, Permission::Impersonate, Securable::Principal(user.id))
        {
            return Err(refused());
        }
        Ok(self.as_user(catalog, user.id))
    }

    /// The context in which `user` of the current database acts, whoever asked for it.
    pub fn as_user(&self, catalog: &Catalog, user: PrincipalId) -> Self {
        let confined = Self::for_user(catalog, self.database, user);
        let trusted = catalog.trusts_on_server(self.database) && confined.login.is_some();
        let scope = if trusted { ContextScope::Server } else { confined.scope };
        Self { original_login: self.original_login, scope, ..confined }
    }

    /// `EXECUTE AS LOGIN`: needs IMPERSONATE on the login; else 15406. The current database stays, so the login
    /// must have access to it (916).
    pub fn execute_as_login(&self, catalog: &Catalog, name: &str) -> Result<Self, SqlError> {
        let refused = || sql_error!(15406, name);
        let login = catalog.server.logins.find(name).ok_or_else(refused)?;
        if login.kind != LoginKind::Sql
            || !catalog.has(self, Permission::Impersonate, Securable::Login(login.id))
        {
            return Err(refused());
        }
        let context = Self::for_login(catalog, login.id, self.database)?;
        Ok(Self { original_login: self.original_login, ..context })
    }
}

impl Catalog {
    /// The user that a login is in a database: dbo for sysadmin and the owner, the user made for it, else guest if
    /// he is enabled. `None`: no access (916).
    pub fn user_of_login(&self, login: LoginId, database: DatabaseId) -> Option<PrincipalId> {
        let found = self.database(database)?;
        let login = self.server.logins.get(login.0)?;
        if found.settings.owner == login.id || self.is_sysadmin(login.id) {
            return Some(DBO);
        }
        let user = found.user_by_sid(&login.sid).map_or(GUEST, |user| user.id);
        let context = SecurityContext {
            original_login: login.id,
            login: Some(login.id),
            database,
            user,
            scope: ContextScope::Server,
        };
        self.has(&context, Permission::Connect, Securable::Database).then_some(user)
    }

    /// Whether EXECUTE AS may name the user at all.
    fn can_be_impersonated(&self, database: &Database, user: PrincipalId) -> bool {
        let Some(principal) = database.principals.get(user.0) else { return false };
        match principal.kind {
            PrincipalKind::UserWithoutLogin => user != SYS && user != INFORMATION_SCHEMA,
            // An orphaned user, whose login is gone, cannot act.
            PrincipalKind::User => user == GUEST || self.login_of_user(database.settings.id, user).is_some(),
            _ => false,
        }
    }

    /// Whether users of `home` are believed in `database`: `home` is TRUSTWORTHY and its owner has AUTHENTICATE there.
    pub fn trusts(&self, database: DatabaseId, home: DatabaseId) -> bool {
        let Some(source) = self.database(home) else { return false };
        if !source.settings.trustworthy {
            return false;
        }
        let owner = source.settings.owner;
        let context = SecurityContext::for_login(self, owner, database);
        context.is_ok_and(|context| self.has(&context, Permission::Authenticate, Securable::Database))
    }

    /// Whether users of `home` keep their logins' rights on the server: as [`Catalog::trusts`], with AUTHENTICATE
    /// SERVER.
    fn trusts_on_server(&self, home: DatabaseId) -> bool {
        let Some(source) = self.database(home) else { return false };
        source.settings.trustworthy
            && Evaluation::of_login(self, source.settings.owner).has_on_server(Permission::AuthenticateServer)
    }
}

fn no_access(catalog: &Catalog, login: Option<LoginId>, database: DatabaseId) -> SqlError {
    let login = login.map(|login| catalog.login_name(login)).unwrap_or_default();
    let database = catalog.database(database).map(|found| found.settings.name.clone()).unwrap_or_default();
    sql_error!(916, login, database)
}
