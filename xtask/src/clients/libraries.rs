//! Shared libraries that the ODBC clients need and their Python packages do not bring.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::execute;

/// Libraries with Debian's packages: the first is Microsoft's driver's, the other is pyodbc's.
const LIBRARIES: [(&str, &str); 2] = [("libltdl.so.7", "libltdl7"), ("libodbc.so.2", "libodbc2")];

/// The folder to look in, below `downloads`; `None` where the system has them all. Packages are unpacked there and not
/// installed, which needs no rights.
pub(super) fn provide(downloads: &Path) -> anyhow::Result<Option<PathBuf>> {
    let installed = installed();
    let missing: Vec<_> = LIBRARIES.into_iter().filter(|(library, _)| !installed.contains(library)).collect();
    if missing.is_empty() {
        return Ok(None);
    }
    let folder = downloads.join("libraries");
    for (library, package) in missing {
        if unpacked(&folder, library).is_none() {
            unpack(&folder, package).with_context(|| format!("install {library} (Debian: {package})"))?;
        }
    }
    Ok(LIBRARIES.iter().find_map(|(library, _)| unpacked(&folder, library)))
}

/// What the linker's cache has.
fn installed() -> String {
    let cache = ["ldconfig", "/sbin/ldconfig"].map(|program| Command::new(program).arg("-p").output());
    cache.iter().flatten().map(|output| String::from_utf8_lossy(&output.stdout)).collect()
}

fn unpack(folder: &Path, package: &str) -> anyhow::Result<()> {
    let download = folder.join(package);
    std::fs::create_dir_all(&download)?;
    if fetch(package, &download).is_err() {
        // A machine without package lists cannot know the package yet.
        execute(Command::new("apt-get").args(["update", "--quiet"]))?;
        fetch(package, &download)?;
    }
    for entry in std::fs::read_dir(&download)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            execute(Command::new("dpkg").arg("--extract").args([path.as_path(), folder]))?;
        }
    }
    Ok(())
}

fn fetch(package: &str, folder: &Path) -> anyhow::Result<()> {
    execute(Command::new("apt-get").args(["download", "--quiet", package]).current_dir(folder))
}

/// `usr/lib/<architecture>` of the unpacked packages, when it has the library.
fn unpacked(folder: &Path, library: &str) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder.join("usr/lib")).ok()?;
    let mut folders = entries.flatten().map(|entry| entry.path());
    folders.find(|path| path.join(library).exists())
}
