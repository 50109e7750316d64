//! The look of a result: headings, dashes, columns filled to the width of their type.

/// A column of a result, as far as its look goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ColumnLayout {
    /// Heading; empty for an expression without alias.
    pub(super) name: String,
    /// Characters its type needs at most.
    pub(super) width: TypeWidth,
    /// Numbers stand at the right.
    pub(super) is_number: bool,
}

/// How wide a type's text can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TypeWidth {
    /// So many characters.
    Characters(usize),
    /// A max type or xml: as wide as the user allows (`-y`).
    Unbounded,
}

/// What the options say about the look.
#[derive(Clone, Debug)]
pub(super) struct Format {
    /// `-s`.
    pub(super) separator: String,
    /// `-h`: rows between headings, 0 for one, negative for none.
    pub(super) headers: i64,
    /// `-W`.
    pub(super) trim: bool,
    /// `-y`; 0 shows all.
    pub(super) variable_width: usize,
    /// `-w`; 0 does not wrap.
    pub(super) line_width: usize,
}

/// Lays out one result set, row by row.
pub(super) struct Layout<'a> {
    format: &'a Format,
    columns: Vec<(ColumnLayout, usize)>,
    rows: i64,
}

impl<'a> Layout<'a> {
    /// A layout for a result with these columns.
    pub(super) fn new(format: &'a Format, columns: Vec<ColumnLayout>) -> Self {
        let columns = columns
            .into_iter()
            .map(|column| {
                let width = width(format, &column);
                (column, width)
            })
            .collect();
        Self { format, columns, rows: 0 }
    }

    /// The heading, when the result begins with one.
    pub(super) fn begin(&self) -> Vec<String> {
        if self.format.headers < 0 { Vec::new() } else { self.heading() }
    }

    /// A row, with a heading before it where one is due. None is NULL.
    pub(super) fn row(&mut self, values: &[Option<String>]) -> Vec<String> {
        let is_due = self.format.headers > 0 && self.rows > 0 && self.rows % self.format.headers == 0;
        self.rows += 1;
        let mut lines = if is_due { [vec![String::new()], self.heading()].concat() } else { Vec::new() };
        let cells = self.columns.iter().zip(values).map(|((column, width), value)| {
            let text = value.as_deref().unwrap_or("NULL");
            self.cell(shortened(self.format, column, text), *width, column.is_number)
        });
        lines.extend(self.wrapped(&cells.collect::<Vec<_>>().join(&self.format.separator)));
        lines
    }

    fn heading(&self) -> Vec<String> {
        let names = self.columns.iter().map(|(column, width)| self.cell(&column.name, *width, false));
        let dashes = self.columns.iter().map(|(_, width)| "-".repeat(*width));
        let mut lines = self.wrapped(&names.collect::<Vec<_>>().join(&self.format.separator));
        lines.extend(self.wrapped(&dashes.collect::<Vec<_>>().join(&self.format.separator)));
        lines
    }

    fn cell(&self, text: &str, width: usize, right: bool) -> String {
        if self.format.trim {
            return text.trim_end().to_owned();
        }
        let fill = " ".repeat(width.saturating_sub(text.chars().count()));
        if right { fill + text } else { text.to_owned() + &fill }
    }

    /// The line in pieces of at most the line width.
    fn wrapped(&self, line: &str) -> Vec<String> {
        if self.format.line_width == 0 || line.is_empty() {
            return vec![line.to_owned()];
        }
        let characters: Vec<char> = line.chars().collect();
        characters.chunks(self.format.line_width).map(|piece| piece.iter().collect()).collect()
    }
}

/// Characters of a column: its type's, and its name's at least. Without filling, the dashes are as long as the name.
fn width(format: &Format, column: &ColumnLayout) -> usize {
    let name = column.name.chars().count();
    if format.trim {
        return name.max(1);
    }
    match column.width {
        TypeWidth::Characters(width) => width.max(name),
        TypeWidth::Unbounded => format.variable_width.max(name),
    }
}

fn shortened<'t>(format: &Format, column: &ColumnLayout, text: &'t str) -> &'t str {
    if column.width != TypeWidth::Unbounded || format.variable_width == 0 {
        return text;
    }
    text.char_indices().nth(format.variable_width).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn format() -> Format {
        Format { separator: " ".to_owned(), headers: 0, trim: false, variable_width: 12, line_width: 0 }
    }

    fn show(format: &Format, expected: &Expect) {
        let column = |name: &str, width, is_number| ColumnLayout { name: name.to_owned(), width, is_number };
        let columns = vec![
            column("id", TypeWidth::Characters(5), true),
            column("", TypeWidth::Characters(4), false),
            column("body", TypeWidth::Unbounded, false),
        ];
        let mut layout = Layout::new(format, columns);
        let mut lines = layout.begin();
        let text = |text: &str| Some(text.to_owned());
        lines.extend(layout.row(&[text("7"), text("ab"), text("<a>a longer text</a>")]));
        lines.extend(layout.row(&[None, None, text("ü")]));
        lines.extend(layout.row(&[text("-12"), text("abcd"), text("")]));
        let marked: Vec<String> = lines.iter().map(|line| format!("{line}|")).collect();
        expected.assert_eq(&(marked.join("\n") + "\n"));
    }

    #[test]
    fn columns_are_filled() {
        show(
            &format(),
            &expect![[r#"
                id         body        |
                ----- ---- ------------|
                    7 ab   <a>a longer |
                 NULL NULL ü           |
                  -12 abcd             |
            "#]],
        );
    }

    #[test]
    fn trimmed_with_separator() {
        show(
            &Format { separator: ",".to_owned(), trim: true, variable_width: 0, ..format() },
            &expect![[r#"
                id,,body|
                --,-,----|
                7,ab,<a>a longer text</a>|
                NULL,NULL,ü|
                -12,abcd,|
            "#]],
        );
    }

    #[test]
    fn headings_repeat_or_fall_away() {
        show(
            &Format { headers: 2, trim: true, ..format() },
            &expect![[r#"
                id  body|
                -- - ----|
                7 ab <a>a longer|
                NULL NULL ü|
                |
                id  body|
                -- - ----|
                -12 abcd |
            "#]],
        );
        show(
            &Format { headers: -1, trim: true, ..format() },
            &expect![[r#"
                7 ab <a>a longer|
                NULL NULL ü|
                -12 abcd |
            "#]],
        );
    }

    #[test]
    fn long_lines_wrap_when_asked() {
        show(
            &Format { headers: -1, line_width: 10, ..format() },
            &expect![[r#"
                    7 ab  |
                 <a>a long|
                er |
                 NULL NULL|
                 ü        |
                   |
                  -12 abcd|
                          |
                   |
            "#]],
        );
    }
}
