//! Logging in: the password is verified outside the instance's lock, and slowly for those who guess.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use duologue_keys::{PasswordHash, random_guid};
use duologue_messages::{SqlError, sql_error};
use duologue_session::{LoginCandidate, LoginRequest, Session, login_candidate, state};
use duologue_tds::packet::{DEFAULT_PACKET_SIZE, MAX_PACKET_SIZE, MIN_PACKET_SIZE};
use duologue_tds::{Login7, LoginAnswer};

use super::listener::Settings;
use crate::clock;
use crate::log;
use crate::random::OsRandom;
use crate::sessions::Registration;
use crate::shared::Shared;

/// What a password is verified against when there is no such login, to take the same time.
static NOBODY: LazyLock<PasswordHash> = LazyLock::new(|| PasswordHash::new("", &mut OsRandom));

/// A client that is in.
pub(super) struct LoggedIn {
    pub(super) session: Session,
    pub(super) registration: Registration,
    pub(super) answer: LoginAnswer,
}

/// How the client is connected.
#[derive(Clone, Copy)]
pub(super) struct Origin {
    pub(super) client: SocketAddr,
    pub(super) local: Option<SocketAddr>,
    /// By more than its login.
    pub(super) is_encrypted: bool,
}

/// Lets the client in, or tells what it is told.
pub(super) async fn log_in(
    shared: Arc<Shared>,
    settings: Arc<Settings>,
    login: Box<Login7>,
    origin: Origin,
) -> Result<LoggedIn, Vec<SqlError>> {
    if login.wants_integrated_security() {
        return Err(vec![sql_error!(18452, "")]);
    }
    if login.wants_password_change() {
        return Err(vec![sql_error!(49901, "changing the password with the login")]);
    }
    let address = origin.client.ip();
    let delay = settings.slow_down.delay(address, Instant::now());
    if !delay.is_zero() {
        log::message(&sql_error!(49908));
        tokio::time::sleep(delay).await;
    }
    let candidate = shared.with_instance(|instance| login_candidate(instance, &login.user_name));
    let Some(candidate) = verify(&settings, candidate, &login).await else {
        settings.slow_down.failed(address, Instant::now());
        let client = format!(" [CLIENT: {address}]");
        log::message(&sql_error!(
            18456,
            login.user_name,
            " The login does not exist or its password differs.",
            client
        ));
        return Err(vec![failed(&login)]);
    };
    settings.slow_down.succeeded(address);
    open(&shared, &login, &candidate, origin)
}

/// 18456 tells the client nothing about the reason.
fn failed(login: &Login7) -> SqlError {
    sql_error!(18456, login.user_name, "", "")
}

/// The candidate if the password is his.
async fn verify(
    settings: &Settings,
    candidate: Option<LoginCandidate>,
    login: &Login7,
) -> Option<LoginCandidate> {
    let _permit = settings.password_checks.acquire().await.ok()?;
    let password = login.password.clone();
    let check = move || {
        let hash = candidate.as_ref().and_then(|found| found.hash.as_ref());
        let has_hash = hash.is_some();
        let is_right = hash.unwrap_or(&NOBODY).verify(password.expose());
        candidate.filter(|_| has_hash && is_right)
    };
    tokio::task::spawn_blocking(check).await.ok().flatten()
}

fn open(
    shared: &Arc<Shared>,
    login: &Login7,
    candidate: &LoginCandidate,
    origin: Origin,
) -> Result<LoggedIn, Vec<SqlError>> {
    let Some(registration) = shared.sessions.register() else {
        return Err(vec![sql_error!(49909, "there are as many sessions as can be")]);
    };
    let request = request(login, origin);
    let opened = shared.with_host(|instance, host| {
        let mut session = Session::open(instance, &request, candidate, registration.id, host)?;
        session.set_connection(connection(login, &request, origin));
        session.share_programs(shared.programs.clone());
        let answer = LoginAnswer {
            database: session.database_name(instance),
            language: session.language().to_owned(),
            spid: registration.id.0 as u16,
        };
        Ok((session, answer))
    });
    match opened {
        Ok((session, answer)) => Ok(LoggedIn { session, registration, answer }),
        Err(error @ SqlError { number: 18456, .. }) => Err(vec![error]),
        Err(error) => {
            log::message(&error);
            Err(vec![error, failed(login)])
        }
    }
}

fn request(login: &Login7, origin: Origin) -> LoginRequest {
    let given = |text: &String| (!text.is_empty()).then(|| text.clone());
    LoginRequest {
        user: login.user_name.clone(),
        database: given(&login.database),
        application: login.application_name.clone(),
        host: login.host_name.clone(),
        client_interface: login.client_library.clone(),
        language: given(&login.language),
        packet_size: packet_size(login),
        address: origin.client.ip().to_string(),
    }
}

fn connection(login: &Login7, request: &LoginRequest, origin: Origin) -> state::Connection {
    state::Connection {
        id: random_guid(&mut OsRandom),
        connected: clock::now(),
        client: Some(origin.client),
        local: origin.local,
        encrypted: origin.is_encrypted,
        packet_size: request.packet_size as i32,
        protocol_version: login.tds_version as i32,
    }
}

/// As the protocol settles it.
fn packet_size(login: &Login7) -> u32 {
    match login.packet_size {
        0 => DEFAULT_PACKET_SIZE.into(),
        wish => wish.clamp(MIN_PACKET_SIZE.into(), MAX_PACKET_SIZE.into()),
    }
}
