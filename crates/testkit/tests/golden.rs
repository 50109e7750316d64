//! Golden scripts and blocking specs of the workspace, run in this process.

use std::path::PathBuf;

use duologue_testkit::{check_folder, run_script, run_spec};

fn folder(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "..", "tests", name].iter().collect()
}

fn check(name: &str, extension: &str, run: impl Fn(&str) -> String) {
    let (count, mismatches) = check_folder(&folder(name), extension, run).expect("the folder can be read");
    assert!(count > 0, "tests/{name} is empty");
    let shown: Vec<String> =
        mismatches.iter().map(|found| format!("{}: {}", found.script.display(), found.difference)).collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
}

#[test]
fn scripts_print_what_is_expected() {
    check("sql", "sql", run_script);
}

#[test]
fn specs_go_on_when_expected() {
    check("blocking", "spec", run_spec);
}
