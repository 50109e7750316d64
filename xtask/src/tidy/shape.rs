//! Lengths, widths, blanks, titles.

use super::Finding;
use super::files::SourceFile;

/// A file you can hold in your head has 200 to 400 lines; beyond this it is two files.
const MAX_LINES: usize = 600;

/// Files that may be longer, and why.
const LONG_FILES: [(&str, &str); 1] = [("crates/messages/src/table/", "one row per message: data, not code")];

/// Code is at most 110 wide, which rustfmt sees to. Comments it leaves alone may be this wide.
const MAX_WIDTH: usize = 120;

pub(super) fn length(file: &SourceFile) -> Vec<Finding> {
    let lines = file.text.lines().count();
    let is_excused = LONG_FILES.iter().any(|(start, _)| file.path.starts_with(start));
    if file.extension() != "rs" || lines <= MAX_LINES || is_excused {
        return Vec::new();
    }
    vec![Finding::new(
        file,
        0,
        format!("{lines} lines; split it by what changes together (at most {MAX_LINES})"),
    )]
}

/// Lines rustfmt leaves: it breaks neither comments nor text. A literal may be too wide, being one piece.
pub(super) fn width(file: &SourceFile) -> Vec<Finding> {
    if file.extension() != "rs" {
        return Vec::new();
    }
    let is_wide =
        |line: &str| line.chars().count() > MAX_WIDTH && !line.contains('"') && !line.contains("://");
    file.lines()
        .filter(|(_, line)| is_wide(line))
        .map(|(number, line)| {
            Finding::new(file, number, format!("{} characters (at most {MAX_WIDTH})", line.chars().count()))
        })
        .collect()
}

pub(super) fn blanks(file: &SourceFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        if line.contains('\t') {
            findings.push(Finding::new(file, number, "a tab; write blanks"));
        }
        if line.ends_with(' ') {
            findings.push(Finding::new(file, number, "blanks at the end of the line"));
        }
    }
    if !file.text.is_empty() && !file.text.ends_with('\n') {
        findings.push(Finding::new(file, 0, "no line end at the end of the file"));
    }
    findings
}

/// A page begins with its title and has no other.
pub(super) fn title(file: &SourceFile) -> Vec<Finding> {
    if file.extension() != "md" {
        return Vec::new();
    }
    let mut titles = Vec::new();
    let mut is_code = false;
    for (number, line) in file.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        if !is_code && line.starts_with("# ") {
            titles.push(number);
        }
    }
    match titles.as_slice() {
        [1] => Vec::new(),
        [] => vec![Finding::new(file, 0, "no title; begin with `# …`")],
        [first] => vec![Finding::new(file, *first, "the title is not the first line")],
        [_, second, ..] => vec![Finding::new(file, *second, "a second title; use `##`")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(path: &str, text: &str) -> SourceFile {
        SourceFile::sample(path, text)
    }

    #[test]
    fn lengths() {
        let long = "x\n".repeat(601);
        assert_eq!(length(&sample("a.rs", &long)).len(), 1);
        assert!(length(&sample("a.rs", &long[2..])).is_empty());
        assert!(length(&sample("crates/messages/src/table/broker.rs", &long)).is_empty());
    }

    #[test]
    fn widths() {
        let wide = "x".repeat(121);
        assert_eq!(width(&sample("a.rs", &wide)).len(), 1);
        assert!(width(&sample("a.rs", &format!("\"{wide}\""))).is_empty(), "a literal is one piece");
        assert!(width(&sample("a.rs", &"x".repeat(120))).is_empty());
    }

    #[test]
    fn blanks_where_none_belong() {
        assert_eq!(blanks(&sample("a.md", "a \n\tb\nc")).len(), 3);
        assert!(blanks(&sample("a.md", "a\nb\n")).is_empty());
    }

    #[test]
    fn titles() {
        let cases = [
            ("# A\ntext\n", 0),
            ("# A\n# B\n", 1),
            ("text\n", 1),
            ("\n# A\n", 1),
            ("# A\n```\n# b\n```\n", 0),
        ];
        for (text, findings) in cases {
            assert_eq!(title(&sample("a.md", text)).len(), findings, "{text}");
        }
    }
}
