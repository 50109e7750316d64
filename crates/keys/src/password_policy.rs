//! Which passwords statements accept for logins, keys and files.

use duologue_messages::{SqlError, sql_error};

const MIN_CHARACTERS: usize = 8;
const MAX_CHARACTERS: usize = 128;
/// Shorter account names are not looked for, as in Windows.
const MIN_NAME_CHARACTERS: usize = 3;
const REQUIRED_CLASSES: usize = 3;

/// The rule of Windows that SQL Server applies: at least 8 characters (15116), at most 128 (15117), three of the
/// four classes upper case, lower case, digits and others, and not containing the account name (15118).
/// `account` is the login's name; empty for keys and files.
pub fn check_password_policy(password: &str, account: &str) -> Result<(), SqlError> {
    let characters = password.encode_utf16().count();
    if characters < MIN_CHARACTERS {
        return Err(sql_error!(15116));
    }
    if characters > MAX_CHARACTERS {
        return Err(sql_error!(15117));
    }
    if classes(password) < REQUIRED_CLASSES || contains_account(password, account) {
        return Err(sql_error!(15118));
    }
    Ok(())
}

fn classes(password: &str) -> usize {
    let is_other = |c: char| !c.is_uppercase() && !c.is_lowercase() && !c.is_numeric();
    let present: [bool; 4] = [
        password.chars().any(char::is_uppercase),
        password.chars().any(char::is_lowercase),
        password.chars().any(char::is_numeric),
        password.chars().any(is_other),
    ];
    present.into_iter().filter(|present| *present).count()
}

fn contains_account(password: &str, account: &str) -> bool {
    account.chars().count() >= MIN_NAME_CHARACTERS
        && password.to_lowercase().contains(&account.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_and_their_errors() {
        let number = |password: &str, account: &str| {
            check_password_policy(password, account).map_or_else(|error| error.number, |()| 0)
        };
        for (password, account, expected) in [
            ("Pa$$w0r", "", 15116),
            ("Pa$$w0rd", "", 0),
            ("password1", "", 15118),
            ("Password1", "", 0),
            ("password-1", "", 0),
            ("пароль-Длинный", "", 0),
            ("xxPayRoll1!", "payroll", 15118),
            ("xxsaxxX1", "sa", 0),
            ("", "sa", 15116),
        ] {
            assert_eq!(number(password, account), expected, "{password:?} for {account:?}");
        }
        assert_eq!(number(&format!("Aa1{}", "x".repeat(126)), ""), 15117);
        assert_eq!(number(&format!("Aa1{}", "x".repeat(125)), ""), 0);
    }
}
