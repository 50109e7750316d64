//! The operating system's random bytes.

use duologue_keys::{RandomSource, random_array};

/// Random bytes of the operating system.
pub(crate) struct OsRandom;

impl RandomSource for OsRandom {
    fn fill(&mut self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system has random bytes once it runs programs");
    }
}

/// A random number.
pub(crate) fn random_u64() -> u64 {
    u64::from_le_bytes(random_array(&mut OsRandom))
}

/// Characters of generated passwords: none that looks like another.
const PASSWORD_CHARACTERS: &[u8; 56] = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ2345678";
/// 22 characters of 56 are 127 bits.
const PASSWORD_LENGTH: usize = 22;

/// A password that satisfies the policy: three classes by its suffix, the strength by the rest.
pub(crate) fn random_password() -> String {
    let mut password = String::with_capacity(PASSWORD_LENGTH + 3);
    while password.len() < PASSWORD_LENGTH {
        let [byte] = random_array(&mut OsRandom);
        // 224 is the largest multiple of 56 in a byte: every character is equally likely.
        if byte < 224 {
            password.push(char::from(PASSWORD_CHARACTERS[usize::from(byte % 56)]));
        }
    }
    password + "-a9"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_passwords_satisfy_the_policy_and_differ() {
        let passwords: std::collections::BTreeSet<_> = (0..100).map(|_| random_password()).collect();
        assert_eq!(passwords.len(), 100);
        for password in passwords {
            // All upper case before the suffix has three classes as well.
            assert_eq!(duologue_keys::check_password_policy(&password, "sa"), Ok(()), "{password}");
        }
    }
}
