//! X.509 certificates: made here self-signed, or brought by an administrator.

use std::fmt;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use duologue_messages::{SqlError, sql_error};
use duologue_types::Timestamp;
use rcgen::{CertificateParams, DistinguishedName, DnType, IsCa, SerialNumber};
use x509_parser::certificate::{X509Certificate, X509CertificateParser};
use x509_parser::nom::Parser;
use x509_parser::oid_registry::OID_PKCS1_SHA256WITHRSA;
use x509_parser::time::ASN1Time;

use crate::certificate_error::CertificateError;
use crate::private_key::PrivateKey;
use crate::public_key::{PublicKey, SignatureVerified, sha256};
use crate::random::{RandomSource, random_array};

/// Service Broker's limit of a certificate.
pub const MAX_CERTIFICATE_SIZE: usize = 32 * 1024;
/// Longest `SUBJECT` (15212).
pub const MAX_SUBJECT_CHARACTERS: usize = 128;
/// Longest issuer name (DER) that a dialog security header carries.
pub(crate) const MAX_ISSUER_SIZE: usize = 4096;
/// Longest serial number that a dialog security header carries; RFC 5280 allows 20.
pub(crate) const MAX_SERIAL_SIZE: usize = 64;
const SERIAL_SIZE: usize = 16;
const YEAR_1753: i64 = -6_847_804_800;
const END_OF_YEAR_9999: i64 = 253_402_300_799;

/// What identifies a certificate between servers: its name may differ in each database.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IssuerAndSerial {
    /// The issuer's distinguished name in DER.
    pub issuer: Vec<u8>,
    /// The contents of the serial number's DER INTEGER.
    pub serial: Vec<u8>,
}

impl fmt::Debug for IssuerAndSerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IssuerAndSerial({} bytes, ", self.issuer.len())?;
        self.serial.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// A certificate: public data, read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    id: IssuerAndSerial,
    issuer_name: String,
    subject_name: String,
    not_before: Timestamp,
    not_after: Timestamp,
    public_key: PublicKey,
    thumbprint: [u8; 20],
    fingerprint: [u8; 32],
}

impl Certificate {
    /// A self-signed X.509 v3 certificate for `key`: `CN=subject`, SHA-256 with RSA, a random positive serial
    /// number, not a certificate authority. Dates are whole seconds; an expiry before the start is allowed, as it
    /// is in SQL Server, which only warns.
    pub fn self_signed(
        key: &PrivateKey,
        subject: &str,
        not_before: Timestamp,
        not_after: Timestamp,
        rng: &mut dyn RandomSource,
    ) -> Result<Self, CertificateError> {
        if !(1..=MAX_SUBJECT_CHARACTERS).contains(&subject.encode_utf16().count()) {
            return Err(CertificateError::Subject);
        }
        let mut name = DistinguishedName::new();
        name.push(DnType::CommonName, subject);
        let mut params = CertificateParams::default();
        params.distinguished_name = name;
        params.not_before = asn1_time(not_before)?.to_datetime();
        params.not_after = asn1_time(not_after)?.to_datetime();
        params.serial_number = Some(random_serial(rng));
        params.is_ca = IsCa::ExplicitNoCa;
        let made = params.self_signed(key).map_err(|_| CertificateError::Signing)?;
        Self::from_der(made.der())
    }

