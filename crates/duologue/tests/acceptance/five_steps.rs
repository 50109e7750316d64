//! The scripts as they are, with and without `kill -9`.

use crate::process::SA_PASSWORD;
use crate::world::{EVENT, RECEIVE, STEPS, World, eventually};

const EVENT_NOTIFICATION: &str = "http://schemas.microsoft.com/SQL/Notifications/EventNotification";
const POST_EVENT_NOTIFICATION: &str = "http://schemas.microsoft.com/SQL/Notifications/PostEventNotification";

/// Everything that must be true at the end.
fn check_outcome(world: &mut World, received: &str) {
    let rows: Vec<Vec<&str>> =
        received.lines().filter(|line| line.contains('|')).map(|line| line.split('|').collect()).collect();
    assert_eq!(rows.len(), 2, "{received}");
    let expected = [
        ("CREATE_TABLE", "CREATE TABLE dbo.t1 (i int NOT NULL)"),
        ("ALTER_TABLE", "ALTER TABLE dbo.t1 ADD note nvarchar(100) NULL"),
    ];
    for (row, (event, command)) in rows.iter().zip(expected) {
        assert_eq!(
            row[..],
            [EVENT_NOTIFICATION, POST_EVENT_NOTIFICATION, event, "sa", "EN_Source", "t1", command][..],
            "{received}"
        );
    }
    eventually("the source's transmission queue is empty", || {
        let waiting =
            world.source.query("EN_Source", "SET NOCOUNT ON; SELECT COUNT(*) FROM sys.transmission_queue");
        (waiting == ["0"]).then_some(())
    });
    let endpoint = "SET NOCOUNT ON; SELECT e.is_initiator, e.state, e.far_service, p.name, f.name, \
                    CASE WHEN e.outbound_session_key_identifier = '00000000-0000-0000-0000-000000000000' \
                    THEN 0 ELSE 1 END \
                    FROM sys.conversation_endpoints AS e \
                    JOIN sys.database_principals AS p ON p.principal_id = e.principal_id \
                    JOIN sys.database_principals AS f ON f.principal_id = e.far_principal_id";
    assert_eq!(
        world.source.query("EN_Source", endpoint),
        ["1|CO|//tgt.example/AuditSink|EnSourceUser|EnTargetUser|1"]
    );
    assert_eq!(
        world.target.query("EN_Target", endpoint),
        [
            "0|CO|http://schemas.microsoft.com/SQL/Notifications/EventNotificationService|EnTargetUser|EnSourceUser|0"
        ]
    );
    assert_eq!(
        world.source.query(
            "EN_Source",
            "SET NOCOUNT ON; SELECT n.name, n.parent_class_desc, n.service_name, p.name \
             FROM sys.event_notifications AS n \
             JOIN sys.database_principals AS p ON p.principal_id = n.principal_id",
        ),
        ["NotifyTableDdl|DATABASE|//tgt.example/AuditSink|EnSourceUser"]
    );
    assert_eq!(
        world.source.query(
            "master",
            "SET NOCOUNT ON; SELECT state_desc, connection_auth_desc, encryption_algorithm_desc \
             FROM sys.service_broker_endpoints",
        ),
        ["STARTED|CERTIFICATE|AES"]
    );
}

#[test]
fn the_scripts_run_as_they_are() {
    let mut world = World::new();
    world.configure();
    world.step(&EVENT, |text| text);
    let received = world.step(&RECEIVE, |text| text);
    check_outcome(&mut world, &received);
}

#[test]
fn both_servers_may_be_killed_between_any_two_scripts() {
    let mut world = World::new();
    for step in STEPS {
        world.step(step, |text| text);
        world.kill_both();
    }
    world.step(&EVENT, |text| text);
    world.kill_both();
    let received = world.step(&RECEIVE, |text| text);
    world.kill_both();
    check_outcome(&mut world, &received);
}

#[test]
fn both_servers_may_be_killed_between_any_two_statements() {
    let mut world = World::new();
    for step in STEPS {
        let statements = statements_of(step.script);
        let (last, before) = statements.split_last().expect("a script has a statement");
        for statement in before {
            world.run(step, statement).expect_success();
            world.kill_both();
        }
        world.step(step, |_| last.clone());
        world.kill_both();
    }
    world.step(&EVENT, |text| text);
    let received = world.step(&RECEIVE, |text| text);
    check_outcome(&mut world, &received);
}

#[test]
fn messages_under_way_survive_kills() {
    let mut world = World::new();
    world.configure();
    // The target is down while events are raised; the source is killed right after.
    world.target.kill();
    world.step(&EVENT, |text| text);
    world.source.kill_and_restart();
    let waiting =
        world.source.query("EN_Source", "SET NOCOUNT ON; SELECT COUNT(*) FROM sys.transmission_queue");
    assert_eq!(waiting, ["2"]);
    world.target.kill_and_restart();
    let received = world.step(&RECEIVE, |text| text);
    check_outcome(&mut world, &received);
    let again = world.target.query("EN_Target", "SET NOCOUNT ON; SELECT COUNT(*) FROM Audit.AuditQueue");
    assert_eq!(again, ["0"]);
}

/// Tables are created while both servers are killed at any moment: every event whose statement was answered arrives,
/// each once, in order.
#[test]
fn kills_at_any_moment_lose_and_repeat_nothing() {
    const TABLES: u32 = 40;
    let mut world = World::new();
    world.configure();
    let mut answered = Vec::new();
    for number in 0..TABLES {
        let name = format!("t{number:03}");
        let create = format!("CREATE TABLE dbo.{name} (i int)");
        let outcome = world.source.client("sa", SA_PASSWORD, &["-d", "EN_Source", "-Q", &create]);
        if outcome.succeeded {
            answered.push(name);
        }
        // No wait for anything: the event is somewhere between the statement and the far queue.
        match number % 4 {
            1 => world.source.kill_and_restart(),
            2 => world.target.kill_and_restart(),
            3 => world.kill_both(),
            _ => {}
        }
    }
    let names = "SET NOCOUNT ON; \
                 SELECT CAST(message_body AS xml).value('(/EVENT_INSTANCE/ObjectName)[1]', 'nvarchar(128)') \
                 FROM Audit.AuditQueue ORDER BY queuing_order";
    eventually("every event arrives", || {
        let arrived = world.target.query("EN_Target", names);
        (arrived.len() >= answered.len()).then_some(())
    });
    assert_eq!(world.target.query("EN_Target", names), answered);
}

/// A script's statements, each preceded by the USE that was in force, since each is a connection of its own. The
/// scripts end every statement with a semicolon at the end of a line.
fn statements_of(script: &str) -> Vec<String> {
    let path = format!("{}/src/demo/scripts/{script}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the script is there");
    let mut database = String::new();
    let mut statements = Vec::new();
    for statement in text.split_inclusive(";\n") {
        let is_code = |line: &&str| !line.starts_with("--") && !line.trim().is_empty() && line.trim() != "GO";
        let code: Vec<&str> = statement.lines().filter(is_code).collect();
        if code.is_empty() {
            continue;
        }
        let code = code.join("\n");
        statements.push(format!("{database}{code}\nGO\n"));
        if code.starts_with("USE ") {
            database = format!("{code}\nGO\n");
        }
    }
    statements
}
