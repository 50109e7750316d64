//! Each omission has its symptom, and the reason can be read where the administrator looks.

use crate::world::{EVENT, STEPS, Side, Step, World, eventually};

const STATUS: &str = "SET NOCOUNT ON; SELECT transmission_status FROM sys.transmission_queue";

/// Runs the steps, with `change` applied to the text of `script`, and raises the events.
fn configure_with(world: &mut World, script: &str, change: impl Fn(String) -> String) {
    for step in STEPS {
        world.step(step, |text| if step.script == script { change(text) } else { text });
    }
    world.step(&EVENT, |text| text);
}

fn without(statement: &'static str) -> impl Fn(String) -> String {
    move |text| {
        let start = text.find(statement).unwrap_or_else(|| panic!("{statement} is in the script"));
        let end = text[start..].find(';').map_or(text.len(), |semicolon| start + semicolon + 1);
        format!("{}{}", &text[..start], &text[end..])
    }
}

#[track_caller]
fn status_contains(world: &World, wanted: &str) {
    eventually(wanted, || {
        let status = world.source.query("EN_Source", STATUS);
        status.first().filter(|text| text.contains(wanted)).map(|_| ())
    });
}

fn step(script: &str) -> &'static Step {
    STEPS.iter().find(|step| step.script == script).expect("a step of that name")
}

#[test]
fn without_a_master_key_no_certificate_can_be_made() {
    let world = World::new();
    let text = "CREATE DATABASE EN_Source;\nGO\nUSE EN_Source;\nGO\nCREATE USER EnSourceUser WITHOUT LOGIN;\n\
                CREATE CERTIFICATE c AUTHORIZATION EnSourceUser WITH SUBJECT = 'x';\nGO\n";
    let outcome = world.run(step("source-2.sql"), text);
    assert!(!outcome.succeeded && outcome.text.contains("Msg 15581"), "{}", outcome.text);
}

#[test]
fn without_a_binding_the_status_says_so() {
    let mut world = World::new();
    configure_with(&mut world, "source-3.sql", without("CREATE REMOTE SERVICE BINDING"));
    status_contains(&world, "there is no remote service binding for the target service");
}

#[test]
fn without_the_source_certificate_the_target_says_why() {
    let mut world = World::new();
    configure_with(&mut world, "target-3.sql", without("CREATE CERTIFICATE"));
    status_contains(&world, "The source certificate was not found");
}

#[test]
fn without_send_the_notification_is_dropped() {
    let mut world = World::new();
    configure_with(&mut world, "target-3-as-user.sql", without("GRANT SEND"));
    eventually("the notification is dropped", || {
        let left =
            world.source.query("EN_Source", "SET NOCOUNT ON; SELECT COUNT(*) FROM sys.event_notifications");
        (left == ["0"]).then_some(())
    });
}

#[test]
fn without_a_return_route_the_message_arrives_and_is_never_acknowledged() {
    let mut world = World::new();
    configure_with(&mut world, "target-4.sql", without("CREATE ROUTE"));
    eventually("the messages arrive", || {
        let arrived =
            world.target.query("EN_Target", "SET NOCOUNT ON; SELECT COUNT(*) FROM Audit.AuditQueue");
        (arrived == ["2"]).then_some(())
    });
    let waiting =
        world.source.query("EN_Source", "SET NOCOUNT ON; SELECT COUNT(*) FROM sys.transmission_queue");
    assert_eq!(waiting, ["2"]);
    let reason = world.target.query(
        "EN_Target",
        "SET NOCOUNT ON; SELECT GET_TRANSMISSION_STATUS(conversation_handle) FROM sys.conversation_endpoints",
    );
    assert!(reason[0].contains("route"), "{reason:?}");
}

#[test]
fn without_connect_the_login_is_named() {
    let mut world = World::new();
    configure_with(&mut world, "target-4.sql", without("GRANT CONNECT"));
    status_contains(&world, "The login 'SrcAuthLogin' does not have CONNECT permission on the endpoint");
}

#[test]
fn without_the_peer_certificate_the_handshake_says_so() {
    let mut world = World::new();
    configure_with(&mut world, "target-5.sql", without("CREATE CERTIFICATE"));
    status_contains(&world, "The certificate used by the peer is invalid");
}

#[test]
fn a_notification_created_by_dbo_has_no_certificate() {
    let mut world = World::new();
    for found in STEPS {
        let as_dbo = Step { user: "sa", password: crate::process::SA_PASSWORD, side: Side::Source, ..*found };
        let step = if found.script == "source-5-as-user.sql" { &as_dbo } else { found };
        world.step(step, |text| text);
    }
    world.step(&EVENT, |text| text);
    status_contains(&world, "there is no security certificate bound to the database principal (Id: 1)");
}
