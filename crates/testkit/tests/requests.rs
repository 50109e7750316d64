//! Requests other than batches: procedure calls and transaction manager requests, as drivers send them.

use duologue_session::{Request, RpcParameter, TransactionRequest};
use duologue_testkit::{TestServer, TestSession};
use duologue_types::{Length, SqlType, Value};

fn text(value: &str) -> RpcParameter {
    RpcParameter {
        name: String::new(),
        sql_type: SqlType::NVarChar(Length::Max),
        value: Value::NVarChar(value.into()),
        output: false,
    }
}

fn int(name: &str, value: Option<i32>, output: bool) -> RpcParameter {
    let value = value.map_or(Value::Null, Value::Int);
    RpcParameter { name: name.into(), sql_type: SqlType::Int, value, output }
}

fn call(
    server: &mut TestServer,
    session: &mut TestSession,
    name: &str,
    parameters: Vec<RpcParameter>,
) -> String {
    server.request(session, Request::Rpc { procedure: name.into(), parameters })
}

fn transaction(server: &mut TestServer, session: &mut TestSession, request: TransactionRequest) -> String {
    server.request(session, Request::Transaction(request))
}

#[test]
fn executesql_returns_rows_status_and_parameters_in_that_order() {
    let mut server = TestServer::new();
    let mut session = server.login("sa").unwrap();
    let parameters = vec![
        text("SELECT @a AS a; SET @b = @a + 1"),
        text("@a int, @b int OUTPUT"),
        int("@a", Some(41), false),
        int("@b", None, true),
    ];
    let printed = call(&mut server, &mut session, "sp_executesql", parameters);
    let expected = "a\n-\n41\n(1 row affected)\n-> return status 0\n-> output 3 @b = 42\n-> procedure done\n";
    assert_eq!(printed, expected);
}

#[test]
fn prepared_statements_are_kept_by_handle() {
    let mut server = TestServer::new();
    let mut session = server.login("sa").unwrap();
    let prepared =
        vec![int("@handle", None, true), text("@a int"), text("SELECT @a AS a"), int("", Some(1), false)];
    let printed = call(&mut server, &mut session, "sp_prepexec", prepared);
    assert_eq!(
        printed,
        "a\n-\n1\n(1 row affected)\n-> return status 0\n-> output 0 @handle = 1\n-> procedure done\n"
    );
    let again = vec![int("", Some(1), false), int("", Some(2), false)];
    let printed = call(&mut server, &mut session, "[sys].[sp_execute]", again.clone());
    assert_eq!(printed, "a\n-\n2\n(1 row affected)\n-> return status 0\n-> procedure done\n");
    let printed = call(&mut server, &mut session, "sp_unprepare", vec![int("", Some(1), false)]);
    assert_eq!(printed, "-> return status 0\n-> procedure done\n");
    let printed = call(&mut server, &mut session, "sp_execute", again);
    assert!(
        printed.starts_with("Msg 8179, Level 16") && printed.ends_with("-> procedure done\n"),
        "{printed}"
    );
}

#[test]
fn unknown_procedures_are_errors_and_the_session_goes_on() {
    let mut server = TestServer::new();
    let mut session = server.login("sa").unwrap();
    let printed =
        call(&mut server, &mut session, "[sys].sp_describe_undeclared_parameters", vec![text("SELECT 1")]);
    assert!(printed.starts_with("Msg 2812"), "{printed}");
    assert_eq!(server.run(&mut session, "PRINT 'goes on'"), "goes on\n");
}

