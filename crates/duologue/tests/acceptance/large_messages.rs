//! A message of 64 MB crosses in a thousand fragments, sealed each, and what is sent after it arrives after it.

use crate::world::{World, eventually};

const DEFINITIONS: &str =
    "CREATE MESSAGE TYPE Big VALIDATION = NONE; CREATE CONTRACT BigContract (Big SENT BY ANY); ";

#[test]
fn a_message_of_64_mb_arrives_whole_and_in_order() {
    let mut world = World::new();
    world.configure();
    let (source_port, target_port) = world.broker_ports();
    world.source.query(
        "EN_Source",
        &format!(
            "{DEFINITIONS} CREATE QUEUE q; CREATE SERVICE [//src/Big] AUTHORIZATION EnSourceUser ON QUEUE q; \
             CREATE REMOTE SERVICE BINDING BigBinding TO SERVICE '//tgt/Big' WITH USER = EnTargetUser; \
             CREATE ROUTE BigRoute WITH SERVICE_NAME = '//tgt/Big', ADDRESS = 'TCP://127.0.0.1:{target_port}'"
        ),
    );
    world.target.query(
        "EN_Target",
        &format!(
            "{DEFINITIONS} CREATE QUEUE q; CREATE SERVICE [//tgt/Big] AUTHORIZATION EnTargetUser ON QUEUE q (BigContract); \
             GRANT SEND ON SERVICE::[//tgt/Big] TO EnSourceUser; \
             CREATE ROUTE BigRoute WITH SERVICE_NAME = '//src/Big', ADDRESS = 'TCP://127.0.0.1:{source_port}'"
        ),
    );
    world.source.query(
        "EN_Source",
        "DECLARE @h uniqueidentifier, \
         @b varbinary(max) = CAST(REPLICATE(CAST('x' AS varchar(max)), 67108864) AS varbinary(max)); \
         BEGIN DIALOG @h FROM SERVICE [//src/Big] TO SERVICE '//tgt/Big' ON CONTRACT BigContract; \
         SEND ON CONVERSATION @h MESSAGE TYPE Big (@b); SEND ON CONVERSATION @h MESSAGE TYPE Big (0x01);",
    );
    // Killed while the fragments are on their way: what is durable at the target is not lost.
    world.target.kill_and_restart();
    let arrived = eventually("both messages arrive", || {
        let lengths = "SET NOCOUNT ON; SELECT DATALENGTH(message_body) FROM q ORDER BY queuing_order";
        let found = world.target.query("EN_Target", lengths);
        (found.len() == 2).then_some(found)
    });
    assert_eq!(arrived, ["67108864", "1"]);
    let received = "SET NOCOUNT ON; DECLARE @b varbinary(max); RECEIVE TOP (1) @b = message_body FROM q; \
                    SELECT DATALENGTH(@b), CAST(SUBSTRING(@b, 67108861, 9) AS varchar(9))";
    assert_eq!(world.target.query("EN_Target", received), ["67108864|xxxx"]);
}
