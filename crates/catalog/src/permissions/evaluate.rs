//! Whether a context has a permission.

use duologue_types::{LoginId, PrincipalId};

use super::context::{ContextScope, SecurityContext};
use super::fixed_roles::{self, SYSADMIN};
use super::{Permission, Securable};
use crate::fresh::{DBO, PUBLIC, SERVER_PUBLIC};
use crate::objects::{Catalog, Database, GrantState, SecurableClass};

/// Everybody a context is: logins and server roles, users and database roles.
pub(crate) struct Evaluation<'a> {
    catalog: &'a Catalog,
    database: Option<&'a Database>,
    /// Empty where rights on the server do not count.
    logins: Vec<LoginId>,
    /// Empty outside databases.
    users: Vec<PrincipalId>,
}

/// A permission row's class, securable and name.
type RowPattern<'a> = (SecurableClass, i32, &'a str);

impl<'a> Evaluation<'a> {
    pub(crate) fn of(catalog: &'a Catalog, context: &SecurityContext) -> Self {
        let database = catalog.database(context.database).map(|found| &**found);
        let logins = match (context.scope, context.login) {
            (ContextScope::Server, Some(login)) => catalog.login_roles(login),
            _ => Vec::new(),
        };
        let users = database.map(|database| database.principal_roles(context.user)).unwrap_or_default();
        Self { catalog, database, logins, users }
    }

    pub(crate) fn of_login(catalog: &'a Catalog, login: LoginId) -> Self {
        Self { catalog, database: None, logins: catalog.login_roles(login), users: Vec::new() }
    }

    pub(crate) fn has_on_server(&self, permission: Permission) -> bool {
        self.has(permission, Securable::Server)
    }

    /// Sysadmin and dbo bypass; the owner has everything; otherwise any DENY on what implies the permission wins
    /// over any GRANT.
    pub(crate) fn has(&self, permission: Permission, securable: Securable) -> bool {
        if self.bypasses(securable) || self.owns(securable) || self.is_own_right(permission, securable) {
            return true;
        }
        let covering = self.covering(permission, securable);
        let patterns = patterns(&covering);
        let (granted, denied) = self.explicit(&patterns);
        !denied && !self.denied_by_role(&covering) && (granted || self.implied(&covering))
    }

    /// Whether it has `permission` WITH GRANT OPTION by a permission row.
    pub(crate) fn may_pass_on(&self, permission: Permission, securable: Securable) -> bool {
        let patterns = patterns(&self.covering(permission, securable));
        let mut rows = self.rows();
        rows.any(|(row, state)| state == GrantState::GrantWithGrantOption && patterns.contains(&row))
    }

    pub(crate) fn bypasses(&self, securable: Securable) -> bool {
        self.logins.contains(&SYSADMIN) || (!securable.is_server_scoped() && self.users.contains(&DBO))
    }

    /// Everybody may see himself and act as himself.
    fn is_own_right(&self, permission: Permission, securable: Securable) -> bool {
        let is_self = match securable {
            Securable::Principal(principal) => self.users.contains(&principal),
            Securable::Login(login) => self.logins.contains(&login),
            _ => false,
        };
        is_self && matches!(permission, Permission::Impersonate | Permission::ViewDefinition)
    }

    pub(crate) fn owns(&self, securable: Securable) -> bool {
        match securable {
            Securable::Endpoint(id) => self
                .catalog
                .server
                .endpoints
                .get(id.0)
                .is_some_and(|found| self.logins.contains(&found.owner)),
            _ => {
                let owner = securable.owner(self.database);
                owner.is_some_and(|owner| self.users.contains(&owner))
            }
        }
    }

    /// `permission` on `securable` and everything that implies it, there and on its containers.
    fn covering(&self, permission: Permission, securable: Securable) -> Vec<(Securable, Permission)> {
        let mut found = vec![(securable, permission)];
        let mut next = 0;
        while let Some(&(securable, permission)) = found.get(next) {
            next += 1;
            for implying in self.implied_by(securable, permission) {
                if !found.contains(&implying) {
                    found.push(implying);
                }
            }
        }
        found
    }

