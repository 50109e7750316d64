//! Broker Configuration Notice as the seeds describe it: who is asked, how often, and what the answer changes.

use crate::world::{EVENT, RECEIVE, STEPS, Step, World, eventually};

/// A configuration service that lists both spellings of the contract, and the ways to it and to a far service.
const CONFIGURATION_SERVICE: &str = "\
CREATE QUEUE dbo.BcnQueue;
CREATE SERVICE [SQL/ServiceBroker/BrokerConfiguration] ON QUEUE dbo.BcnQueue
  ([https://schemas.microsoft.com/SQL/ServiceBroker/BrokerConfigurationNotice],
   [http://schemas.microsoft.com/SQL/ServiceBroker/BrokerConfigurationNotice]);
CREATE ROUTE BcnRoute WITH SERVICE_NAME = 'SQL/ServiceBroker/BrokerConfiguration', ADDRESS = 'LOCAL';
";

const REQUESTS: &str = "SET NOCOUNT ON; SELECT message_type_name, \
    CAST(message_body AS xml).value('declare namespace n=\"https://schemas.microsoft.com/SQL/ServiceBroker/BrokerConfigurationNotice/MissingRemoteServiceBinding\"; \
    (/n:MissingRemoteServiceBinding/n:SERVICE_NAME)[1]', 'nvarchar(256)') FROM dbo.BcnQueue";

const MISSING_BINDING: &str =
    "https://schemas.microsoft.com/SQL/ServiceBroker/BrokerConfigurationNotice/MissingRemoteServiceBinding";

fn sa_on_source() -> Step {
    *STEPS.iter().find(|step| step.script == "source-2.sql").expect("the first step")
}

fn begin_and_send(encryption: &str) -> String {
    format!(
        "DECLARE @h uniqueidentifier; \
         BEGIN DIALOG @h FROM SERVICE Here TO SERVICE 'https://Adventure-Works.com/Elsewhere' WITH ENCRYPTION = {encryption}; \
         SEND ON CONVERSATION @h (N'x');"
    )
}

const STATUSES: &str = "SET NOCOUNT ON; SELECT transmission_status FROM sys.transmission_queue";

#[test]
fn one_question_for_all_and_an_error_lets_only_clear_dialogs_go_on() {
    let world = World::new();
    let script = format!(
        "CREATE DATABASE App;\nGO\nUSE App;\nGO\nCREATE QUEUE dbo.HereQueue;\nCREATE SERVICE Here ON QUEUE dbo.HereQueue;\n\
         CREATE ROUTE Elsewhere WITH SERVICE_NAME = 'https://Adventure-Works.com/Elsewhere', ADDRESS = 'TCP://127.0.0.1:1';\n\
         {CONFIGURATION_SERVICE}GO\n{}\nGO\n{}\nGO\n{}\nGO\n",
        begin_and_send("ON"),
        begin_and_send("ON"),
        begin_and_send("OFF"),
    );
    world.run(&sa_on_source(), &script).expect_success();
    // Silence: everything waits, and nobody asks a second time.
    let statuses = eventually("all three wait", || {
        let found = world.source.query("App", STATUSES);
        (found.len() == 3).then_some(found)
    });
    assert!(
        statuses.iter().all(|status| status.contains("via the Broker Configuration Service")),
        "{statuses:?}"
    );
    assert_eq!(
        world.source.query("App", REQUESTS),
        [format!("{MISSING_BINDING}|https://Adventure-Works.com/Elsewhere")]
    );
    let refuse = "DECLARE @h uniqueidentifier; RECEIVE TOP (1) @h = conversation_handle FROM dbo.BcnQueue; \
                  END CONVERSATION @h WITH ERROR = 1 DESCRIPTION = N'no binding known';";
    world.source.query("App", refuse);
    eventually("encrypted dialogs lack a binding, the clear one lacks the endpoint", || {
        let found = world.source.query("App", STATUSES);
        let missing = found.iter().filter(|text| text.contains("there is no remote service binding")).count();
        let clear = found.iter().filter(|text| text.contains("protocol transport is not available")).count();
        (missing == 2 && clear == 1).then_some(())
    });
    // The answer is remembered: a new conversation within ten minutes asks nothing.
    world.source.query("App", &begin_and_send("ON"));
    eventually("the new one lacks a binding too", || {
        let found = world.source.query("App", STATUSES);
        let missing = found.iter().filter(|text| text.contains("there is no remote service binding")).count();
        (missing == 3).then_some(())
    });
    assert_eq!(world.source.query("App", "SET NOCOUNT ON; SELECT COUNT(*) FROM dbo.BcnQueue"), ["0"]);
}

#[test]
fn a_binding_that_is_made_on_request_lets_the_notification_arrive() {
    let mut world = World::new();
    for step in STEPS {
        world.step(step, |text| match (step.script, text.find("CREATE REMOTE SERVICE BINDING")) {
            ("source-3.sql", Some(start)) => {
                let end = text[start..].find(';').map_or(text.len(), |semicolon| start + semicolon + 1);
                format!("{}{CONFIGURATION_SERVICE}{}", &text[..start], &text[end..])
            }
            _ => text,
        });
    }
    world.step(&EVENT, |text| text);
    eventually("the binding is asked for", || {
        let found = world.source.query("EN_Source", REQUESTS);
        (found == [format!("{MISSING_BINDING}|//tgt.example/AuditSink")]).then_some(())
    });
    // The question and what waits for its answer survive.
    world.kill_both();
    let answer = "USE EN_Source;\nGO\nDECLARE @h uniqueidentifier, @type sysname;\n\
        WAITFOR (RECEIVE TOP (1) @h = conversation_handle, @type = message_type_name FROM dbo.BcnQueue), \
        TIMEOUT 30000;\n\
        CREATE REMOTE SERVICE BINDING AuditSinkBinding TO SERVICE '//tgt.example/AuditSink' WITH USER = EnTargetUser;\n\
        END CONVERSATION @h;\nGO\n";
    world.run(&sa_on_source(), answer).expect_success();
    let received = world.step(&RECEIVE, |text| text);
    assert!(received.contains("CREATE_TABLE") && received.contains("ALTER_TABLE"), "{received}");
    let keys = "SET NOCOUNT ON; SELECT COUNT(*) FROM sys.conversation_endpoints \
                WHERE far_service = '//tgt.example/AuditSink' \
                AND outbound_session_key_identifier <> '00000000-0000-0000-0000-000000000000'";
    assert_eq!(world.source.query("EN_Source", keys), ["1"]);
}

#[test]
fn a_missing_route_is_asked_for_too() {
    let world = World::new();
    let script = format!(
        "CREATE DATABASE App;\nGO\nUSE App;\nGO\nCREATE QUEUE dbo.HereQueue;\nCREATE SERVICE Here ON QUEUE dbo.HereQueue;\n\
         {CONFIGURATION_SERVICE}GO\n{}\nGO\n{}\nGO\n",
        begin_and_send("OFF"),
        begin_and_send("OFF"),
    );
    world.run(&sa_on_source(), &script).expect_success();
    let types = "SET NOCOUNT ON; SELECT message_type_name FROM dbo.BcnQueue ORDER BY message_type_name";
    eventually("both questions are there, once each", || {
        let found = world.source.query("App", types);
        let expected = [
            MISSING_BINDING,
            "https://schemas.microsoft.com/SQL/ServiceBroker/BrokerConfigurationNotice/MissingRoute",
        ];
        (found == expected).then_some(())
    });
}
