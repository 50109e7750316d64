//! Clients that misbehave while others work: how fast the others stay, and what each takes.

use std::fmt;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use duologue_bench::client::{RequestBuilder, Wire};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::client::{Client, Target};
use crate::server::{Build, Server, quick_hash};

const DATABASE: &str = "Crowd";
/// Clients that work.
const WORKERS: usize = 4;
/// Threads that log crowds in.
const LOGINS: usize = 8;
const BODY_BYTES: usize = 1024;
/// Who comes in masses has a password that is verified at once: an old form of SQL Server's.
const MEMBER: (&str, &str) = ("member", "Crowd-Only#1");
const PATIENCE: Duration = Duration::from_secs(120);

/// How many of each kind.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Connections that say nothing.
    pub silent: usize,
    /// Connections that stop in the middle of a message.
    pub halves: usize,
    /// Threads that connect, send nonsense, and connect again.
    pub babblers: usize,
    /// Logged-in clients that ask for results without end and read nothing.
    pub deaf: usize,
    /// Sessions that wait for messages.
    pub waiting: usize,
    /// For which speed is measured each time.
    pub measured: Duration,
}

/// How fast clients work.
#[derive(Clone, Copy, Debug)]
pub struct Speed {
    /// Transactions a second.
    pub rate: f64,
    /// Microseconds of the server's CPU for each; on a machine with other work it says more than the rate.
    pub cpu: f64,
}

/// What one kind of crowd does to the others.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The crowd.
    pub crowd: String,
    /// Of the others: before, with the crowd, after it has left.
    pub speed: [Speed; 3],
    /// From connecting to the session, while the crowd is there.
    pub login: Duration,
    /// Bytes of memory for each member, by the server's resident size; negative if it shrank.
    pub bytes_each: i64,
}

impl Figure {
    /// Speed with the crowd as a share of the speed without.
    pub fn ratio(&self) -> f64 {
        let [before, with, after] = self.speed;
        2.0 * with.rate / (before.rate + after.rate)
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { crowd, speed: [before, with, after], login, bytes_each } = self;
        write!(f, "{crowd}: others {:.0}, {:.0}, {:.0} /s ", before.rate, with.rate, after.rate)?;
        write!(f, "and {:.0}, {:.0}, {:.0} µs CPU each ", before.cpu, with.cpu, after.cpu)?;
        write!(f, "before, with, after ({:.2}); login {login:.0?}; {bytes_each} B each", self.ratio())
    }
}

/// Transactions of clients that behave: each sends a message and takes one, in turn.
struct Workers {
    is_over: Arc<AtomicBool>,
    count: Arc<AtomicU64>,
    threads: Vec<JoinHandle<anyhow::Result<()>>>,
}

impl Workers {
    fn start(target: &Target) -> Self {
        let (is_over, count) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let threads = (0..WORKERS).map(|_| {
            let (target, is_over, count) = (target.clone(), is_over.clone(), count.clone());
            std::thread::spawn(move || work(&target, &is_over, &count))
        });
        let threads = threads.collect();
        Self { is_over, count, threads }
    }

    /// Transactions a second from now on, and microseconds of the server's CPU for each.
    fn speed(&self, server: &Server, measured: Duration) -> anyhow::Result<Speed> {
        let cpu = server.cpu()?;
        let (started, before) = (Instant::now(), self.count.load(Ordering::SeqCst));
        std::thread::sleep(measured);
        ensure!(!self.threads.iter().any(JoinHandle::is_finished), "a client that works gave up");
        let count = self.count.load(Ordering::SeqCst) - before;
        let rate = count as f64 / started.elapsed().as_secs_f64();
        Ok(Speed { rate, cpu: (server.cpu()? - cpu).as_secs_f64() * 1e6 / count.max(1) as f64 })
    }

    fn finish(self) -> anyhow::Result<()> {
        self.is_over.store(true, Ordering::SeqCst);
        for thread in self.threads {
            match thread.join() {
                Ok(outcome) => outcome?,
                Err(_) => bail!("a client that works panicked"),
            }
        }
        Ok(())
    }
}