    fn implied_by(&self, securable: Securable, permission: Permission) -> Vec<(Securable, Permission)> {
        let Some(kind) = securable.kind(self.catalog, self.database) else { return Vec::new() };
        let Some(rule) = kind.rule(permission) else { return Vec::new() };
        let mut implying = vec![(securable, kind.control())];
        implying.extend(rule.same.map(|same| (securable, same)));
        implying.extend(securable.container(self.database).zip(rule.container));
        implying
    }

    /// Permission rows of everybody it is.
    fn rows(&self) -> impl Iterator<Item = (RowPattern<'_>, GrantState)> {
        let server = self.catalog.server.permissions.iter().filter(|row| self.logins.contains(&row.grantee));
        let server = server.map(|row| ((row.class, row.major_id, row.permission.as_str()), row.state));
        let database = self.database.into_iter().flat_map(|database| database.permissions.iter());
        let database = database.filter(|row| self.users.contains(&row.grantee));
        server.chain(database.map(|row| ((row.class, row.major_id, row.permission.as_str()), row.state)))
    }

    /// Whether some row grants, and whether some row denies.
    fn explicit(&self, patterns: &[RowPattern<'_>]) -> (bool, bool) {
        let (mut granted, mut denied) = (false, false);
        for (_, state) in self.rows().filter(|(row, _)| patterns.contains(row)) {
            match state {
                GrantState::Deny => denied = true,
                GrantState::Grant | GrantState::GrantWithGrantOption => granted = true,
            }
        }
        (granted, denied)
    }

    /// Whether a fixed role or the ownership of a container grants.
    fn implied(&self, covering: &[(Securable, Permission)]) -> bool {
        covering.iter().any(|&(securable, permission)| match securable {
            Securable::Server => self
                .logins
                .iter()
                .any(|role| fixed_roles::granted_to_server_role(*role).contains(&permission)),
            Securable::Database => self
                .users
                .iter()
                .any(|role| fixed_roles::granted_to_database_role(*role).contains(&permission)),
            _ => permission == Permission::Control && self.owns(securable),
        })
    }

    fn denied_by_role(&self, covering: &[(Securable, Permission)]) -> bool {
        covering.iter().any(|&(securable, permission)| {
            securable == Securable::Database
                && self
                    .users
                    .iter()
                    .any(|role| fixed_roles::denied_to_database_role(*role).contains(&permission))
        })
    }
}

fn patterns(covering: &[(Securable, Permission)]) -> Vec<RowPattern<'static>> {
    let pattern = |(securable, permission): &(Securable, Permission)| {
        (securable.class(), securable.major_id(), permission.name())
    };
    covering.iter().map(pattern).collect()
}

impl Catalog {
    /// A login with the server roles it is in, `public` included; a role likewise.
    pub fn login_roles(&self, login: LoginId) -> Vec<LoginId> {
        let mut found = vec![login, SERVER_PUBLIC];
        let mut next = 0;
        while let Some(member) = found.get(next) {
            let roles =
                self.server.logins.get(member.0).map(|member| member.member_of.clone()).unwrap_or_default();
            found.extend(roles.into_iter().filter(|role| !found.contains(role)).collect::<Vec<_>>());
            next += 1;
        }
        found
    }

    /// Whether the context's login is in a server role, or in sysadmin; never true of a context confined to a database.
    pub fn is_in_server_role(&self, context: &SecurityContext, role: LoginId) -> bool {
        let logins = Evaluation::of(self, context).logins;
        logins.contains(&role) || logins.contains(&SYSADMIN)
    }

    /// Whether the login is in `sysadmin`.
    pub fn is_sysadmin(&self, login: LoginId) -> bool {
        self.login_roles(login).contains(&SYSADMIN)
    }
}

impl Database {
    /// A user with the roles he is in, `public` included; a role likewise.
    pub fn principal_roles(&self, principal: PrincipalId) -> Vec<PrincipalId> {
        let mut found = vec![principal];
        let mut next = 0;
        while let Some(member) = found.get(next) {
            let roles =
                self.principals.get(member.0).map(|member| member.member_of.clone()).unwrap_or_default();
            found.extend(roles.into_iter().filter(|role| !found.contains(role)).collect::<Vec<_>>());
            next += 1;
        }
        if !found.contains(&PUBLIC) {
            found.push(PUBLIC);
        }
        found
    }
}
