//! Every workload for a moment, with real servers: each run checks itself that nothing was lost or repeated.

use std::process::{Command, Stdio};

use serde_json::Value;

const WORKLOADS: [&str; 10] = ["w1", "w1d", "w2", "w2g", "w3s", "w3r", "w4", "w5", "w5b", "w5m"];

fn bench(arguments: &[&str]) -> (bool, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_duologue"))
        .args(["bench", "--seconds", "0.05", "--warm-up", "0.02"])
        .args(arguments)
        .env_remove("DUOLOGUE_SA_PASSWORD")
        .stdin(Stdio::null())
        .output()
        .expect("the binary starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn every_workload_runs() {
    let only = WORKLOADS.join(",");
    let arguments = [
        "--only",
        &only,
        "--clients",
        "2",
        "--databases",
        "2",
        "--size",
        "100",
        "--no-ceiling",
        "--json",
        "-",
    ];
    let (succeeded, output, errors) = bench(&arguments);
    assert!(succeeded, "{errors}");
    let report: Value = serde_json::from_str(&output).expect("JSON and nothing else");
    let cells = report["cells"].as_array().expect("cells");
    let names: Vec<&str> = cells.iter().filter_map(|cell| cell["workload"].as_str()).collect();
    assert_eq!(names, WORKLOADS);
    for cell in cells {
        assert!(cell["messages"].as_u64() > Some(0), "{cell}");
        assert!(cell["messages_per_second"].as_f64() > Some(0.0), "{cell}");
        assert!(cell["p50_ms"].as_f64() <= cell["p999_ms"].as_f64(), "{cell}");
        assert!(cell["server_memory_mb"].as_f64() > Some(1.0), "{cell}");
    }
}

#[test]
fn the_ceiling_is_measured_and_everything_may_be_encrypted() {
    // Bodies that lie across packets.
    let (succeeded, output, errors) =
        bench(&["--only", "w1,w2", "--clients", "2", "--size", "20000", "--encrypt"]);
    assert!(succeeded, "{errors}");
    assert!(errors.is_empty(), "progress is for terminals: {errors}");
    let lines: Vec<Vec<&str>> = output.lines().map(|line| line.split_whitespace().collect()).collect();
    for (line, name) in lines[2..4].iter().zip(["w1", "w2"]) {
        assert_eq!(line[..3], [name, "20000", "2"], "{output}");
        let share: f64 = line[4].parse().expect("a share of the ceiling");
        assert!(share >= 0.0, "{output}");
    }
    assert!(output.contains("written over and flushed") && output.contains("AES-256-GCM"), "{output}");
}

#[test]
fn a_server_that_refuses_ends_the_run() {
    let (succeeded, _, errors) = bench(&["--only", "w1", "--store", "none", "--no-ceiling"]);
    assert!(!succeeded);
    assert!(errors.contains("a server did not start"), "{errors}");
    let (succeeded, _, errors) = bench(&["--only", "w5", "--server", "127.0.0.1,1", "--password", "x"]);
    assert!(!succeeded);
    assert!(errors.contains("leave out --server"), "{errors}");
}
