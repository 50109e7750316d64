//! Certificates and private key files, also those of the `openssl` program.

use std::path::PathBuf;
use std::process::Command;

use duologue_keys::dialog_security_header::parse_header;
use duologue_keys::fixtures::{self, SeededRandom};
use duologue_keys::{
    Certificate, CertificateError, MAX_CERTIFICATE_SIZE, PasswordHash, PrivateKey, PublicKey,
    verify_tls13_signature,
};
use duologue_messages::SqlError;
use duologue_types::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

const START: Timestamp = Timestamp::from_unix_seconds(1_577_836_800);
const EXPIRY: Timestamp = Timestamp::from_unix_seconds(4_733_510_400);

/// A folder in which openssl works.
struct Openssl(tempfile::TempDir);

impl Openssl {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).expect("the folder takes a file");
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).expect("openssl wrote the file")
    }

    /// Runs `openssl` with the words of `arguments` and returns what it printed; it must succeed.
    fn run(&self, arguments: &str) -> String {
        let output = Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(self.0.path())
            .output()
            .expect("openssl is installed");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {arguments}\n{error}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

fn error<T>(result: Result<T, CertificateError>) -> CertificateError {
    result.err().expect("it is refused")
}

#[test]
fn a_new_certificate_has_what_was_asked_for() {
    let key = PrivateKey::generate().unwrap();
    let mut rng = SeededRandom::new(1);
    let subject = "Zertifikat für Ärger, O=x";
    let certificate = Certificate::self_signed(&key, subject, START, EXPIRY, &mut rng).unwrap();
    assert_eq!(certificate.subject_name(), format!("CN={subject}"));
    assert_eq!(certificate.issuer_name(), certificate.subject_name());
    assert_eq!((certificate.not_before(), certificate.not_after()), (START, EXPIRY));
    assert_eq!(certificate.id().serial.len(), 16);
    assert!((0x40..0x80).contains(&certificate.id().serial[0]));
    assert_eq!(certificate.public_key().bits(), 2048);
    key.check_matches(&certificate).unwrap();
    let _ = certificate.verify_self_signature().unwrap();
    let other = Certificate::self_signed(&key, subject, START, EXPIRY, &mut rng).unwrap();
    assert_ne!(other.id(), certificate.id(), "the serial number is random");
}

#[test]
fn subjects_dates_and_their_limits() {
    let key = fixtures::spare().private_key;
    let make = |subject: &str, start: i64, expiry: i64| {
        let [start, expiry] = [start, expiry].map(Timestamp::from_unix_seconds);
        Certificate::self_signed(&key, subject, start, expiry, &mut SeededRandom::new(1))
    };
    assert_eq!(error(make("", 0, 1)).number(), 15212);
    assert_eq!(error(make(&"x".repeat(129), 0, 1)).number(), 15212);
    assert!(make(&"x".repeat(128), 0, 1).is_ok());
    // 1753, 1949, 1950, 2049, 2050, 9999: where the encodings of dates change, and datetime's ends.
    for seconds in [-6_847_804_800, -631_152_001, -631_152_000, 2_524_607_999, 2_524_608_000, 253_402_300_799]
    {
        let certificate = make("dates", seconds, 0).unwrap();
        assert_eq!(certificate.not_before().unix_seconds(), seconds, "expiry before start is no error");
    }
    for seconds in [-6_847_804_801, 253_402_300_800, i64::MAX / 1_000_000, i64::MIN / 1_000_000] {
        assert_eq!(error(make("dates", 0, seconds)).number(), 9635);
    }
    for (start, expiry, number) in [(10, 5, 15213), (10, 99, 15214), (101, 200, 15215), (100, 100, 0)] {
        let warning =
            make("dates", start, expiry).unwrap().validity_warning(Timestamp::from_unix_seconds(100));
        assert_eq!(warning.map_or((0, 10), |warning| (warning.number, warning.severity)), (number, 10));
    }
    let certificate = make("dates", 100, 200).unwrap();
    for (now, is_valid) in [(99, false), (100, true), (200, true), (201, false)] {
        assert_eq!(certificate.is_valid_at(Timestamp::from_unix_seconds(now)), is_valid, "at {now}");
    }
}

#[test]
fn openssl_reads_ours() {
    let openssl = Openssl::new();
    let identity = fixtures::initiator();
    openssl.write("ours.cer", identity.certificate.der());
    let text = openssl.run("x509 -inform der -in ours.cer -noout -text -fingerprint -sha1");
    let thumbprint = identity.certificate.thumbprint().map(|byte| format!("{byte:02X}")).join(":");
    for expected in ["Version: 3", "CN = initiator", "CA:FALSE", "sha256WithRSAEncryption", &thumbprint] {
        assert!(text.contains(expected), "{expected} in\n{text}");
    }
    openssl.run("x509 -inform der -in ours.cer -out ours.pem");
    openssl.run("verify -check_ss_sig -CAfile ours.pem ours.pem");

    let file = identity.private_key.export("key-Passw0rd", &mut SeededRandom::new(1)).unwrap();
    openssl.write("ours.key", &file);
    openssl.run("pkcs8 -inform der -in ours.key -passin pass:key-Passw0rd -outform der -out plain.key");
    let plain = PrivateKey::import(&openssl.read("plain.key"), None).unwrap();
    assert_eq!(plain.pkcs8(), identity.private_key.pkcs8());

    openssl.write("message", b"message");
    openssl.write("signature", &identity.private_key.sign(b"message").unwrap());
    openssl.run("x509 -in ours.pem -pubkey -noout -out public.pem");
    let pss = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32";
    openssl.run(&format!("dgst -sha256 {pss} -verify public.pem -signature signature message"));
}

#[test]
fn we_read_openssls_version_1_and_3() {
    let openssl = Openssl::new();
    openssl.run("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out key.pem");
    openssl.run("req -new -key key.pem -subj /C=DE/O=Firma/CN=theirs -out request");
    openssl.run("x509 -req -in request -signkey key.pem -days 30 -outform der -out v1.cer");
    openssl.run("req -x509 -new -key key.pem -subj /CN=theirs -days 30 -outform der -out v3.cer");
    openssl.run("pkcs8 -topk8 -in key.pem -outform der -nocrypt -out key.pk8");
    let key = PrivateKey::import(&openssl.read("key.pk8"), None).unwrap();
    for (file, version, name) in
        [("v1.cer", "Version: 1", "C=DE, O=Firma, CN=theirs"), ("v3.cer", "Version: 3", "CN=theirs")]
    {
        let text = openssl.run(&format!("x509 -inform der -in {file} -noout -text"));
        assert!(text.contains(version), "{text}");
        let certificate = Certificate::from_der(&openssl.read(file)).unwrap();
        assert_eq!((certificate.subject_name(), certificate.issuer_name()), (name, name));
        assert_eq!(certificate.public_key().bits(), 3072);
        let validity = certificate.not_after() - certificate.not_before();
        assert_eq!(validity.as_secs(), 30 * 24 * 3600);
        let serial = openssl.run(&format!("x509 -inform der -in {file} -noout -serial"));
        let ours = certificate.serial_text().replace(' ', "").to_uppercase();
        let theirs = serial.trim().trim_start_matches("serial=").to_owned();
        assert_eq!(ours.trim_start_matches("00"), theirs);
        key.check_matches(&certificate).unwrap();
        let _ = certificate.verify_self_signature().unwrap();
        assert_eq!(
            fixtures::target().private_key.check_matches(&certificate),
            Err(CertificateError::Mismatch)
        );
    }
    assert_eq!(CertificateError::Mismatch.number(), 15474);

    // OAEP and PSS made by openssl.
    let certificate = Certificate::from_der(&openssl.read("v1.cer")).unwrap();
    openssl.write("secret", &[42; 32]);
    let oaep = "-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256";
    openssl.run(&format!("pkeyutl -encrypt -inkey key.pem {oaep} -in secret -out encrypted"));
    assert_eq!(key.decrypt(&openssl.read("encrypted")).unwrap().as_slice(), [42; 32]);
    openssl.write("message", b"message");
    for (hash, scheme, salt) in [("sha256", 0x0804, 32), ("sha384", 0x0805, 48), ("sha512", 0x0806, 64)] {
        let pss = format!("-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:{salt}");
        openssl.run(&format!("dgst -{hash} {pss} -sign key.pem -out signature message"));
        let signature = openssl.read("signature");
        let _ = verify_tls13_signature(&certificate, scheme, b"message", &signature).unwrap();
        let wrong = verify_tls13_signature(&certificate, scheme, b"Message", &signature);
        assert_eq!(error(wrong).number(), 9630);
    }
    assert_eq!(
        error(verify_tls13_signature(&certificate, 0x0403, b"", b"")),
        CertificateError::SignatureScheme(0x0403)
    );
}

#[test]
fn we_read_openssls_private_key_files() {
    let openssl = Openssl::new();
    let identity = fixtures::target();
    openssl.write("key", identity.private_key.pkcs8());
    openssl.run("rsa -inform der -in key -traditional -outform der -out pkcs1");
    openssl.run("rsa -inform der -in key -outform PVK -pvk-none -out plain.pvk");
    let legacy = "-provider legacy -provider default -passout pass:secret -outform PVK";
    openssl.run(&format!("rsa -inform der -in key {legacy} -pvk-strong -out strong.pvk"));
    openssl.run(&format!("rsa -inform der -in key {legacy} -pvk-weak -out weak.pvk"));
    let pkcs8 = "pkcs8 -topk8 -inform der -in key -outform der -passout pass:secret";
    openssl.run(&format!("{pkcs8} -out aes256"));
    openssl.run(&format!("{pkcs8} -v2 aes-128-cbc -v2prf hmacWithSHA1 -out aes128"));
    openssl.run(&format!("{pkcs8} -v2 aes-192-cbc -v2prf hmacWithSHA512 -out aes192"));
    openssl.run(&format!("{pkcs8} -v2 des3 -out des3"));
    for (file, is_encrypted) in [
        ("key", false),
        ("pkcs1", false),
        ("plain.pvk", false),
        ("strong.pvk", true),
        ("weak.pvk", true),
        ("aes256", true),
        ("aes128", true),
        ("aes192", true),
    ] {
        let bytes = openssl.read(file);
        let import = |password| PrivateKey::import(&bytes, password);
        let key = import(is_encrypted.then_some("secret")).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(key.pkcs8(), identity.private_key.pkcs8(), "{file}");
        if is_encrypted {
            assert_eq!(error(import(None)).number(), 15465, "{file}");
            assert_eq!(error(import(Some("Secret"))).number(), 15465, "{file}");
        } else {
            assert_eq!(error(import(Some("secret"))).number(), 9639, "{file}");
        }
        for size in (0..bytes.len()).step_by(7) {
            assert!(PrivateKey::import(&bytes[..size], Some("secret")).is_err(), "{file}, {size} bytes");
        }
    }
    assert_eq!(error(PrivateKey::import(&openssl.read("des3"), Some("secret"))).number(), 15464);
}

#[test]
fn what_is_no_certificate_or_key_says_why() {
    let openssl = Openssl::new();
    let key = fixtures::target().private_key;
    openssl.write("key", key.pkcs8());
    openssl.write("cer", fixtures::target().certificate.der());
    openssl.run("x509 -inform der -in cer -out pem");
    openssl.run("rsa -inform der -in key -out key.pem");
    openssl.run("pkcs12 -export -inkey key.pem -in pem -passout pass:x -out pfx");
    openssl.run("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out short.pem");
    openssl.run("req -x509 -new -key short.pem -subj /CN=short -outform der -out short.cer");
    openssl.run("pkcs8 -topk8 -in short.pem -outform der -nocrypt -out short.key");
    openssl.run("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2088 -out odd.pem");
    openssl.run("req -x509 -new -key odd.pem -subj /CN=odd -outform der -out odd.cer");
    openssl.run("ecparam -name prime256v1 -genkey -noout -out ec.pem");
    openssl.run("req -x509 -new -key ec.pem -subj /CN=ec -outform der -out ec.cer");

    let with_trailer = [fixtures::target().certificate.der(), b"\0"].concat();
    for (bytes, expected, number, file_number) in [
        (openssl.read("pem"), CertificateError::Pem, 15297, 15208),
        (openssl.read("pfx"), CertificateError::Pfx, 15464, 15464),
        (openssl.read("key"), CertificateError::NotACertificate, 15297, 15208),
        (Vec::new(), CertificateError::NotACertificate, 15297, 15208),
        (with_trailer, CertificateError::TrailingBytes, 15297, 15208),
        (openssl.read("short.cer"), CertificateError::KeyLength { bits: 1024 }, 15464, 15464),
        (openssl.read("odd.cer"), CertificateError::KeyLength { bits: 2088 }, 15464, 15464),
        (openssl.read("ec.cer"), CertificateError::NotRsa, 15464, 15464),
        (vec![0x30; MAX_CERTIFICATE_SIZE + 1], CertificateError::TooLarge { limit: 32768 }, 9638, 9638),
    ] {
        let found = error(Certificate::from_der(&bytes));
        assert_eq!(found, expected);
        assert_eq!((found.number(), found.for_file().number), (number, file_number));
    }
    for (bytes, number) in [
        (openssl.read("pem"), 15297),
        (openssl.read("pfx"), 15464),
        (openssl.read("cer"), 15297),
        (openssl.read("short.key"), 15297),
        (vec![0x30; 10_241], 9638),
    ] {
        assert_eq!(error(PrivateKey::import(&bytes, None)).number(), number);
    }
}

#[test]
fn texts_are_complete_and_fail_the_statement() {
    use CertificateError::*;
    for (error, number) in [
        (TooLarge { limit: 1 }, 9638),
        (Pfx, 15464),
        (NotRsa, 15464),
        (KeyLength { bits: 1024 }, 15464),
        (UnsupportedEncryption, 15464),
        (NameTooLong, 15297),
        (NotAPrivateKey, 15297),
        (Subject, 15212),
        (Dates, 9635),
        (Password, 15465),
        (NotEncrypted, 9639),
        (Mismatch, 15474),
        (SignatureScheme(1), 9630),
        (Generation, 15468),
        (Signing, 15506),
        (Encryption, 15209),
        (Decryption, 15466),
    ] {
        for sql in [SqlError::from(error), error.for_file()] {
            assert!(sql.severity >= 16 && !sql.text.contains('%'), "{sql}");
        }
        assert_eq!(error.number(), number);
    }
    let text = SqlError::from(KeyLength { bits: 1024 }).text;
    assert!(
        text.ends_with("Detail: the RSA key has 1024 bits; it must have 2048 to 4096, a multiple of 64."),
        "{text}"
    );
}

#[test]
fn damaged_certificates_do_not_pass_for_the_whole_one() {
    for certificate in [fixtures::version_1_certificate(), fixtures::target().certificate] {
        let whole = certificate.der();
        // Both start with the four bytes of the outer SEQUENCE, then the signed SEQUENCE with its length.
        let signed = 4..8 + usize::from(u16::from_be_bytes([whole[6], whole[7]]));
        for position in 0..whole.len() {
            assert!(Certificate::from_der(&whole[..position]).is_err(), "{position} bytes");
            for bit in 0..8 {
                let mut damaged = whole.to_vec();
                damaged[position] ^= 1 << bit;
                let Ok(read) = Certificate::from_der(&damaged) else { continue };
                assert_ne!(read.thumbprint(), certificate.thumbprint());
                let is_signature_good = read.verify_self_signature().is_ok();
                assert!(!(signed.contains(&position) && is_signature_good), "byte {position}, bit {bit}");
            }
        }
    }
}

proptest! {
    /// Half of the cases are noise, half are damaged real files: errors, never panics.
    #[test]
    fn noise_is_refused(
        noise in vec(any::<u8>(), 0..300),
        position in any::<Index>(),
        file in 0..4usize,
    ) {
        let identity = fixtures::target();
        let files = [
            identity.private_key.pkcs8().to_vec(),
            include_bytes!("../fixtures/target.pvk").to_vec(),
            identity.certificate.der().to_vec(),
            include_bytes!("../fixtures/header_v1.bin").to_vec(),
        ];
        let mut damaged = files[file].clone();
        let at = position.index(damaged.len());
        damaged.splice(at..(at + noise.len()).min(files[file].len()), noise.iter().copied());
        for bytes in [&noise, &damaged] {
            for password in [None, Some("secret")] {
                let _ = PrivateKey::import(bytes, password);
            }
            let _ = Certificate::from_der(bytes);
            let _ = PublicKey::from_spki(bytes);
            let _ = parse_header(bytes);
            let _ = PasswordHash::from_bytes(bytes);
        }
    }
}

#[test]
fn fixtures_fit_together() {
    let names: std::collections::BTreeSet<_> = (0..fixtures::IDENTITIES)
        .map(|index| {
            let identity = fixtures::identity(index);
            identity.private_key.check_matches(&identity.certificate).unwrap();
            assert!(identity.certificate.is_valid_at(Timestamp::from_unix_seconds(1_700_000_000)));
            identity.certificate.id().clone()
        })
        .collect();
    assert_eq!(names.len(), fixtures::IDENTITIES);
    let version_1 = fixtures::version_1_certificate();
    fixtures::spare().private_key.check_matches(&version_1).unwrap();
}
