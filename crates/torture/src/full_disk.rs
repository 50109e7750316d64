//! Small disks, one for each server, fill up under load and get room again. File systems in memory take their part.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

use crate::client::{Client, is_message};
use crate::load::{Load, Strength, Tally};
use crate::pair::{DATABASE, Pair, QUEUE, SERVICES};
use crate::server::Build;

/// Room for an engine with its reserve, and not for much more.
const DISK: &str = "mode=0700,size=700m";
/// Messages that lie in the near queue and are received while the disk is full.
const PROBES: u32 = 20;
const PATIENCE: Duration = Duration::from_secs(180);
const PAUSE: Duration = Duration::from_millis(100);
/// The disk is full.
const NO_SPACE: u32 = 1105;
/// `duologue serve`: the store failed.
const EXIT_STORE: i32 = 4;

/// What an engine does without space, as its documentation says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Manner {
    /// Refuses what adds, goes on with what makes room, recovers by itself.
    Refuses,
    /// Stops the server.
    Stops,
}

/// A disk for either server.
struct Disks([Disk; 2]);

impl Disks {
    /// In the places where a pair has its data.
    fn mount(path: &Path) -> anyhow::Result<Self> {
        Ok(Self([Disk::mount(&path.join("near"))?, Disk::mount(&path.join("far"))?]))
    }

    fn fill(&self) -> anyhow::Result<()> {
        self.0.iter().try_for_each(Disk::fill)
    }

    fn free(&self) -> anyhow::Result<()> {
        self.0.iter().try_for_each(Disk::free)
    }
}

/// A mounted file system, unmounted when dropped.
struct Disk(PathBuf);

impl Disk {
    fn mount(path: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(path)?;
        let options = std::ffi::CString::new(DISK)?;
        mount("tmpfs", path, "tmpfs", MountFlags::empty(), options.as_c_str())
            .context("a file system cannot be mounted; this proof needs the right to do so")?;
        Ok(Self(path.to_owned()))
    }

    /// Takes all the room that is left.
    fn fill(&self) -> anyhow::Result<()> {
        let mut file = File::create(self.filler())?;
        for size in [1 << 20, 4096] {
            while file.write_all(&vec![1; size]).is_ok() {}
        }
        Ok(())
    }

    fn free(&self) -> anyhow::Result<()> {
        Ok(fs::remove_file(self.filler())?)
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // The servers on it have been killed; a mount that stays is no worse than a message nobody reads.
        let _ = unmount(&self.0, UnmountFlags::DETACH);
    }
}

/// Fills the disks so many times; an unclean tally is an error.
pub fn run(build: &Build, folder: &Path, rounds: u32, seed: u64) -> anyhow::Result<Tally> {
    let place = folder.join("disks");
    let disks = Disks::mount(&place)?;
    let manner = if build.engine.as_deref() == Some("journal") { Manner::Refuses } else { Manner::Stops };
    let mut pair = Pair::start_on(build, folder, &place)?;
    let mut tallies = Vec::new();
    for round in 0..rounds {
        let strength = Strength { is_heavy: true, ..Strength::default() };
        let load = Load::start(&pair, strength, seed + u64::from(round))?;
        load.progress(3, 3, PATIENCE).with_context(|| pair.state())?;
        match manner {
            Manner::Refuses => refused(&mut pair, &disks, &load)?,
            Manner::Stops => stopped(&mut pair, &disks, &load)?,
        }
        load.hold_receivers(false);
        load.progress(3, 3, PATIENCE)
            .with_context(|| format!("room returned and the load does not go on: {}", pair.state()))?;
        let tally =
            load.finish(&pair).with_context(|| format!("not everything arrived: {}", pair.state()))?;
        ensure!(tally.is_clean(), "messages went wrong: {tally}");
        tallies.push(tally);
    }
    Ok(tallies.into_iter().sum())
}

/// SEND is refused, RECEIVE and END go on, a restart works, and when room returns everything does.
fn refused(pair: &mut Pair, disks: &Disks, load: &Load) -> anyhow::Result<()> {
    probes(pair)?;
    disks.fill()?;
    load.hold_receivers(true);
    let (_, reason) = wait_until(|| {
        let (count, reason) = load.refused();
        Ok((count > 0).then_some((count, reason)))
    })
    .context("nobody was refused on the full disk")?;
    let reason = reason.unwrap_or_default();
    ensure!(is_message(&anyhow::Error::msg(reason.clone()), NO_SPACE), "refused with: {reason}");
    let taken = receive_probes(pair)?;
    ensure!(taken == PROBES, "{taken} of {PROBES} messages were received on the full disk");
    pair.near.kill()?;
    pair.near.restart().context("no start on a full disk")?;
    ensure!(pair.near.is_running()? && pair.far.is_running()?, "a full disk stopped a server");
    disks.free()
}

/// The engine keeps no reserve: servers stop with their exit code, and start again once there is room.
fn stopped(pair: &mut Pair, disks: &Disks, load: &Load) -> anyhow::Result<()> {
    disks.fill()?;
    load.hold_receivers(true);
    wait_until(|| Ok((!pair.near.is_running()? || !pair.far.is_running()?).then_some(())))
        .context("no server noticed the full disk")?;
    disks.free()?;
    for server in [&mut pair.near, &mut pair.far] {
        // The other one may notice it a moment later, or not at all.
        let Ok(status) = server.ended(Duration::from_secs(1)) else { continue };
        ensure!(status.code() == Some(EXIT_STORE), "a full disk ended the server with {status}");
        server.restart()?;
    }
    Ok(())
}

fn wait_until<T>(mut ask: impl FnMut() -> anyhow::Result<Option<T>>) -> anyhow::Result<T> {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        if let Some(found) = ask()? {
            return Ok(found);
        }
        std::thread::sleep(PAUSE);
    }
    bail!("not within {PATIENCE:?}")
}

/// Messages from the near service to itself.
fn probes(pair: &Pair) -> anyhow::Result<()> {
    let mut near = Client::open(&pair.near.target, DATABASE)?;
    let service = SERVICES[0];
    for _ in 0..PROBES {
        near.batch(&format!(
            "DECLARE @h uniqueidentifier; BEGIN DIALOG @h FROM SERVICE [{service}] TO SERVICE '{service}', \
             'CURRENT DATABASE' ON CONTRACT [//torture/contract] WITH ENCRYPTION = OFF; \
             SEND ON CONVERSATION @h MESSAGE TYPE [//torture/message] (0x01)"
        ))?;
    }
    Ok(())
}

fn receive_probes(pair: &Pair) -> anyhow::Result<u32> {
    let mut near = Client::open(&pair.near.target, DATABASE)?;
    let mut count = 0;
    loop {
        let reply = near.batch(&format!(
            "SET NOCOUNT ON; DECLARE @h uniqueidentifier, @b varbinary(max); BEGIN TRANSACTION; \
             RECEIVE TOP (1) @h = conversation_handle, @b = message_body FROM {QUEUE}; \
             IF @h IS NOT NULL END CONVERSATION @h; COMMIT TRANSACTION; \
             SELECT CASE WHEN @h IS NULL THEN 2 WHEN @b IS NULL THEN 0 ELSE 1 END"
        ))?;
        match reply.integer(0, 0) {
            2 => return Ok(count),
            taken => count += u32::try_from(taken)?,
        }
    }
}
