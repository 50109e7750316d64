//! Text to tokens.

use duologue_messages::{SqlError, sql_error};

use crate::errors::shortened;
use crate::keywords::is_reserved;
use crate::token::{Token, TokenKind};

/// Characters of an identifier.
const MAX_IDENTIFIER: usize = 128;
/// More than any sensible batch; keeps a hostile one from filling the memory.
const MAX_TOKENS: usize = 4_000_000;

/// Characters of an unclosed string that the error shows.
const MAX_SHOWN: usize = 2_000;

/// Operators and punctuation, longest first.
const SYMBOLS: &[&str] = &[
    "<>", "<=", ">=", "!=", "!<", "!>", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "::", "(", ")", ",",
    ";", ".", "=", "<", ">", "+", "-", "*", "/", "%", "&", "|", "^", "~", ":", "{", "}", "!", "?",
];

/// The tokens of a text, the last of which is [`TokenKind::End`], and the errors that `Invalid` tokens refer
/// to.
pub(crate) struct Lexed {
    pub(crate) tokens: Vec<Token>,
    pub(crate) errors: Vec<SqlError>,
}

/// Reads the whole text. An unclosed string or comment ends the tokens there.
pub(crate) fn lex(text: &str, quoted_identifier: bool) -> Lexed {
    let mut lexer =
        Lexer { text, position: 0, line: 1, quoted_identifier, tokens: Vec::new(), errors: Vec::new() };
    while lexer.step() {}
    let end = Token { kind: TokenKind::End, start: lexer.offset(), end: lexer.offset(), line: lexer.line };
    lexer.tokens.push(end);
    Lexed { tokens: lexer.tokens, errors: lexer.errors }
}

struct Lexer<'a> {
    text: &'a str,
    position: usize,
    line: u32,
    quoted_identifier: bool,
    tokens: Vec<Token>,
    errors: Vec<SqlError>,
}

impl<'a> Lexer<'a> {
    /// Reads one token with the blanks before it; false at the end.
    fn step(&mut self) -> bool {
        if !self.skip_blanks_and_comments() {
            return false;
        }
        let Some(first) = self.rest().chars().next() else { return false };
        if self.tokens.len() >= MAX_TOKENS {
            self.invalid(self.position, self.line, sql_error!(191));
            return false;
        }
        let (start, line) = (self.position, self.line);
        let Some(kind) = self.token(first) else { return false };
        self.tokens.push(Token { kind, start: start as u32, end: self.offset(), line });
        self.follow_quoted_identifier();
        true
    }

    fn token(&mut self, first: char) -> Option<TokenKind> {
        let second = self.rest().chars().nth(1);
        match first {
            '\'' => self.string(first, false),
            'N' | 'n' if second == Some('\'') => {
                self.position += 1;
                self.string('\'', true)
            }
            '"' if !self.quoted_identifier => self.string(first, false),
            '"' => self.quoted_name('"'),
            '[' => self.quoted_name(']'),
            '@' => Some(self.variable()),
            '0' if matches!(second, Some('x' | 'X')) => Some(self.binary()),
            '0'..='9' => Some(self.number()),
            '.' if second.is_some_and(|c| c.is_ascii_digit()) => Some(self.number()),
            '$' if !second.is_some_and(is_name_start) => Some(self.money()),
            _ if is_name_start(first) || first == '$' => Some(self.word()),
            _ => Some(self.symbol(first)),
        }
    }

    /// False when a comment is not closed.
    fn skip_blanks_and_comments(&mut self) -> bool {
        loop {
            let rest = self.rest();
            if rest.starts_with("--") {
                self.advance(rest.find('\n').unwrap_or(rest.len()));
            } else if rest.starts_with("/*") {
                if !self.skip_block_comment() {
                    return false;
                }
            } else {
                let blank = rest.find(|c: char| !is_blank(c)).unwrap_or(rest.len());
                if blank == 0 {
                    return true;
                }
                self.advance(blank);
            }
        }
    }

    /// Block comments nest.
    fn skip_block_comment(&mut self) -> bool {
        let (start, line) = (self.position, self.line);
        let bytes = self.text.as_bytes();
        let (mut depth, mut at) = (0usize, self.position);
        while at < bytes.len() {
            match bytes.get(at..at + 2) {
                Some(b"/*") => (depth, at) = (depth + 1, at + 2),
                Some(b"*/") => (depth, at) = (depth - 1, at + 2),
                _ => at += 1,
            }
            if depth == 0 {
                self.advance(at - start);
                return true;
            }
        }
        self.advance(self.text.len() - start);
        self.invalid(start, line, sql_error!(113));
        false
    }

    fn string(&mut self, quote: char, national: bool) -> Option<TokenKind> {
        let (start, line) = (self.position, self.line);
        match self.delimited(quote) {
            true => Some(TokenKind::String { national }),
            false => self.unclosed(start, line),
        }
    }

    fn quoted_name(&mut self, close: char) -> Option<TokenKind> {
        let (start, line) = (self.position, self.line);
        if !self.delimited(close) {
            return self.unclosed(start, line);
        }
        let name = crate::token::unquote(&self.text[start..self.position]);
        if name.is_empty() {
            // An object or column name may not be empty: SQL Server says 1038 at binding; here it is no name
            // at all.
            return Some(self.error_token(sql_error!(102, &self.text[start..self.position])));
        }
        self.checked_name(&name, TokenKind::QuotedName)
    }

