//! One client: a loop that does what can be done, then waits until something can change.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use duologue_messages::SqlError;
use duologue_session::Session;
use duologue_tds::{Connection, EnvChange, Event, Login7, Request, Reset, TlsMode, TlsPosition};
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout};

use super::listener::Settings;
use super::login::{LoggedIn, Origin, log_in};
use super::places::Place;
use super::request::calls;
use super::run::Run;
use crate::clock;
use crate::sessions::{Registration, SessionSignal};
use crate::shared::Shared;
use crate::transport::{Received, Transport};

/// From the connection to the login's success.
const LOGIN_TIMEOUT: Duration = Duration::from_secs(30);
/// For the last words of a connection, and for answers that wait for the store when the server stops.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

type PendingLogin = Pin<Box<dyn Future<Output = Result<LoggedIn, Vec<SqlError>>> + Send>>;

/// What the loop waited for.
enum Wakeup {
    /// The socket has something, or takes something.
    Socket { is_readable: bool },
    /// The login is decided.
    Login(Box<Result<LoggedIn, Vec<SqlError>>>),
    /// The session was woken, or its wait is over.
    Session,
    /// The loop can go on as it is.
    Again,
    /// The client did not log in, or could not be answered, in time; or another one needs its place.
    Late,
}

struct Client {
    shared: Arc<Shared>,
    settings: Arc<Settings>,
    place: Arc<Place>,
    transport: Transport,
    protocol: Connection,
    address: SocketAddr,
    local: Option<SocketAddr>,
    login: Option<PendingLogin>,
    session: Option<(Session, Registration)>,
    run: Option<Run>,
    /// Notified once what the run tells of is durable.
    flushed: Arc<Notify>,
    /// The client is gone, or not wanted any more.
    is_over: bool,
    /// When waiting ends: for the login; for the last answer when the server stops.
    deadline: Option<Instant>,
}

/// Serves a client until either side ends it.
pub(super) async fn serve(
    shared: Arc<Shared>,
    settings: Arc<Settings>,
    place: Arc<Place>,
    socket: TcpStream,
    address: SocketAddr,
) {
    let mut client = Client {
        protocol: Connection::new(settings.protocol.clone()),
        local: socket.local_addr().ok(),
        transport: Transport::new(socket),
        shared,
        settings,
        place,
        address,
        login: None,
        session: None,
        run: None,
        flushed: Arc::default(),
        is_over: false,
        deadline: Some(Instant::now() + LOGIN_TIMEOUT),
    };
    if let Err(error) = client.drive().await {
        tracing::debug!(%address, %error, "a client's connection broke");
    }
    client.close().await;
}

impl Client {
    async fn drive(&mut self) -> io::Result<()> {
        let mut stopping = self.shared.stopping();
        loop {
            self.work()?;
            self.transport.write()?;
            if *stopping.borrow() && !self.may_finish() {
                return Ok(());
            }
            if self.is_over || self.protocol.is_closed() {
                return Ok(());
            }
            match self.wait(&mut stopping).await? {
                Wakeup::Socket { is_readable: true } => self.read()?,
                Wakeup::Socket { is_readable: false } | Wakeup::Again => {}
                Wakeup::Login(outcome) => self.logged_in(*outcome)?,
                Wakeup::Session => self.woken(),
                Wakeup::Late => return Ok(()),
            }
        }
    }

    /// The server stops: an answer that only waits for the store or the client is still given, for a while.
    fn may_finish(&mut self) -> bool {
        let latest = Instant::now() + CLOSE_TIMEOUT;
        self.deadline = Some(self.deadline.map_or(latest, |deadline| deadline.min(latest)));
        self.run.as_ref().is_some_and(Run::has_ended)
            || (self.session.is_some() && self.transport.pending() > 0)
    }

    /// Does everything that can be done without waiting, one step of the session at most.
    fn work(&mut self) -> io::Result<()> {
        let mut may_step = true;
        while !self.is_over
            && let (Some((session, _)), Some(run)) = (&mut self.session, &mut self.run)
        {
            if let Some(packets) = run.take_sendable(&self.shared.durable, &self.flushed) {
                self.transport.send(&packets)?;
            }
            if run.is_over() {
                self.is_over |= run.is_fatal();
                self.run = None;
                let events = self.protocol.complete();
                self.handle(events)?;
            } else if may_step && run.can_step(self.transport.pending()) {
                may_step = false;
                let stepped = run.step(&self.shared, session);
                stepped.map_err(|_| io::Error::other("the session ended by an internal error"))?;
            } else {
                break;
            }
        }
        Ok(())
    }

    async fn wait(&mut self, stopping: &mut watch::Receiver<bool>) -> io::Result<Wakeup> {
        let can_step = self.run.as_ref().is_some_and(|run| run.can_step(self.transport.pending()));
        let wakes_at = self.run.as_ref().and_then(Run::wakes_at);
        let signal = self.session.as_ref().map(|(_, registration)| &*registration.signal);
        Ok(tokio::select! {
            biased;
            ready = self.transport.ready(true) => Wakeup::Socket { is_readable: ready?.is_readable() },
            outcome = decision(&mut self.login) => Wakeup::Login(Box::new(outcome)),
            () = woken(signal) => Wakeup::Session,
            () = clock::sleep_until(wakes_at) => Wakeup::Session,
            () = self.flushed.notified() => Wakeup::Again,
            _ = stopping.changed() => Wakeup::Again,
            () = late(self.deadline) => Wakeup::Late,
            () = self.place.wanted(), if self.session.is_none() => Wakeup::Late,
            () = tokio::task::yield_now(), if can_step => Wakeup::Again,
        })
    }

