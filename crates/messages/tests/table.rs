//! The table as a whole, and the page rendered from it.

use std::path::Path;

use duologue_messages::{MESSAGES, SqlError, exists, lookup, markdown, sql_error};

#[test]
fn docs_page_is_current() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors.md");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&page, markdown()).unwrap();
    }
    let current = std::fs::read_to_string(&page).unwrap_or_default();
    assert!(current == markdown(), "docs/errors.md is out of date: run this test with UPDATE_EXPECT=1");
}

#[test]
fn every_row_is_well_formed() {
    for message in MESSAGES {
        let number = message.number;
        assert!(exists(number) && lookup(number).is_some_and(|found| found.number == number), "{number}");
        assert!((10..=24).contains(&message.severity), "{number}: severity {}", message.severity);
        assert!(
            !message.text.is_empty() && message.text.trim() == message.text,
            "{number}: blanks at the ends"
        );
        let leftovers = ["`", "\\%", "\\_", "…", "\n", "[K]", "(text M)"];
        assert!(
            leftovers.iter().all(|leftover| !message.text.contains(leftover)),
            "{number}: notes in the text"
        );
        let arguments: Vec<&dyn std::fmt::Display> = vec![&"x"; 12];
        assert!(!message.fill(&arguments).contains("%.*"), "{number}: a placeholder is not understood");
    }
    assert!(!exists(0) && !exists(i32::MAX) && !exists(-8494) && !exists(50_000));
}

#[test]
fn errors_are_built_from_the_table() {
    let cases: &[(SqlError, &str)] = &[
        (sql_error!(102, "FOO"), "Msg 102, Level 15, State 1: Incorrect syntax near 'FOO'."),
        (
            sql_error!(15151, "find", "service", "s").with_state(2),
            "Msg 15151, Level 16, State 2: Cannot find the service 's', because it does not exist or you do not \
             have permission.",
        ),
        (
            sql_error!(3701, "drop", "queue", "q"),
            "Msg 3701, Level 11, State 1: Cannot drop the queue 'q', because \
             it does not exist or you do not have permission.",
        ),
        (
            sql_error!(9748, "Service Broker"),
            "Msg 9748, Level 10, State 1: The Service Broker protocol transport is \
             not available.",
        ),
        (
            sql_error!(28001, "id", 1, 5i64),
            "Msg 28001, Level 16, State 1: A corrupted message has been received. It contains invalid flags. This \
             occurred in the message with Conversation ID 'id', Initiator: 1, and Message sequence number: 5.",
        ),
        (
            sql_error!(5060, 100),
            "Msg 5060, Level 10, State 1: Nonqualified transactions are being rolled back. \
             Estimated rollback completion: 100%.",
        ),
        (SqlError::new(1, &[]), "Msg 1, Level 16, State 1: Error 1 has no text in the message table."),
    ];
    for (error, expected) in cases {
        assert_eq!(&error.to_string(), expected);
    }
}
