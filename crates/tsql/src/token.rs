//! Tokens: a kind and a place; their text stays in the batch.

/// A token's kind and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    /// Byte offsets in the text.
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Line of the first byte, from 1.
    pub(crate) line: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// An unquoted word, reserved or not.
    Word {
        reserved: bool,
    },
    /// `[name]`, `"name"`.
    QuotedName,
    /// `@name`.
    Variable,
    /// `@@name`.
    SystemVariable,
    /// `'text'`, `N'text'`, and `"text"` with QUOTED_IDENTIFIER OFF.
    String {
        national: bool,
    },
    /// `0x1234`.
    Binary,
    Integer,
    /// Digits with a point.
    Decimal,
    /// Digits with an exponent.
    Float,
    /// `$1.50`.
    Money,
    /// An operator or a punctuation mark.
    Symbol(&'static str),
    /// What cannot be read; the number indexes the lexer's errors.
    Invalid(u32),
    /// The end of the batch.
    End,
}

/// The content of a quoted name or string: delimiters off, doubled delimiters single, and, in a string, a
/// backslash before a line break gone together with the break.
pub(crate) fn unquote(raw: &str) -> String {
    let raw = raw.strip_prefix(['N', 'n']).unwrap_or(raw);
    let mut inner = raw.chars();
    let open = inner.next();
    inner.next_back();
    let (close, doubled) = match open {
        Some('[') => ("]", "]]"),
        Some('"') => ("\"", "\"\""),
        _ => ("'", "''"),
    };
    let content = inner.as_str().replace(doubled, close);
    if close == "'" && content.contains("\\\n") || content.contains("\\\r\n") {
        return content.replace("\\\r\n", "").replace("\\\n", "");
    }
    content
}