    /// Moves past `close`, which is doubled inside; false when it is missing.
    fn delimited(&mut self, close: char) -> bool {
        let bytes = self.text.as_bytes();
        let mut at = self.position + 1;
        while let Some(found) = self.text[at..].find(close) {
            at += found + 1;
            if bytes.get(at).copied() != Some(close as u8) {
                self.advance(at - self.position);
                return true;
            }
            at += 1;
        }
        self.advance(self.text.len() - self.position);
        false
    }

    fn unclosed(&mut self, start: usize, line: u32) -> Option<TokenKind> {
        let content: String = self.text[start..].chars().skip(1).take(MAX_SHOWN).collect();
        self.invalid(start, line, sql_error!(105, content));
        None
    }

    fn variable(&mut self) -> TokenKind {
        let kind =
            if self.rest().starts_with("@@") { TokenKind::SystemVariable } else { TokenKind::Variable };
        let length = self.rest().find(|c| !is_name_part(c)).unwrap_or(self.rest().len());
        let name = &self.rest()[..length];
        self.position += length;
        self.checked_name(name, kind).unwrap_or(kind)
    }

    fn word(&mut self) -> TokenKind {
        let length = self.rest().find(|c| !is_name_part(c)).unwrap_or(self.rest().len()).max(1);
        let name = &self.rest()[..length];
        self.position += length;
        let kind = TokenKind::Word { reserved: is_reserved(name) };
        self.checked_name(name, kind).unwrap_or(kind)
    }

    fn checked_name(&mut self, name: &str, kind: TokenKind) -> Option<TokenKind> {
        if name.len() <= MAX_IDENTIFIER || name.encode_utf16().count() <= MAX_IDENTIFIER {
            return Some(kind);
        }
        let error = sql_error!(103, "identifier", shortened(name), MAX_IDENTIFIER);
        Some(self.error_token(error))
    }

    fn binary(&mut self) -> TokenKind {
        self.position += 2;
        self.skip_while(|c| c.is_ascii_hexdigit());
        TokenKind::Binary
    }

    fn number(&mut self) -> TokenKind {
        self.skip_while(|c| c.is_ascii_digit());
        let mut kind = TokenKind::Integer;
        if self.rest().starts_with('.') {
            self.position += 1;
            self.skip_while(|c| c.is_ascii_digit());
            kind = TokenKind::Decimal;
        }
        if self.rest().starts_with(['e', 'E']) {
            self.position += 1;
            if self.rest().starts_with(['+', '-']) {
                self.position += 1;
            }
            self.skip_while(|c| c.is_ascii_digit());
            kind = TokenKind::Float;
        }
        kind
    }

    fn money(&mut self) -> TokenKind {
        self.position += 1;
        if self.rest().starts_with('-') {
            self.position += 1;
        }
        self.skip_while(|c| c.is_ascii_digit() || c == '.');
        TokenKind::Money
    }

    fn symbol(&mut self, first: char) -> TokenKind {
        let rest = self.rest();
        if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            self.position += symbol.len();
            return TokenKind::Symbol(symbol);
        }
        self.position += first.len_utf8();
        self.error_token(sql_error!(102, first))
    }

    /// `SET QUOTED_IDENTIFIER ON|OFF` changes the reading of the rest of the batch, executed or not.
    fn follow_quoted_identifier(&mut self) {
        if let [.., set, option, value] = self.tokens.as_slice()
            && self.is_word(set, "SET")
            && self.is_word(option, "QUOTED_IDENTIFIER")
            && (self.is_word(value, "ON") || self.is_word(value, "OFF"))
        {
            self.quoted_identifier = self.is_word(value, "ON");
        }
    }

    fn is_word(&self, token: &Token, word: &str) -> bool {
        matches!(token.kind, TokenKind::Word { .. })
            && self.text[token.start as usize..token.end as usize].eq_ignore_ascii_case(word)
    }

    fn invalid(&mut self, start: usize, line: u32, error: SqlError) {
        let kind = self.error_token(error.at_line(line));
        self.tokens.push(Token { kind, start: start as u32, end: self.text.len() as u32, line });
    }

    fn error_token(&mut self, error: SqlError) -> TokenKind {
        self.errors.push(error.at_line(self.line));
        TokenKind::Invalid(self.errors.len() as u32 - 1)
    }

    fn skip_while(&mut self, accept: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.position += rest.find(|c| !accept(c)).unwrap_or(rest.len());
    }

    /// Moves on, counting lines.
    fn advance(&mut self, length: usize) {
        let passed = &self.text.as_bytes()[self.position..self.position + length];
        self.line += passed.iter().filter(|byte| **byte == b'\n').count() as u32;
        self.position += length;
    }

    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    fn offset(&self) -> u32 {
        self.position as u32
    }
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || c == '\u{feff}' || c == '\u{200b}'
}

fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '#'
}

fn is_name_part(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '#' | '$' | '@')
}
