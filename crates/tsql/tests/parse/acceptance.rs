//! The five steps' scripts parse as they are.

use duologue_tsql::{ParseOptions, parse_batch, split_batches};

const SCRIPTS: &[(&str, &str)] = &[
    ("source-2", include_str!("../../../duologue/src/demo/scripts/source-2.sql")),
    ("source-3", include_str!("../../../duologue/src/demo/scripts/source-3.sql")),
    ("source-4", include_str!("../../../duologue/src/demo/scripts/source-4.sql")),
    ("source-5", include_str!("../../../duologue/src/demo/scripts/source-5.sql")),
    ("source-5-as-user", include_str!("../../../duologue/src/demo/scripts/source-5-as-user.sql")),
    ("source-event", include_str!("../../../duologue/src/demo/scripts/source-event.sql")),
    ("target-2", include_str!("../../../duologue/src/demo/scripts/target-2.sql")),
    ("target-3", include_str!("../../../duologue/src/demo/scripts/target-3.sql")),
    ("target-3-as-user", include_str!("../../../duologue/src/demo/scripts/target-3-as-user.sql")),
    ("target-4", include_str!("../../../duologue/src/demo/scripts/target-4.sql")),
    ("target-5", include_str!("../../../duologue/src/demo/scripts/target-5.sql")),
    ("target-receive", include_str!("../../../duologue/src/demo/scripts/target-receive.sql")),
];

#[test]
fn acceptance_scripts_parse() {
    for (name, script) in SCRIPTS {
        let script = script.replace("$(SourcePort)", "4022").replace("$(TargetPort)", "4023");
        let batches = split_batches(&script);
        assert!(!batches.is_empty(), "{name}");
        for batch in batches {
            let parsed = parse_batch(&batch.text, &ParseOptions::default());
            let parsed =
                parsed.unwrap_or_else(|errors| panic!("{name} line {}: {errors:?}", batch.first_line));
            assert!(!parsed.statements.is_empty(), "{name}");
            let shown = format!("{parsed:?}");
            assert!(!shown.contains("NotBuilt"), "{name}: {shown}");
        }
    }
}
