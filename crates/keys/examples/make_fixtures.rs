//! Writes the key files of `duologue_keys::fixtures` into the folder given as argument.
//!
//! Two more come from openssl: X.509 version 1 and PVK are read here, never written.
//! ```text
//! openssl req -new -key spare.pk8 -keyform der -subj '/CN=version 1' -out v1.csr
//! openssl x509 -req -in v1.csr -signkey spare.pk8 -keyform der -days 36500 -outform der -out version_1.cer
//! openssl rsa -inform der -in target.pk8 -outform PVK -pvk-strong -passout pass:secret \
//!     -provider legacy -provider default -out target.pvk
//! ```

use std::path::Path;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use duologue_keys::dialog_security_header::{KeyExchangeKeyCache, build_header};
use duologue_keys::fixtures::{self, SeededRandom};
use duologue_keys::{Certificate, DatabaseMasterKey, PrivateKey, RandomSource, SessionKey};
use duologue_types::{ConversationId, Guid, SessionKeyId, Timestamp};

/// 2020-01-01 and 2120-01-01.
const VALIDITY: [i64; 2] = [1_577_836_800, 4_733_510_400];

struct System(SystemRandom);

impl RandomSource for System {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes).expect("the operating system has random bytes");
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: make_fixtures FOLDER")?;
    let folder = Path::new(&folder);
    // The stored forms use the identities that this program was built with: run it twice to replace both.
    stored_forms(folder)?;
    identities(folder)
}

fn identities(folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let [start, expiry] = VALIDITY.map(Timestamp::from_unix_seconds);
    let mut rng = System(SystemRandom::new());
    for name in fixtures::NAMES {
        let key = PrivateKey::generate()?;
        let certificate = Certificate::self_signed(&key, name, start, expiry, &mut rng)?;
        std::fs::write(folder.join(format!("{name}.cer")), certificate.der())?;
        std::fs::write(folder.join(format!("{name}.pk8")), key.pkcs8())?;
    }
    Ok(())
}

/// One of each stored form; a later version writes its own next to these and must read both.
fn stored_forms(folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut rng = SeededRandom::new(1);
    let dmk = DatabaseMasterKey::generate(&mut rng);
    let key = SessionKey::generate(&mut rng);
    let id = SessionKeyId(Guid([5; 16]));
    let sealed = key.seal(&mut rng, b"header", b"written by version 1");
    std::fs::write(folder.join("master_key_v1.backup"), dmk.backup("v1-Passw0rd", &mut rng))?;
    std::fs::write(folder.join("session_key_v1.wrapped"), key.wrap(id, &dmk, &mut rng).as_bytes())?;
    std::fs::write(folder.join("message_v1.sealed"), [&sealed.salt.0[..], &sealed.body].concat())?;
    let (initiator, target) = (fixtures::initiator(), fixtures::target().certificate);
    let source = Some((&initiator.certificate, &initiator.private_key));
    let mut cache = KeyExchangeKeyCache::default();
    let conversation = ConversationId(Guid([7; 16]));
    let now = Timestamp::default();
    let header = build_header(now, &mut rng, &mut cache, source, &target, &key, id, conversation)?;
    std::fs::write(folder.join("header_v1.bin"), header)?;
    Ok(())
}
