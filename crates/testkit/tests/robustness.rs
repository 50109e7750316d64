//! Whatever is cut off where: a session answers and lives on.

use std::fs;
use std::path::PathBuf;

use duologue_session::Progress;
use duologue_testkit::TestServer;

/// Scripts whose statements take no time to try hundreds of times.
const SCRIPTS: [&str; 6] = ["control_flow", "dialogs", "dynamic_sql", "errors", "tables", "transactions"];
/// Every so many bytes a batch is cut off.
const STRIDE: usize = 5;

#[test]
fn batches_that_end_anywhere_are_answered() {
    let mut server = TestServer::new();
    for script in SCRIPTS {
        let path: PathBuf =
            [env!("CARGO_MANIFEST_DIR"), "..", "..", "tests", "sql", &format!("{script}.sql")]
                .iter()
                .collect();
        let text = fs::read_to_string(path).expect("the script is there");
        let mut session = server.login("sa").expect("sa may log in");
        for batch in text.split("\nGO\n") {
            let ends = (0..batch.len()).step_by(STRIDE).filter(|end| batch.is_char_boundary(*end));
            for end in ends {
                server.run(&mut session, &batch[..end]);
                if !matches!(session.progress, Progress::Done(_)) {
                    server.cancel(&mut session);
                }
            }
        }
        server.run(&mut session, "WHILE @@TRANCOUNT > 0 ROLLBACK");
        let printed =
            server.run(&mut session, "SET NOCOUNT OFF SET IMPLICIT_TRANSACTIONS OFF SELECT 1 AS alive");
        assert_eq!(printed, "alive\n-----\n1\n(1 row affected)\n", "{script}");
        server.close(session);
    }
}
