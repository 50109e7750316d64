//! The ciphers alone, as dialogs and links use them: AES-256-GCM, and RSA for keys and signatures.

use std::time::{Duration, Instant};

use anyhow::anyhow;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_256, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use aws_lc_rs::{digest, hmac};
use serde::Serialize;

const EACH: Duration = Duration::from_millis(150);
/// Repetitions between two looks at the clock.
const BETWEEN: u32 = 16;

/// Microseconds of one operation on one core.
#[derive(Clone, Serialize)]
pub(crate) struct CryptoFigure {
    pub(crate) what: &'static str,
    pub(crate) microseconds: f64,
}

/// The operations on bodies of `size` bytes, and those of keys.
pub(crate) fn figures(size: usize) -> anyhow::Result<Vec<CryptoFigure>> {
    let failed = |_| anyhow!("the cryptographic library failed");
    let gcm = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[1; 32]).map_err(failed)?);
    let cbc = UnboundCipherKey::new(&AES_256, &[1; 32]).map_err(failed)?;
    let cbc = PaddedBlockEncryptingKey::cbc_pkcs7(cbc).map_err(failed)?;
    let mac = hmac::Key::new(hmac::HMAC_SHA256, &[1; 32]);
    let rsa = KeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
    let random = SystemRandom::new();
    let mut body = vec![7; size];
    let mut signature = vec![0; rsa.public_modulus_len()];
    Ok(vec![
        timed("AES-256-GCM", || {
            let nonce = Nonce::assume_unique_for_key([0; 12]);
            gcm.seal_in_place_separate_tag(nonce, Aad::empty(), &mut body).map(drop).map_err(failed)
        })?,
        timed("AES-256-CBC", || {
            let mut copy = body.clone();
            cbc.encrypt(&mut copy).map(drop).map_err(failed)
        })?,
        timed("SHA-256", || {
            std::hint::black_box(digest::digest(&digest::SHA256, &body));
            Ok(())
        })?,
        timed("HMAC-SHA-256", || {
            std::hint::black_box(hmac::sign(&mac, &body));
            Ok(())
        })?,
        timed("RSA-2048 signature", || {
            rsa.sign(&RSA_PKCS1_SHA256, &random, b"message", &mut signature).map_err(failed)
        })?,
    ])
}

fn timed(
    what: &'static str,
    mut operation: impl FnMut() -> anyhow::Result<()>,
) -> anyhow::Result<CryptoFigure> {
    let started = Instant::now();
    let mut count = 0;
    while started.elapsed() < EACH {
        for _ in 0..BETWEEN {
            operation()?;
        }
        count += BETWEEN;
    }
    Ok(CryptoFigure { what, microseconds: started.elapsed().as_secs_f64() * 1e6 / f64::from(count) })
}
