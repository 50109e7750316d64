//! Tokens of a query. XQuery has no reserved words: what a name means is the parser's business.

use duologue_messages::SqlError;

use super::Method;
use crate::errors;

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// `name`, `p:name`, `p:*`, `*:name`: prefix and local part, `*` for a wildcard.
    Name {
        prefix: Option<String>,
        local: String,
    },
    Text(String),
    Number(f64),
    /// Punctuation, by its spelling.
    Symbol(&'static str),
    End,
}

impl Token {
    /// How an error quotes the token.
    pub(crate) fn spelling(&self) -> String {
        match self {
            Self::Name { prefix: Some(prefix), local } => format!("{prefix}:{local}"),
            Self::Name { prefix: None, local } => local.clone(),
            Self::Text(text) => format!("\"{text}\""),
            Self::Number(number) => number.to_string(),
            Self::Symbol(symbol) => (*symbol).to_owned(),
            Self::End => "<eof>".to_owned(),
        }
    }
}

/// Longest first, so that `//` is not read as two `/`.
const SYMBOLS: [&str; 27] = [
    "..", "//", "::", "!=", "<=", ">=", "<<", ">>", ":=", "/", ".", "@", "(", ")", "[", "]", ",", "=", "<",
    ">", "+", "-", "*", "|", "$", ";", "{",
];

/// A query longer than this is refused before it is read; SQL Server's batches end far below.
const MAX_TOKENS: usize = 20_000;

/// All tokens of `text`, the last one [`Token::End`].
pub(crate) fn tokens(method: Method, text: &str) -> Result<Vec<Token>, SqlError> {
    let mut lexer = Lexer { method, rest: text };
    let mut tokens = Vec::new();
    loop {
        let token = lexer.next()?;
        let is_end = token == Token::End;
        tokens.push(token);
        if is_end {
            return Ok(tokens);
        }
        if tokens.len() > MAX_TOKENS {
            return Err(lexer.syntax_error());
        }
    }
}

struct Lexer<'a> {
    method: Method,
    rest: &'a str,
}

impl Lexer<'_> {
    fn next(&mut self) -> Result<Token, SqlError> {
        self.skip_blanks_and_comments()?;
        let Some(first) = self.rest.chars().next() else { return Ok(Token::End) };
        if first == '"' || first == '\'' {
            return self.text(first);
        }
        if first.is_ascii_digit()
            || (first == '.' && self.rest[1..].starts_with(|next: char| next.is_ascii_digit()))
        {
            return self.number();
        }
        if is_name_start(first) {
            return Ok(self.name());
        }
        if let Some(local) = self.rest.strip_prefix("*:").filter(|local| local.starts_with(is_name_start)) {
            self.rest = local;
            return Ok(Token::Name { prefix: Some("*".to_owned()), local: self.simple_name() });
        }
        let symbol = SYMBOLS.iter().find(|symbol| self.rest.starts_with(**symbol));
        let symbol = symbol.ok_or_else(|| self.syntax_error())?;
        self.rest = &self.rest[symbol.len()..];
        Ok(Token::Symbol(symbol))
    }

    fn skip_blanks_and_comments(&mut self) -> Result<(), SqlError> {
        loop {
            self.rest = self.rest.trim_start();
            if !self.rest.starts_with("(:") {
                return Ok(());
            }
            self.skip_comment()?;
        }
    }

    /// Comments nest.
    fn skip_comment(&mut self) -> Result<(), SqlError> {
        let mut depth = 0_usize;
        loop {
            if let Some(rest) = self.rest.strip_prefix("(:") {
                depth += 1;
                self.rest = rest;
            } else if let Some(rest) = self.rest.strip_prefix(":)") {
                depth -= 1;
                self.rest = rest;
            } else {
                let mut characters = self.rest.chars();
                characters.next().ok_or_else(|| self.syntax_error())?;
                self.rest = characters.as_str();
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// A literal; the quote doubled stands for itself, and the predefined references are read.
    fn text(&mut self, quote: char) -> Result<Token, SqlError> {
        let mut text = String::new();
        let mut rest = &self.rest[1..];
        loop {
            let (part, after) = rest.split_once(quote).ok_or_else(|| self.syntax_error())?;
            text.push_str(part);
            match after.strip_prefix(quote) {
                Some(after_doubled) => {
                    text.push(quote);
                    rest = after_doubled;
                }
                None => {
                    if text.contains(is_no_xml_character) {
                        return Err(self.syntax_error());
                    }
                    self.rest = after;
                    return Ok(Token::Text(resolve_references(&text)));
                }
            }
        }
    }

    fn number(&mut self) -> Result<Token, SqlError> {
        let bytes = self.rest.as_bytes();
        let mut end = bytes.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            let digits = bytes[end + 1 + sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            end += if digits > 0 { 1 + sign + digits } else { 0 };
        }
        let (text, rest) = self.rest.split_at(end);
        let number = text.parse().map_err(|_| self.syntax_error())?;
        self.rest = rest;
        Ok(Token::Number(number))
    }

    fn name(&mut self) -> Token {
        let first = self.simple_name();
        let after_colon = self.rest.strip_prefix(':').filter(|after| !after.starts_with(':'));
        let Some(after) = after_colon else { return Token::Name { prefix: None, local: first } };
        if let Some(rest) = after.strip_prefix('*') {
            self.rest = rest;
            return Token::Name { prefix: Some(first), local: "*".to_owned() };
        }
        if after.starts_with(is_name_start) {
            self.rest = after;
            return Token::Name { prefix: Some(first), local: self.simple_name() };
        }
        Token::Name { prefix: None, local: first }
    }

    fn simple_name(&mut self) -> String {
        let end = self.rest.find(|next| !is_name_part(next)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        name.to_owned()
    }

    fn syntax_error(&self) -> SqlError {
        let near: String = self.rest.chars().take(20).collect();
        errors::syntax(self.method, &near)
    }
}

fn is_name_start(character: char) -> bool {
    character.is_alphabetic() || character == '_'
}

fn is_name_part(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '.')
}

/// What no XML document may hold, so no query may make it.
fn is_no_xml_character(character: char) -> bool {
    matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

fn resolve_references(text: &str) -> String {
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (reference, character)| text.replace(reference, character))
}