    /// From DER: X.509 v1 to v3 with an RSA key of 2048 to 4096 bits. The signature is not checked, since trust is
    /// in the certificate itself and never in its issuer.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > MAX_CERTIFICATE_SIZE {
            return Err(CertificateError::TooLarge { limit: MAX_CERTIFICATE_SIZE });
        }
        if der.starts_with(b"-----BEGIN") {
            return Err(CertificateError::Pem);
        }
        let x509 = parse(der)?;
        let id = identity(&x509)?;
        let mut thumbprint = [0; 20];
        thumbprint.copy_from_slice(digest(&SHA1_FOR_LEGACY_USE_ONLY, der).as_ref());
        Ok(Self {
            id,
            issuer_name: x509.issuer().to_string(),
            subject_name: x509.subject().to_string(),
            not_before: timestamp(&x509.validity().not_before),
            not_after: timestamp(&x509.validity().not_after),
            public_key: PublicKey::from_parsed(x509.public_key())?,
            thumbprint,
            fingerprint: sha256(&[der]),
            der: der.to_vec(),
        })
    }

    /// The contents of `BACKUP CERTIFICATE`'s file.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Issuer and serial number.
    pub fn id(&self) -> &IssuerAndSerial {
        &self.id
    }

    /// The issuer's name as `CN=…, O=…`.
    pub fn issuer_name(&self) -> &str {
        &self.issuer_name
    }

    /// The subject's name as `CN=…, O=…`.
    pub fn subject_name(&self) -> &str {
        &self.subject_name
    }

    /// The serial number as `sys.certificates` shows it: hexadecimal bytes, separated by spaces.
    pub fn serial_text(&self) -> String {
        self.id.serial.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
    }

    /// Start of validity.
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// Last moment of validity.
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// Whether `now` lies within the validity, both ends included.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.not_before.unix_seconds() <= now.unix_seconds()
            && now.unix_seconds() <= self.not_after.unix_seconds()
    }

    /// What `CREATE CERTIFICATE` says about odd dates (15213, 15214, 15215): messages, the certificate is created.
    pub fn validity_warning(&self, now: Timestamp) -> Option<SqlError> {
        let mut warning = if self.not_after < self.not_before {
            sql_error!(15213)
        } else if self.not_after.unix_seconds() < now.unix_seconds() {
            sql_error!(15214)
        } else if now.unix_seconds() < self.not_before.unix_seconds() {
            sql_error!(15215)
        } else {
            return None;
        };
        // An error would fail the statement.
        warning.severity = 10;
        Some(warning)
    }

    /// The public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// SHA-1 of the DER form, as `sys.certificates` shows it.
    pub fn thumbprint(&self) -> [u8; 20] {
        self.thumbprint
    }

    pub(crate) fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    /// Checks a self-signed certificate's own signature (SHA-256 with RSA only).
    pub fn verify_self_signature(&self) -> Result<SignatureVerified, CertificateError> {
        let x509 = parse(&self.der)?;
        if x509.signature_algorithm.algorithm != OID_PKCS1_SHA256WITHRSA {
            return Err(CertificateError::Signature);
        }
        self.public_key.verify_pkcs1_sha256(x509.tbs_certificate.as_ref(), &x509.signature_value.data)
    }
}

/// Extensions are left unread: none of them plays a part in Service Broker's trust.
fn parse(der: &[u8]) -> Result<X509Certificate<'_>, CertificateError> {
    let mut parser = X509CertificateParser::new().with_deep_parse_extensions(false);
    let (rest, x509) = parser.parse(der).map_err(|_| not_a_certificate(der))?;
    if rest.is_empty() { Ok(x509) } else { Err(CertificateError::TrailingBytes) }
}

fn not_a_certificate(der: &[u8]) -> CertificateError {
    if crate::private_key_file::is_pfx(der) {
        CertificateError::Pfx
    } else {
        CertificateError::NotACertificate
    }
}

fn identity(x509: &X509Certificate<'_>) -> Result<IssuerAndSerial, CertificateError> {
    let id = IssuerAndSerial {
        issuer: x509.issuer().as_raw().to_vec(),
        serial: x509.tbs_certificate.raw_serial().to_vec(),
    };
    if id.issuer.len() > MAX_ISSUER_SIZE || id.serial.len() > MAX_SERIAL_SIZE {
        return Err(CertificateError::NameTooLong);
    }
    if id.issuer.is_empty() || id.serial.is_empty() {
        return Err(CertificateError::NotACertificate);
    }
    Ok(id)
}

/// Sixteen bytes whose first is 0x40 to 0x7F: positive, and never shortened by DER.
fn random_serial(rng: &mut dyn RandomSource) -> SerialNumber {
    let mut bytes: [u8; SERIAL_SIZE] = random_array(rng);
    bytes[0] = bytes[0] & 0x3f | 0x40;
    SerialNumber::from_slice(&bytes)
}

fn asn1_time(moment: Timestamp) -> Result<ASN1Time, CertificateError> {
    let seconds = moment.unix_seconds();
    if !(YEAR_1753..=END_OF_YEAR_9999).contains(&seconds) {
        return Err(CertificateError::Dates);
    }
    ASN1Time::from_timestamp(seconds).map_err(|_| CertificateError::Dates)
}

fn timestamp(time: &ASN1Time) -> Timestamp {
    Timestamp::from_unix_seconds(time.timestamp())
}