fn work(target: &Target, is_over: &AtomicBool, count: &AtomicU64) -> anyhow::Result<()> {
    let mut client = Client::open(target, DATABASE)?;
    let handle = client
        .batch(
            "SET NOCOUNT ON; DECLARE @h uniqueidentifier; BEGIN DIALOG @h FROM SERVICE Work TO SERVICE 'Work' \
             WITH ENCRYPTION = OFF; SELECT @h",
        )?
        .guid()?;
    let send = RequestBuilder::new("SEND ON CONVERSATION @h (@b)")
        .guid("@h", handle)
        .binary("@b", &[7; BODY_BYTES])
        .build();
    let receive = RequestBuilder::new(
        "WAITFOR (RECEIVE TOP (1) message_type_name, message_body FROM WorkQueue), TIMEOUT 1000",
    )
    .build();
    while !is_over.load(Ordering::SeqCst) {
        for request in [&send, &receive] {
            client.call(request)?;
            count.fetch_add(1, Ordering::SeqCst);
        }
    }
    Ok(())
}

/// Lets each kind of crowd come and go. Nobody who works may be refused meanwhile, and a login must be possible.
pub fn run(
    build: &Build,
    folder: &Path,
    size: Size,
    told: &mut dyn FnMut(&Figure),
) -> anyhow::Result<Vec<Figure>> {
    raise_file_limit()?;
    let server = Server::start(build, &folder.join("crowded"))?;
    set_up(&server.target)?;
    let workers = Workers::start(&server.target);
    // The first statements are compiled, the first log segments made.
    workers.speed(&server, size.measured)?;
    let scene = Scene { server: &server, workers: &workers, measured: size.measured };
    let mut figures = Vec::new();
    let mut add = |figure: anyhow::Result<Figure>| -> anyhow::Result<()> {
        let figure = figure?;
        told(&figure);
        figures.push(figure);
        Ok(())
    };
    add(scene.with("silent connections", size.silent, || silent(&server.target, size.silent, b"")))?;
    add(scene.with("half pre-logins", size.halves, || silent(&server.target, size.halves, HALF)))?;
    add(scene.with("pre-logins and no login", size.halves, || silent(&server.target, size.halves, PRELOGIN)))?;
    add(scene.with("babblers", size.babblers, || Ok(Babblers::start(&server.target, size.babblers))))?;
    add(scene.with("clients that never read", size.deaf, || deaf(&server.target, size.deaf)))?;
    add(scene.with("sessions in WAITFOR", size.waiting, || waiting(&server.target, size.waiting)))?;
    workers.finish()?;
    Ok(figures)
}

struct Scene<'a> {
    server: &'a Server,
    workers: &'a Workers,
    measured: Duration,
}

