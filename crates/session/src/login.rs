//! Logging in: who it is, whether he may, and which database he lands in.

use duologue_broker::Instance;
use duologue_catalog::objects::{Login, LoginKind};
use duologue_catalog::{Catalog, ContextStack, Permission, Securable, SecurityContext};
use duologue_keys::PasswordHash;
use duologue_messages::{SqlError, sql_error};
use duologue_types::{LoginId, SessionId};

use crate::host::Host;
use crate::session::Session;
use crate::state::SessionState;

/// What LOGIN7 says.
#[derive(Clone, Debug, Default)]
pub struct LoginRequest {
    /// Login name.
    pub user: String,
    /// Initial database; the login's default database if absent.
    pub database: Option<String>,
    /// Program name.
    pub application: String,
    /// Host name.
    pub host: String,
    /// Library name.
    pub client_interface: String,
    /// `us_english` if absent.
    pub language: Option<String>,
    /// TDS packet size in bytes.
    pub packet_size: u32,
    /// Where the client is, for the log.
    pub address: String,
}

/// A login that exists: what is needed to verify its password without the instance.
#[derive(Clone)]
pub struct LoginCandidate {
    /// The login.
    pub login: LoginId,
    /// None: it has no password and cannot connect.
    pub hash: Option<PasswordHash>,
}

/// The first half of logging in: the login with that name. `None` for unknown names, roles and logins that only
/// carry permissions; the caller then verifies against a dummy hash, to take the same time.
pub fn login_candidate(instance: &Instance, user: &str) -> Option<LoginCandidate> {
    let login = instance.catalog().server.logins.find(user).filter(|login| login.kind == LoginKind::Sql)?;
    let hash = login.password_hash.clone().and_then(|stored| PasswordHash::try_from(stored).ok());
    Some(LoginCandidate { login: login.id, hash })
}

impl Session {
    /// The second half of logging in, after the password was verified.
    ///
    /// # Errors
    /// 18470 for a disabled login, 18456 without CONNECT SQL, 4060 when the requested database cannot be entered,
    /// 4064 when that is so for the default database.
    pub fn open(
        instance: &mut Instance,
        request: &LoginRequest,
        candidate: &LoginCandidate,
        id: SessionId,
        host: &mut Host<'_>,
    ) -> Result<Self, SqlError> {
        let catalog = instance.catalog();
        let failed = || sql_error!(18456, request.user, "", "");
        let login = catalog.server.logins.get(candidate.login.0).ok_or_else(failed)?;
        if login.disabled {
            return Err(sql_error!(18470, login.name, ""));
        }
        let security = enter_first_database(catalog, login, request)?;
        if !catalog.has(&security, Permission::ConnectSql, Securable::Server) {
            return Err(failed());
        }
        let mut state = SessionState::new(id, host.now);
        state.app_name = request.application.as_str().into();
        state.host_name = request.host.as_str().into();
        state.client_interface = request.client_interface.as_str().into();
        state.connection.packet_size = i32::try_from(request.packet_size).unwrap_or(i32::MAX);
        state.connection.connected = host.now;
        let session = Self::new(state, ContextStack::new(security));
        session.show(instance);
        Ok(session)
    }
}

fn enter_first_database(
    catalog: &Catalog,
    login: &Login,
    request: &LoginRequest,
) -> Result<SecurityContext, SqlError> {
    let enter = |name: &str| {
        let database = catalog.require_database(name)?;
        SecurityContext::for_login(catalog, login.id, database.settings.id)
    };
    match request.database.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => enter(name).map_err(|_| sql_error!(4060, name)),
        None => enter(&login.default_database).map_err(|_| sql_error!(4064)),
    }
}
