//! Scripts: batches separated by `GO`, which is a client's command and not part of the language.

/// One batch of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptBatch {
    /// Without the GO line.
    pub text: String,
    /// Line of the script on which the batch begins, from 1.
    pub first_line: u32,
    /// `GO count`; 1 unless given.
    pub repeat: u32,
}

/// What a line of a script begins inside of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Nothing,
    /// A block comment, this many deep.
    Comment(usize),
    /// A string or quoted name that ends at this character.
    Quoted(char),
}

/// Cuts a script at lines that hold nothing but `GO`, in any case, and perhaps a count and a comment. Such a
/// line inside a block comment or a quoted text does not count. Batches of blanks only are left out.
pub fn split_batches(script: &str) -> Vec<ScriptBatch> {
    let mut batches = Vec::new();
    let (mut text, mut first_line, mut inside) = (String::new(), 1, Inside::Nothing);
    for (line, number) in script.split_inclusive('\n').zip(1u32..) {
        let separator = if inside == Inside::Nothing { separator(line) } else { None };
        if let Some(repeat) = separator {
            push(&mut batches, std::mem::take(&mut text), first_line, repeat);
            first_line = number + 1;
        } else {
            inside = after_line(line, inside);
            text.push_str(line);
        }
    }
    push(&mut batches, text, first_line, 1);
    batches
}

fn push(batches: &mut Vec<ScriptBatch>, text: String, first_line: u32, repeat: u32) {
    if !text.trim_start_matches('\u{feff}').trim().is_empty() {
        batches.push(ScriptBatch { text, first_line, repeat });
    }
}

/// The count of a `GO` line.
fn separator(line: &str) -> Option<u32> {
    let line = line.trim_start_matches('\u{feff}');
    let line = line.split("--").next().unwrap_or_default().trim().trim_end_matches(';');
    let (word, count) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    if !word.eq_ignore_ascii_case("go") {
        return None;
    }
    if count.trim().is_empty() { Some(1) } else { count.trim().parse().ok() }
}

/// What the next line begins inside of.
fn after_line(line: &str, mut inside: Inside) -> Inside {
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        let pair = (c, rest.as_str().chars().next());
        match (inside, pair) {
            (Inside::Nothing, ('-', Some('-'))) => return inside,
            (Inside::Nothing, ('/', Some('*'))) => {
                inside = Inside::Comment(1);
                rest.next();
            }
            (Inside::Nothing, ('\'' | '"', _)) => inside = Inside::Quoted(c),
            (Inside::Nothing, ('[', _)) => inside = Inside::Quoted(']'),
            (Inside::Comment(depth), ('/', Some('*'))) => {
                inside = Inside::Comment(depth + 1);
                rest.next();
            }
            (Inside::Comment(depth), ('*', Some('/'))) => {
                inside = if depth == 1 { Inside::Nothing } else { Inside::Comment(depth - 1) };
                rest.next();
            }
            // A doubled quote leaves and enters again, which comes to the same.
            (Inside::Quoted(close), (c, _)) if c == close => inside = Inside::Nothing,
            _ => {}
        }
    }
    inside
}