    fn read(&mut self) -> io::Result<()> {
        let mut plain = Vec::new();
        let received = self.transport.read(&mut plain)?;
        self.receive(&plain)?;
        self.is_over |= received == Received::Closed;
        Ok(())
    }

    fn receive(&mut self, plain: &[u8]) -> io::Result<()> {
        if let TlsPosition::Handshake(_) = self.protocol.tls_position()
            && !self.transport.is_handshaking()
        {
            self.protocol.tls_established();
        }
        if plain.is_empty() {
            return Ok(());
        }
        let events = self.protocol.receive(plain).unwrap_or_else(|error| {
            tracing::info!(address = %self.address, %error, "a client was refused");
            Vec::new()
        });
        self.handle(events)
    }

    fn handle(&mut self, events: Vec<Event>) -> io::Result<()> {
        for event in events {
            match event {
                Event::StartTls { mode, bytes } => self.start_tls(mode, &bytes)?,
                Event::StopTls => self.transport.stop_tls(),
                Event::Login(login) => self.begin_login(login),
                Event::Request(request) => self.begin_request(request),
                Event::Attention => {
                    if let (Some((session, _)), Some(run)) = (&mut self.session, &mut self.run) {
                        run.interrupt(&self.shared, session);
                    }
                }
                Event::Prelogin(prelogin) => tracing::debug!(address = %self.address, ?prelogin, "prelogin"),
                Event::Refused(error) => {
                    tracing::info!(address = %self.address, %error, "a request was refused");
                }
            }
        }
        self.send_output()
    }

    fn send_output(&mut self) -> io::Result<()> {
        let output = self.protocol.take_output();
        if output.is_empty() { Ok(()) } else { self.transport.send(&output) }
    }

    fn start_tls(&mut self, mode: TlsMode, bytes: &[u8]) -> io::Result<()> {
        // The answer to PRELOGIN still goes in clear.
        self.send_output()?;
        let (session, framing) = self.settings.tls.accept(mode)?;
        self.transport.start_tls(session, framing);
        let mut plain = Vec::new();
        self.transport.decrypt(bytes, &mut plain)?;
        self.receive(&plain)
    }

    fn begin_login(&mut self, login: Box<Login7>) {
        let origin = Origin {
            client: self.address,
            local: self.local,
            is_encrypted: matches!(self.protocol.tls_position(), TlsPosition::Encrypted(_)),
        };
        debug_assert!(origin.is_encrypted || !self.settings.requires_encryption());
        self.login = Some(Box::pin(log_in(self.shared.clone(), self.settings.clone(), login, origin)));
    }

    fn logged_in(&mut self, outcome: Result<LoggedIn, Vec<SqlError>>) -> io::Result<()> {
        self.login = None;
        match outcome {
            Ok(LoggedIn { session, registration, answer }) => {
                self.protocol.accept_login(&answer);
                self.session = Some((session, registration));
                self.place.logged_in();
                self.deadline = None;
            }
            Err(errors) => self.protocol.refuse_login(&errors),
        }
        self.send_output()
    }

    fn begin_request(&mut self, request: Request) {
        let Some((session, _)) = &mut self.session else { return };
        let mut response = self.protocol.response();
        if request.reset != Reset::No {
            let keep_transaction = request.reset == Reset::KeepTransaction;
            let (old, new) = self.shared.with_host(|instance, host| {
                let old = session.database_name(instance);
                session.reset(instance, keep_transaction, host);
                (old, session.database_name(instance))
            });
            response.env_change(EnvChange::ResetDone);
            if old != new {
                response.env_change(EnvChange::Database { new: &new, old: &old });
            }
        }
        self.run = Some(Run::new(response, calls(request.body)));
    }

    fn woken(&mut self) {
        self.is_over |= self.session.as_ref().is_some_and(|(_, registration)| registration.signal.is_ended());
        if let Some(run) = &mut self.run {
            run.wake();
        }
    }

    /// Gives the session up, whatever it was doing, and says the last words.
    async fn close(mut self) {
        if let Some((mut session, _registration)) = self.session.take() {
            let closed = self
                .shared
                .with_host(|instance, host| catch_unwind(AssertUnwindSafe(|| session.close(instance, host))));
            if closed.is_err() {
                self.shared.fail("A session could not be ended. Start the server again.");
            }
        }
        if self.protocol.is_closed() || self.is_over {
            self.transport.close_tls();
            let _ = timeout(CLOSE_TIMEOUT, self.transport.finish()).await;
        }
    }
}

/// What there is not is waited for forever.
async fn decision(login: &mut Option<PendingLogin>) -> Result<LoggedIn, Vec<SqlError>> {
    match login {
        Some(login) => login.await,
        None => std::future::pending().await,
    }
}

async fn woken(signal: Option<&SessionSignal>) {
    match signal {
        Some(signal) => signal.wake.notified().await,
        None => std::future::pending().await,
    }
}

async fn late(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
