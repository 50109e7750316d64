//! `duologue store`: a data directory verified, shown and, if it must be, cut while no server runs on it.

mod key;
#[cfg(test)]
mod tests;

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, Subcommand};
use duologue_store::Store;
use duologue_store_embedded::EmbeddedStore;
use duologue_store_journal::{Cut, JournalCheck, LoggedRecord};

/// Verify, show or repair the store of a data directory that no server runs on.
#[derive(Args)]
pub(crate) struct StoreArgs {
    #[command(subcommand)]
    command: StoreCommand,
}

#[derive(Subcommand)]
enum StoreCommand {
    /// Verify everything that is stored; exit code 1 if something is wrong
    Check {
        /// The data directory
        directory: PathBuf,
    },
    /// Show all rows by key, or, of a journal, its records in order
    Dump {
        /// The data directory
        directory: PathBuf,
        /// Show the records of the journal, not the rows
        #[arg(long)]
        log: bool,
        /// Show the values too, in hexadecimal
        #[arg(long)]
        values: bool,
    },
    /// End a damaged journal before the damage: everything behind it is lost. Keep a copy of the directory first
    Cut {
        /// The data directory
        directory: PathBuf,
        /// Really do it; without this it only says what is wrong
        #[arg(long)]
        yes: bool,
    },
}

pub(crate) fn run(args: &StoreArgs) -> anyhow::Result<ExitCode> {
    let mut out = String::new();
    let is_sound = match &args.command {
        StoreCommand::Check { directory } => check(directory, &mut out)?,
        StoreCommand::Dump { directory, log, values } => {
            dump(directory, *log, *values, &mut |text| print(&text))?;
            true
        }
        StoreCommand::Cut { directory, yes } => cut(directory, *yes, &mut out)?,
    };
    print(&out);
    Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whoever reads may stop reading, which is no mistake.
fn print(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

enum Engine {
    Redb,
    Journal,
}

fn engine(directory: &Path) -> anyhow::Result<Engine> {
    if duologue_store_journal::is_journal(directory) {
        Ok(Engine::Journal)
    } else if duologue_store_embedded::is_store(directory) {
        Ok(Engine::Redb)
    } else {
        bail!("{} holds no store", directory.display())
    }
}

/// Whether everything is right.
fn check(directory: &Path, out: &mut String) -> anyhow::Result<bool> {
    let report = match engine(directory)? {
        Engine::Redb => {
            let report = EmbeddedStore::open(directory)?.check()?;
            writeln!(out, "redb: {} rows, {} bytes", report.rows, report.bytes)?;
            report
        }
        Engine::Journal => {
            let found = duologue_store_journal::check(directory)?;
            journal(&found, out)?;
            found.report
        }
    };
    for damage in &report.damage {
        writeln!(out, "{damage}")?;
    }
    writeln!(out, "{}", if report.damage.is_empty() { "sound" } else { "damaged" })?;
    Ok(report.damage.is_empty())
}

fn journal(found: &JournalCheck, out: &mut String) -> fmt::Result {
    if !found.report.damage.is_empty() {
        return Ok(());
    }
    let size: u64 = found.segments.iter().map(|segment| segment.size).sum();
    let (rows, bytes, live) = (found.report.rows, found.report.bytes, found.live_bytes);
    writeln!(out, "journal: {rows} rows, {bytes} bytes; {live} of {size} bytes of the log are live")?;
    for segment in &found.segments {
        writeln!(
            out,
            "segment {}: {} bytes, {} of them live in {} rows",
            segment.number, segment.size, segment.live_bytes, segment.live_rows
        )?;
    }
    if found.is_torn {
        writeln!(out, "the last record is incomplete and was not acknowledged; the next start cuts it")?;
    }
    Ok(())
}

fn dump(directory: &Path, log: bool, values: bool, show: &mut dyn FnMut(String)) -> anyhow::Result<()> {
    match (engine(directory)?, log) {
        (Engine::Journal, true) => {
            duologue_store_journal::dump(directory, &mut |logged| show(record(&logged, values)))?;
        }
        (Engine::Journal, false) => {
            duologue_store_journal::rows(directory, &mut |(key, value)| show(row(&key, &value, values)))?;
        }
        (Engine::Redb, true) => bail!("{} is kept by redb, which has no log", directory.display()),
        (Engine::Redb, false) => redb_rows(directory, values, show)?,
    }
    Ok(())
}

fn redb_rows(directory: &Path, values: bool, show: &mut dyn FnMut(String)) -> anyhow::Result<()> {
    const PAGE: usize = 1_000;
    let store = EmbeddedStore::open(directory)?;
    let mut after = None;
    loop {
        let page = store.scan(b"", after.as_deref(), PAGE)?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = Some(last.to_vec());
        page.iter().for_each(|(key, value)| show(row(key, value, values)));
    }
}

fn row(key: &[u8], value: &[u8], values: bool) -> String {
    let key = key::text(key);
    if values && !value.is_empty() {
        format!("{key}: {} bytes {}\n", value.len(), key::hex(value))
    } else {
        format!("{key}: {} bytes\n", value.len())
    }
}

fn record(record: &LoggedRecord, values: bool) -> String {
    let LoggedRecord { sequence, segment, offset, epoch, oldest, operations } = record;
    let mut text = format!(
        "record {sequence}, segment {segment} offset {offset}, epoch {epoch}, oldest segment {oldest}: {} changes\n",
        operations.len()
    );
    for operation in operations {
        match &operation.value {
            Some(value) => text += &format!("  put {}", row(&operation.key, value, values)),
            None => text += &format!("  delete {}\n", key::text(&operation.key)),
        }
    }
    text
}

/// Whether the log is whole afterwards.
fn cut(directory: &Path, yes: bool, out: &mut String) -> anyhow::Result<bool> {
    let Engine::Journal = engine(directory)? else {
        bail!("{} is kept by redb, which cannot be cut; restore a copy", directory.display())
    };
    if !yes {
        let is_sound = check(directory, out)?;
        if !is_sound {
            writeln!(out, "Nothing was changed. With --yes the log is cut there.")?;
        }
        return Ok(is_sound);
    }
    match duologue_store_journal::cut(directory)? {
        None => writeln!(out, "There is nothing to cut.")?,
        Some(done) => cut_report(&done, out)?,
    }
    Ok(true)
}

fn cut_report(done: &Cut, out: &mut String) -> fmt::Result {
    let Cut { place, offset, kept, dropped, dropped_operations, reclaimed_before } = done;
    writeln!(out, "{place} ends at offset {offset} now, behind record {kept}.")?;
    match (dropped.first(), dropped.last()) {
        (Some(first), Some(last)) => writeln!(
            out,
            "Lost: what could not be read there, and {} records that could, {first} to {last}, \
             with {dropped_operations} changes.",
            dropped.len()
        )?,
        _ => writeln!(out, "Lost: what could not be read there; no record behind it could.")?,
    }
    if *reclaimed_before > 0 {
        writeln!(
            out,
            "Lost as well: rows of segments before {reclaimed_before}, which had been copied behind the cut."
        )?;
    }
    Ok(())
}
