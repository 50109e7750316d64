//! Hides passwords in the text of a statement that is shown to others.

use crate::lexer::lex;
use crate::token::{Token, TokenKind};

/// The words before a password.
const PASSWORD_OPTIONS: [&str; 3] = ["PASSWORD", "OLD_PASSWORD", "NEW_PASSWORD"];
const HIDDEN: &str = "'******'";

/// A statement's text with every password literal, or hash of one, replaced by asterisks: what follows PASSWORD,
/// whatever comments and blanks stand between. In doubt too much is hidden: behind what cannot be read, everything.
pub fn hide_passwords(text: &str, quoted_identifier: bool) -> String {
    let tokens = lex(text, quoted_identifier).tokens;
    let mut shown = String::with_capacity(text.len());
    let mut copied = 0;
    for (index, token) in tokens.iter().enumerate() {
        let (start, end) = (token.start as usize, token.end as usize);
        let is_hidden = match token.kind {
            TokenKind::Invalid(_) => {
                shown.push_str(text.get(copied..start).unwrap_or_default());
                shown.push_str(HIDDEN);
                return shown;
            }
            TokenKind::String { .. } | TokenKind::Binary => follows_password(text, &tokens[..index]),
            _ => false,
        };
        if is_hidden {
            shown.push_str(text.get(copied..start).unwrap_or_default());
            shown.push_str(HIDDEN);
            copied = end;
        }
    }
    shown.push_str(text.get(copied..).unwrap_or_default());
    shown
}

/// Whether the tokens end with PASSWORD or PASSWORD =.
fn follows_password(text: &str, before: &[Token]) -> bool {
    let before = match before.split_last() {
        Some((last, rest)) if last.kind == TokenKind::Symbol("=") => rest,
        _ => before,
    };
    before.last().is_some_and(|token| {
        let word = text.get(token.start as usize..token.end as usize).unwrap_or_default();
        let is_word = matches!(token.kind, TokenKind::Word { .. });
        is_word && PASSWORD_OPTIONS.iter().any(|option| option.eq_ignore_ascii_case(word))
    })
}

#[cfg(test)]
mod tests {
    use super::hide_passwords;

    #[test]
    fn passwords_are_hidden() {
        let cases = [
            (
                "CREATE LOGIN a WITH PASSWORD = 'x''y', SID = 0x01",
                "CREATE LOGIN a WITH PASSWORD = '******', SID = 0x01",
            ),
            (
                "ALTER LOGIN a WITH password=N'x' OLD_PASSWORD = 'y'",
                "ALTER LOGIN a WITH password='******' OLD_PASSWORD = '******'",
            ),
            ("PASSWORD /* '=' */ = -- no 'x'\n 'x'", "PASSWORD /* '=' */ = -- no 'x'\n '******'"),
            (
                "PASSWORD/**/=/* /* */ 'a' */'x' MUST_CHANGE",
                "PASSWORD/**/=/* /* */ 'a' */'******' MUST_CHANGE",
            ),
            ("LOGIN a WITH PASSWORD = 0x0200AB HASHED", "LOGIN a WITH PASSWORD = '******' HASHED"),
            (
                "CREATE CERTIFICATE c ENCRYPTION BY PASSWORD = 'x' WITH SUBJECT = 'PASSWORD = ''s'''",
                "CREATE CERTIFICATE c ENCRYPTION BY PASSWORD = '******' WITH SUBJECT = 'PASSWORD = ''s'''",
            ),
            (
                "PRIVATE KEY (FILE = 'f', DECRYPTION BY PASSWORD = 'x', ENCRYPTION BY PASSWORD = N'y')",
                "PRIVATE KEY (FILE = 'f', DECRYPTION BY PASSWORD = '******', ENCRYPTION BY PASSWORD = '******')",
            ),
            (
                "CREATE MASTER KEY ENCRYPTION BY PASSWORD='x;'",
                "CREATE MASTER KEY ENCRYPTION BY PASSWORD='******'",
            ),
            (
                "CREATE TABLE password (a int, [password] int, b int)",
                "CREATE TABLE password (a int, [password] int, b int)",
            ),
            ("PASSWORD = 'not closed", "PASSWORD = '******'"),
            ("PASSWORD = 'x' /* not closed 'y'", "PASSWORD = '******' '******'"),
            ("no 'secret'", "no 'secret'"),
            ("PASSWORD", "PASSWORD"),
            ("", ""),
        ];
        for (text, shown) in cases {
            assert_eq!(hide_passwords(text, true), shown);
        }
    }

    #[test]
    fn strings_in_double_quotes_are_hidden_where_they_are_strings() {
        assert_eq!(hide_passwords("PASSWORD = \"it's\"", false), "PASSWORD = '******'");
        assert_eq!(hide_passwords("PASSWORD = \"it's\", x = 'y'", false), "PASSWORD = '******', x = 'y'");
    }
}
