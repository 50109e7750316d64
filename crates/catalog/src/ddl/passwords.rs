//! The password policy of logins and keys.

use duologue_messages::{SqlError, sql_error};

/// Checks a password against the policy: 8 to 128 characters (15116, 15117), three of the four classes capitals,
/// small letters, digits and others, and the account's name not within it (15118).
pub fn check_password(password: &str, account: Option<&str>) -> Result<(), SqlError> {
    check_length(password)?;
    if password.chars().count() < 8 {
        return Err(sql_error!(15116));
    }
    let is_other = |character: char| !character.is_alphanumeric();
    let classes: [fn(char) -> bool; 3] = [char::is_uppercase, char::is_lowercase, char::is_numeric];
    let found = classes.iter().filter(|class| password.chars().any(**class)).count();
    let found = found + usize::from(password.chars().any(is_other));
    if found < 3 || contains_account(password, account) {
        return Err(sql_error!(15118));
    }
    Ok(())
}

/// Without policy only the length is limited (15117).
pub fn check_length(password: &str) -> Result<(), SqlError> {
    if password.chars().count() > 128 { Err(sql_error!(15117)) } else { Ok(()) }
}

/// Names shorter than three characters occur in any password.
fn contains_account(password: &str, account: Option<&str>) -> bool {
    let account = account.filter(|account| account.chars().count() > 2);
    account.is_some_and(|account| password.to_lowercase().contains(&account.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policy() {
        let long = "aA1!".repeat(33);
        let cases = [
            ("Src-Db-Key#1", None),
            ("Password1", None),
            ("Kurz#1", Some(15116)),
            ("allsmallletters", Some(15118)),
            ("12345678a", Some(15118)),
            ("xANNAx-1234", Some(15118)),
            (&long, Some(15117)),
        ];
        for (password, number) in cases {
            assert_eq!(
                check_password(password, Some("anna")).err().map(|error| error.number),
                number,
                "{password}"
            );
        }
    }
}
