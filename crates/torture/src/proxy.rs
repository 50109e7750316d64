//! A TCP proxy whose weather changes: it cuts, delays, stalls and corrupts what goes through it.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// How often a connection looks at the weather.
const TICK: Duration = Duration::from_millis(20);
const CHUNK: usize = 16 << 10;

#[derive(Default)]
struct Weather {
    /// Connections of an earlier age are cut.
    age: AtomicU64,
    /// Connections of an earlier age carry nothing more, and nobody is told.
    half_open_before: AtomicU64,
    delay_ms: AtomicU64,
    is_stalled: AtomicBool,
    /// Chunks still to be corrupted.
    to_corrupt: AtomicU64,
    corrupted: AtomicU64,
    is_over: AtomicBool,
}

/// A proxy; dropping it ends its connections.
pub(crate) struct Proxy {
    weather: Arc<Weather>,
    pub(crate) port: u16,
}

impl Proxy {
    /// In front of a port of this machine.
    pub(crate) fn start(port: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let own = listener.local_addr()?.port();
        let weather = Arc::new(Weather::default());
        listener.set_nonblocking(true)?;
        let shared = weather.clone();
        std::thread::spawn(move || accept(&listener, port, &shared));
        Ok(Self { weather, port: own })
    }

    /// Ends every connection.
    pub(crate) fn cut(&self) {
        self.weather.age.fetch_add(1, Ordering::SeqCst);
    }

    /// From now on the connections that exist carry nothing; new ones do.
    pub(crate) fn half_open(&self) {
        let age = self.weather.age.fetch_add(1, Ordering::SeqCst) + 1;
        self.weather.half_open_before.store(age, Ordering::SeqCst);
    }

    /// While stalled, connections carry nothing and are accepted all the same.
    pub(crate) fn stall(&self, is_stalled: bool) {
        self.weather.is_stalled.store(is_stalled, Ordering::SeqCst);
    }

    /// Each chunk is late by so much.
    pub(crate) fn delay(&self, delay: Duration) {
        let milliseconds = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self.weather.delay_ms.store(milliseconds, Ordering::SeqCst);
    }

    /// Changes a byte in each of the next chunks.
    pub(crate) fn corrupt(&self, chunks: u64) {
        self.weather.to_corrupt.fetch_add(chunks, Ordering::SeqCst);
    }

    /// Bytes changed so far.
    pub(crate) fn corrupted(&self) -> u64 {
        self.weather.corrupted.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.weather.is_over.store(true, Ordering::SeqCst);
    }
}

fn accept(listener: &TcpListener, port: u16, weather: &Arc<Weather>) {
    while !weather.is_over.load(Ordering::SeqCst) {
        match listener.accept() {
            // A server that is down refuses; so does the proxy, by closing.
            Ok((near, _)) => drop(connect(near, port, weather)),
            Err(_) => std::thread::sleep(TICK),
        }
    }
}

fn connect(near: TcpStream, port: u16, weather: &Arc<Weather>) -> std::io::Result<()> {
    let far = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port)))?;
    let age = weather.age.load(Ordering::SeqCst);
    for (from, to) in [(near.try_clone()?, far.try_clone()?), (far, near)] {
        from.set_nonblocking(false)?;
        from.set_nodelay(true)?;
        from.set_read_timeout(Some(TICK))?;
        to.set_write_timeout(Some(Duration::from_secs(5)))?;
        let weather = weather.clone();
        std::thread::spawn(move || {
            // Whatever ended this direction ends both.
            let _ = carry(&from, &to, age, &weather);
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Both);
        });
    }
    Ok(())
}

fn carry(mut from: &TcpStream, mut to: &TcpStream, age: u64, weather: &Weather) -> std::io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let is_half_open = age < weather.half_open_before.load(Ordering::SeqCst);
        let is_old = age < weather.age.load(Ordering::SeqCst) && !is_half_open;
        if is_old || weather.is_over.load(Ordering::SeqCst) {
            return Ok(());
        }
        if is_half_open || weather.is_stalled.load(Ordering::SeqCst) {
            std::thread::sleep(TICK);
            continue;
        }
        let length = match from.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(length) => length,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => continue,
            Err(error) => return Err(error),
        };
        std::thread::sleep(Duration::from_millis(weather.delay_ms.load(Ordering::SeqCst)));
        let take_one = |left: u64| left.checked_sub(1);
        if weather.to_corrupt.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take_one).is_ok() {
            chunk[length / 2] ^= 0x10;
            weather.corrupted.fetch_add(1, Ordering::SeqCst);
        }
        to.write_all(&chunk[..length])?;
    }
}
