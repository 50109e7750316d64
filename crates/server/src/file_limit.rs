//! File descriptors: each connection takes one, and the store must not be left without.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Connections that there can be: as many files as the system allows this process, less what others need. Raises the
/// limit to what the administrator allows, as the default of a shell (1,024) is for programs that still call select.
pub(crate) fn connections() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let is_raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok();
    let files = if is_raised { maximum } else { current };
    files.map_or(usize::MAX, |files| for_connections(usize::try_from(files).unwrap_or(usize::MAX)))
}

/// Files of the store, links to other brokers and whatever a client has the server read keep a quarter, or 1,024.
fn for_connections(files: usize) -> usize {
    files - (files / 4).min(1024)
}

#[cfg(test)]
mod tests {
    use super::for_connections;

    #[test]
    fn others_keep_some() {
        assert_eq!((for_connections(1024), for_connections(20_000)), (768, 18_976));
    }
}
