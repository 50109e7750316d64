//! Authorization of peers: only what a database itself grants counts, no right on the server.

use duologue_types::{DatabaseId, EndpointId, LoginId, PrincipalId, ServiceId};

use super::{Evaluation, Permission, Securable, SecurityContext};
use crate::fresh::{PUBLIC, SERVER_PUBLIC};
use crate::objects::Catalog;

impl Catalog {
    /// Whether `principal` may send to `service`. Dialogs without or with anonymous security pass `public`.
    pub fn principal_has_send(
        &self,
        database: DatabaseId,
        principal: PrincipalId,
        service: ServiceId,
    ) -> bool {
        self.principal_has(database, principal, Permission::Send, Securable::Service(service))
    }

    /// Whether `principal` controls `service`: the owner of the destination certificate must (28056).
    pub fn principal_controls_service(
        &self,
        database: DatabaseId,
        principal: PrincipalId,
        service: ServiceId,
    ) -> bool {
        self.principal_has(database, principal, Permission::Control, Securable::Service(service))
    }

    /// Whether a named user may enter the database (11211); `public` is never asked.
    pub fn principal_may_connect(&self, database: DatabaseId, principal: PrincipalId) -> bool {
        principal == PUBLIC
            || self.principal_has(database, principal, Permission::Connect, Securable::Database)
    }

    fn principal_has(
        &self,
        database: DatabaseId,
        principal: PrincipalId,
        permission: Permission,
        securable: Securable,
    ) -> bool {
        let exists = self.database(database).is_some_and(|found| found.principals.get(principal.0).is_some());
        exists && self.has(&SecurityContext::for_user(self, database, principal), permission, securable)
    }

    /// Whether a peer may connect to the endpoint: the login of its certificate's owner, or `public` if the
    /// certificate is unknown. A disabled login has no access.
    pub fn peer_may_connect(&self, login: Option<LoginId>, endpoint: EndpointId) -> bool {
        let login = login.unwrap_or(SERVER_PUBLIC);
        let enabled = self.server.logins.get(login.0).is_some_and(|login| !login.disabled);
        enabled && Evaluation::of_login(self, login).has(Permission::Connect, Securable::Endpoint(endpoint))
    }
}