#[test]
fn transaction_requests_chain() {
    let mut server = TestServer::new();
    let mut session = server.login("sa").unwrap();
    assert_eq!(transaction(&mut server, &mut session, TransactionRequest::Begin), "-> transaction begun\n");
    let count = |server: &mut TestServer, session: &mut TestSession| server.run(session, "PRINT @@TRANCOUNT");
    assert_eq!(count(&mut server, &mut session), "1\n");
    let printed = transaction(&mut server, &mut session, TransactionRequest::Commit { begin_next: true });
    assert_eq!(printed, "-> transaction committed\n-> transaction begun\n");
    assert_eq!(count(&mut server, &mut session), "1\n");
    transaction(&mut server, &mut session, TransactionRequest::Save { name: "s".into() });
    let rollback =
        |name: Option<&str>| TransactionRequest::Rollback { name: name.map(Into::into), begin_next: false };
    assert_eq!(transaction(&mut server, &mut session, rollback(Some("s"))), "");
    assert_eq!(transaction(&mut server, &mut session, rollback(None)), "-> transaction rolled back\n");
    assert!(transaction(&mut server, &mut session, rollback(None)).starts_with("Msg 3903"));
    assert!(
        transaction(&mut server, &mut session, TransactionRequest::Commit { begin_next: false })
            .starts_with("Msg 3902")
    );
    assert_eq!(count(&mut server, &mut session), "0\n");
}

#[test]
fn a_waiting_call_can_be_given_up() {
    let mut server = TestServer::new();
    let mut session = server.login("sa").unwrap();
    server.run(&mut session, "CREATE DATABASE d");
    server.run(&mut session, "USE d CREATE QUEUE q");
    let printed = call(&mut server, &mut session, "sp_executesql", vec![text("WAITFOR (RECEIVE * FROM q)")]);
    assert_eq!(printed, "");
    server.cancel(&mut session);
    assert_eq!(server.run(&mut session, "PRINT @@NESTLEVEL"), "0\n");
}

#[test]
fn a_long_result_is_sent_in_pieces_between_which_others_run() {
    let mut server = TestServer::new();
    let mut session = server.login("sa").unwrap();
    server.run(&mut session, "CREATE TABLE t (n int); DECLARE @n int = 0; WHILE @n < 30 BEGIN SET @n += 1; INSERT t VALUES (@n); END");
    let before = session.steps;
    let printed = server.run(&mut session, "SELECT a.n FROM t a CROSS JOIN t b; PRINT @@ROWCOUNT");
    assert_eq!(printed.lines().count(), 2 + 900 + 2, "{printed}");
    assert!(printed.ends_with("(900 rows affected)\n900\n"));
    assert!(session.steps - before >= 9, "{} steps", session.steps - before);
}

#[test]
fn what_is_raised_with_log_is_logged_on_one_line() {
    let mut server = TestServer::new();
    let mut session = server.login("sa").unwrap();
    server.run(&mut session, "RAISERROR ('not logged', 16, 1); RAISERROR (N'disk %d', 16, 2, 7) WITH LOG");
    server.run(
        &mut session,
        "DECLARE @m nvarchar(50) = N'two' + NCHAR(10) + N'lines'; RAISERROR (@m, 10, 1) WITH LOG",
    );
    let logged: Vec<_> =
        server.log().iter().map(|entry| (entry.number, entry.severity, entry.text.as_str())).collect();
    assert_eq!(logged, [(50_000, 16, "disk 7"), (50_000, 10, "two lines")]);
}

#[test]
fn a_procedure_call_can_wait_and_goes_on_where_it_was() {
    let mut server = TestServer::new();
    let (mut first, mut second) = (server.login("sa").unwrap(), server.login("sa").unwrap());
    server.run(&mut first, "BEGIN TRANSACTION; EXEC sp_getapplock 'r', 'Exclusive'");
    server.run(&mut second, "BEGIN TRANSACTION");
    let waiting = call(&mut server, &mut second, "sp_getapplock", vec![text("r"), text("Exclusive")]);
    assert_eq!(waiting, "");
    assert!(!server.is_ready(&second));
    server.run(&mut first, "ROLLBACK");
    assert!(server.is_ready(&second));
    assert_eq!(server.go_on(&mut second), "-> return status 1\n-> procedure done\n");
}