impl Scene<'_> {
    fn with<C>(
        &self,
        crowd: &str,
        count: usize,
        come: impl FnOnce() -> anyhow::Result<C>,
    ) -> anyhow::Result<Figure> {
        let before = self.workers.speed(self.server, self.measured)?;
        let memory = self.server.resident_bytes()?;
        let members = come().with_context(|| format!("{crowd} could not come"))?;
        // Those who come are busy for a moment: buffers fill, logins end.
        std::thread::sleep(self.measured);
        let grown = i64::try_from(self.server.resident_bytes()?)? - i64::try_from(memory)?;
        let with = self.workers.speed(self.server, self.measured)?;
        let started = Instant::now();
        let mut client = Client::open(&self.server.target, DATABASE).context("no login beside the crowd")?;
        let login = started.elapsed();
        drop(members);
        self.all_gone(&mut client).with_context(|| format!("of {crowd}"))?;
        let after = self.workers.speed(self.server, self.measured)?;
        let bytes_each = grown / i64::try_from(count)?.max(1);
        Ok(Figure { crowd: format!("{count} {crowd}"), speed: [before, with, after], login, bytes_each })
    }

    /// Sessions of clients that have left are ended.
    fn all_gone(&self, client: &mut Client) -> anyhow::Result<()> {
        let started = Instant::now();
        let query = "SELECT COUNT(*) FROM sys.dm_exec_sessions WHERE login_name = 'member'";
        loop {
            let left = client.integer(query)?;
            if left == 0 {
                return Ok(());
            }
            ensure!(started.elapsed() < PATIENCE, "{left} sessions stay");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// A connection needs a file descriptor on either side.
fn raise_file_limit() -> anyhow::Result<()> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    Ok(setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?)
}

fn set_up(target: &Target) -> anyhow::Result<()> {
    let mut master = Client::open(target, "master")?;
    let hash = quick_hash(MEMBER.1);
    master.batch(&format!("CREATE DATABASE {DATABASE}"))?;
    master.batch(&format!("CREATE LOGIN {} WITH PASSWORD = {hash} HASHED, CHECK_POLICY = OFF", MEMBER.0))?;
    let mut client = Client::open(target, DATABASE)?;
    for statement in [
        "CREATE QUEUE WorkQueue",
        "CREATE SERVICE Work ON QUEUE WorkQueue ([DEFAULT])",
        "CREATE QUEUE IdleQueue",
        "CREATE USER member FOR LOGIN member",
        "GRANT RECEIVE ON IdleQueue TO member",
    ] {
        client.batch(statement)?;
    }
    Ok(())
}

/// The header of a pre-login of 58 bytes, and not all of it.
const HALF: &[u8] = &[18, 1, 0, 58, 0, 0, 1, 0, 0, 0];
/// A whole pre-login: VERSION and ENCRYPTION.
const PRELOGIN: &[u8] =
    &[18, 1, 0, 26, 0, 0, 1, 0, 0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xFF, 16, 0, 0, 0, 0, 0, 0];

/// Connections that say this and no more.
fn silent(target: &Target, count: usize, words: &[u8]) -> anyhow::Result<Vec<TcpStream>> {
    let connect = |_| {
        let mut socket = TcpStream::connect(&target.address)?;
        socket.write_all(words)?;
        Ok(socket)
    };
    (0..count).map(connect).collect()
}

struct Babblers(Arc<AtomicBool>);

impl Babblers {
    fn start(target: &Target, count: usize) -> Self {
        let is_over = Arc::<AtomicBool>::default();
        for number in 0..count {
            let (target, is_over) = (target.clone(), is_over.clone());
            std::thread::spawn(move || {
                while !is_over.load(Ordering::SeqCst) {
                    // However it is refused, the next one comes.
                    let _ = babble(&target, number);
                }
            });
        }
        Self(is_over)
    }
}

impl Drop for Babblers {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn babble(target: &Target, number: usize) -> std::io::Result<usize> {
    let mut socket = TcpStream::connect(&target.address)?;
    socket.set_read_timeout(Some(Duration::from_secs(1)))?;
    let first = number as u8;
    let words: Vec<u8> = (0..600).map(|at: u16| (at.to_le_bytes()[0] ^ first).wrapping_mul(31)).collect();
    socket.write_all(&words)?;
    socket.read_to_end(&mut Vec::new())
}

/// Logged-in clients, with the runtime that none of them is polled on any more.
type Members = Vec<(Runtime, Vec<Wire>)>;

/// Logs members in, each of whom sends a batch and does not wait for its answer.
fn members(target: &Target, count: usize, batch: &'static str) -> anyhow::Result<Members> {
    let (user, password) = (MEMBER.0.to_owned(), MEMBER.1.to_owned());
    let target = Target { user, password, ..target.clone() };
    let threads = (0..LOGINS).map(|thread| {
        let target = target.clone();
        let share = count / LOGINS + usize::from(thread < count % LOGINS);
        std::thread::spawn(move || log_in(&target, share, batch))
    });
    let threads: Vec<_> = threads.collect();
    let join = |thread: JoinHandle<_>| thread.join().unwrap_or_else(|_| bail!("a member panicked"));
    threads.into_iter().map(join).collect()
}

fn log_in(target: &Target, count: usize, batch: &str) -> anyhow::Result<(Runtime, Vec<Wire>)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut connections = Vec::with_capacity(count);
    for _ in 0..count {
        let mut connection = runtime.block_on(target.log_in(DATABASE))?;
        // What is sent is sent; the answer is not waited for.
        let sent =
            runtime.block_on(async { timeout(Duration::from_millis(2), connection.batch(batch)).await });
        ensure!(sent.is_err(), "an answer came to {batch}: {:?}", sent.map(|answer| answer.err()));
        connections.push(connection);
    }
    Ok((runtime, connections))
}

fn deaf(target: &Target, count: usize) -> anyhow::Result<Members> {
    members(target, count, "WHILE 1 = 1 SELECT REPLICATE(CAST('x' AS varchar(max)), 100000)")
}

fn waiting(target: &Target, count: usize) -> anyhow::Result<Members> {
    members(target, count, "WAITFOR (RECEIVE TOP (1) * FROM IdleQueue)")
}
