//! This machine's name.

/// The host's name without its domain; `localhost` when the system does not tell.
pub(crate) fn host_name() -> String {
    let from_file = |path| std::fs::read_to_string(path).ok();
    let candidates = [
        from_file("/proc/sys/kernel/hostname"),
        from_file("/etc/hostname"),
        std::env::var("HOSTNAME").ok(),
        std::env::var("COMPUTERNAME").ok(),
    ];
    candidates
        .into_iter()
        .flatten()
        .filter_map(|name| name.trim().split('.').next().map(str::to_owned))
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| "localhost".to_owned())
}
