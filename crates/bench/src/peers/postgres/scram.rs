//! SCRAM-SHA-256 (RFC 5802, RFC 7677) without channel binding: how PostgreSQL takes passwords by default.

use std::num::NonZeroU32;

use anyhow::{Context, anyhow, ensure};
use aws_lc_rs::{digest, hmac, pbkdf2};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// No server asks for more than a second's work.
const MAX_ITERATIONS: u32 = 1_000_000;
const HEADER: &str = "n,,";

/// The client's side.
pub(super) struct Scram {
    nonce: String,
    password: String,
    server_signature: Vec<u8>,
}

impl Scram {
    pub(super) fn new(password: &str) -> anyhow::Result<Self> {
        let mut random = [0; 18];
        aws_lc_rs::rand::fill(&mut random).map_err(|_| anyhow!("no random numbers"))?;
        Ok(Self::with_nonce(password, STANDARD.encode(random)))
    }

    fn with_nonce(password: &str, nonce: String) -> Self {
        Self { nonce, password: password.to_owned(), server_signature: Vec::new() }
    }

    /// PostgreSQL takes the user from elsewhere.
    pub(super) fn first(&self) -> String {
        format!("{HEADER}{}", self.first_bare())
    }

    fn first_bare(&self) -> String {
        format!("n=,r={}", self.nonce)
    }

    /// The answer to the server's first message.
    pub(super) fn last(&mut self, server_first: &str) -> anyhow::Result<String> {
        let field = |name: &str| {
            let found = server_first.split(',').find_map(|field| field.strip_prefix(name));
            found.with_context(|| format!("the server's SCRAM message has no {name}"))
        };
        let (nonce, salt) = (field("r=")?, STANDARD.decode(field("s=")?)?);
        let iterations: u32 = field("i=")?.parse()?;
        ensure!(nonce.starts_with(&self.nonce), "the server answered another client");
        ensure!(iterations <= MAX_ITERATIONS, "the server asks for {iterations} iterations");
        let iterations = NonZeroU32::new(iterations).context("no iterations")?;
        let mut salted = [0; 32];
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, &salt, self.password.as_bytes(), &mut salted);
        let without_proof = format!("c={},r={nonce}", STANDARD.encode(HEADER));
        let signed = format!("{},{server_first},{without_proof}", self.first_bare());
        let client_key = mac(&salted, b"Client Key");
        let stored_key = digest::digest(&digest::SHA256, &client_key);
        let signature = mac(stored_key.as_ref(), signed.as_bytes());
        let proof: Vec<u8> = client_key.iter().zip(signature).map(|(key, byte)| key ^ byte).collect();
        self.server_signature = mac(&mac(&salted, b"Server Key"), signed.as_bytes());
        Ok(format!("{without_proof},p={}", STANDARD.encode(proof)))
    }

    /// The server knows the password as well.
    pub(super) fn check(&self, server_last: &str) -> anyhow::Result<()> {
        let expected = format!("v={}", STANDARD.encode(&self.server_signature));
        ensure!(server_last == expected, "the server does not know the password itself");
        Ok(())
    }
}

fn mac(key: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7677's example with PostgreSQL's empty user, computed with another implementation that gives the RFC's own
    /// answers for the RFC's user.
    #[test]
    fn the_rfcs_example() {
        let mut scram = Scram::with_nonce("pencil", "rOprNGfwEbeRWgbNEkqO".to_owned());
        let server = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        let last = scram.last(server).expect("an answer");
        let proof = "qvT2SWdEH5Q06albL+hjSYuUhCG7VndFyzIb7CK4n9k=";
        let expected = format!("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p={proof}");
        assert_eq!(last, expected);
        scram.check("v=3HO6Qt1M4MKJrmlKaoOqLAI0/0TV0HZe7J9H3MBtSOg=").expect("the server's signature");
        scram.check("v=AAAA").expect_err("another signature");
        scram.last("r=other,s=AAAA,i=1").expect_err("another client's nonce");
    }
}
