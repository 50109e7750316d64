//! Golden scripts: `golden/*.sql` holds snippets between `GO` lines, `golden/*.out` what becomes of each.
//! `UPDATE_EXPECT=1 cargo test` writes the outputs anew.

use expect_test::expect_file;

use crate::compact::outline;

macro_rules! golden {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            let script = include_str!(concat!("../golden/", stringify!($name), ".sql"));
            let output: String = script.split_terminator("\nGO\n").map(entry).collect();
            expect_file![concat!("../golden/", stringify!($name), ".out")].assert_eq(&output);
        }
    )*};
}

fn entry(snippet: &str) -> String {
    format!("{snippet}\n=> {}\n", outline(snippet).replace('\n', "\n   ").trim_end())
}

golden! {
    errors not_built
    constants expressions conditions aliases queries data_statements control_flow execute cursors
    tables other_objects modules broker_objects conversations keys principals_and_permissions endpoints
}
