//! What one statement costs from the parsed request to the applied batch, without sockets and disk: for a profiler.
//!
//! `statement_cost [ROUNDS]` prints the best of several rounds, which noise of the machine can't improve.
#![allow(clippy::print_stdout, reason = "its output is the figure")]

use std::time::Instant;

use duologue_session::{Request, RpcParameter};
use duologue_testkit::{TestServer, TestSession};
use duologue_types::{Guid, Length, SqlType, Value};

const MESSAGES: usize = 500;
/// SENDs of one transaction.
const BATCH: usize = 100;
const BATCHES: usize = 20;

const SETUP: &str = "CREATE MESSAGE TYPE [m] VALIDATION = NONE; CREATE CONTRACT [c] ([m] SENT BY ANY);
CREATE QUEUE qa; CREATE QUEUE qb; CREATE SERVICE [a] ON QUEUE qa ([c]); CREATE SERVICE [b] ON QUEUE qb ([c]);";
const BEGIN: &str = "DECLARE @h uniqueidentifier; BEGIN DIALOG @h FROM SERVICE [a] TO SERVICE 'b' ON CONTRACT [c] \
WITH ENCRYPTION = OFF; PRINT CAST(@h AS nvarchar(36));";
const EMPTY: &str = "DECLARE @t TABLE (h uniqueidentifier); RECEIVE conversation_handle FROM qb INTO @t";
const SEND: &str = "SEND ON CONVERSATION @h MESSAGE TYPE [m] (@body)";
const RECEIVE: &str =
    "RECEIVE TOP (1) conversation_handle, message_type_name, DATALENGTH(message_body) FROM qb";

fn main() {
    let rounds: usize = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(20);
    let mut server = TestServer::new();
    let mut session = server.login("sa").expect("sa may log in");
    server.run(&mut session, "CREATE DATABASE Shop");
    server.run(&mut session, "USE Shop");
    server.run(&mut session, SETUP);
    let handle = server.run(&mut session, BEGIN).trim().parse::<Guid>().expect("the handle was printed");
    let (mut send, mut receive) = (f64::MAX, f64::MAX);
    for _ in 0..rounds {
        send = send.min(microseconds(MESSAGES, || {
            let declared = "@h uniqueidentifier, @body varbinary(max)";
            call(&mut server, &mut session, SEND, declared, parameters(handle));
        }));
        receive = receive.min(microseconds(MESSAGES, || {
            let printed = call(&mut server, &mut session, RECEIVE, "", Vec::new());
            assert!(printed.contains("(1 row affected)"), "{printed}");
        }));
    }
    println!("SEND {send:.2} µs, RECEIVE {receive:.2} µs");
    let text = format!("BEGIN TRANSACTION; {} COMMIT TRANSACTION", format!("{SEND}; ").repeat(BATCH));
    let mut batch = f64::MAX;
    for _ in 0..rounds {
        batch = batch.min(microseconds(BATCHES, || {
            let declared = "@h uniqueidentifier, @body varbinary(max)";
            call(&mut server, &mut session, &text, declared, parameters(handle));
        }));
        server.run(&mut session, EMPTY);
    }
    println!("SEND in a transaction of {BATCH}: {:.2} µs", batch / BATCH as f64);
}

fn microseconds(times: usize, mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    (0..times).for_each(|_| work());
    start.elapsed().as_secs_f64() * 1e6 / times as f64
}

fn parameters(handle: Guid) -> Vec<RpcParameter> {
    vec![
        parameter("@h", SqlType::UniqueIdentifier, Value::Guid(handle)),
        parameter("@body", SqlType::VarBinary(Length::Max), Value::varbinary(vec![7; 1024])),
    ]
}

fn call(
    server: &mut TestServer,
    session: &mut TestSession,
    text: &str,
    declared: &str,
    parameters: Vec<RpcParameter>,
) -> String {
    let string = |text: &str| Value::nvarchar(text);
    let mut all = vec![parameter("", SqlType::NVarChar(Length::Max), string(text))];
    if !declared.is_empty() {
        all.push(parameter("", SqlType::NVarChar(Length::Max), string(declared)));
    }
    all.extend(parameters);
    let printed =
        server.request(session, Request::Rpc { procedure: "sp_executesql".into(), parameters: all });
    assert!(!printed.contains("Msg "), "{printed}");
    printed
}

fn parameter(name: &str, sql_type: SqlType, value: Value) -> RpcParameter {
    RpcParameter { name: name.into(), sql_type, value, output: false }
}
