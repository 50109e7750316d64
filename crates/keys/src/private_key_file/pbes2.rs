//! DER PKCS #8 `EncryptedPrivateKeyInfo` (RFC 5958) under PBES2 (RFC 8018).

use std::num::NonZeroU32;

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, Algorithm, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey,
    PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::pbkdf2;
use yasna::models::ObjectIdentifier;
use yasna::{ASN1Error, ASN1ErrorKind, ASN1Result, BERReader, DERWriter};
use zeroize::Zeroizing;

use crate::certificate_error::CertificateError;
use crate::random::{RandomSource, random_array};
use crate::wrapped::MAX_ITERATIONS;

const PBES2: &[u64] = &[1, 2, 840, 113549, 1, 5, 13];
const PBKDF2: &[u64] = &[1, 2, 840, 113549, 1, 5, 12];
const HMAC_SHA1: &[u64] = &[1, 2, 840, 113549, 2, 7];
const HMAC_SHA256: &[u64] = &[1, 2, 840, 113549, 2, 9];
const HMAC_SHA384: &[u64] = &[1, 2, 840, 113549, 2, 10];
const HMAC_SHA512: &[u64] = &[1, 2, 840, 113549, 2, 11];
const AES_128_CBC: &[u64] = &[2, 16, 840, 1, 101, 3, 4, 1, 2];
const AES_192_CBC: &[u64] = &[2, 16, 840, 1, 101, 3, 4, 1, 22];
const AES_256_CBC: &[u64] = &[2, 16, 840, 1, 101, 3, 4, 1, 42];

const ITERATIONS: NonZeroU32 = NonZeroU32::new(200_000).expect("not zero");
const IV_SIZE: usize = 16;
const MAX_SALT_SIZE: usize = 64;

/// An encrypted private key whose algorithms are known.
pub(super) struct Encrypted {
    derivation: pbkdf2::Algorithm,
    iterations: NonZeroU32,
    salt: Vec<u8>,
    cipher: &'static Algorithm,
    key_size: usize,
    iv: [u8; IV_SIZE],
    data: Vec<u8>,
}

/// The algorithm identifiers as they stand in the file.
struct Parameters {
    derivation: ObjectIdentifier,
    iterations: u32,
    salt: Vec<u8>,
    cipher: ObjectIdentifier,
    iv: Vec<u8>,
}

/// `None` when the file is no `EncryptedPrivateKeyInfo`; an error when it is one of unsupported algorithms.
pub(super) fn parse(file: &[u8]) -> Result<Option<Encrypted>, CertificateError> {
    let Ok((scheme, parameters, data)) = yasna::parse_der(file, read_outer) else { return Ok(None) };
    if scheme != oid(PBES2) {
        return Err(CertificateError::UnsupportedEncryption);
    }
    let parameters = yasna::parse_der(&parameters, read_parameters);
    let parameters = parameters.map_err(|_| CertificateError::UnsupportedEncryption)?;
    resolve(parameters, data).map(Some).ok_or(CertificateError::UnsupportedEncryption)
}

fn read_outer(reader: BERReader<'_, '_>) -> ASN1Result<(ObjectIdentifier, Vec<u8>, Vec<u8>)> {
    reader.read_sequence(|reader| {
        let (scheme, parameters) = reader
            .next()
            .read_sequence(|reader| Ok((reader.next().read_oid()?, reader.next().read_der()?)))?;
        Ok((scheme, parameters, reader.next().read_bytes()?))
    })
}

fn read_parameters(reader: BERReader<'_, '_>) -> ASN1Result<Parameters> {
    reader.read_sequence(|reader| {
        let (salt, iterations, derivation) = reader.next().read_sequence(|reader| {
            if reader.next().read_oid()? != oid(PBKDF2) {
                return Err(ASN1Error::new(ASN1ErrorKind::Invalid));
            }
            reader.next().read_sequence(|reader| {
                let salt = reader.next().read_bytes()?;
                let iterations = reader.next().read_u32()?;
                reader.read_optional(|reader| reader.read_u32())?;
                let derivation = reader.read_optional(|reader| {
                    reader.read_sequence(|reader| {
                        let derivation = reader.next().read_oid()?;
                        reader.read_optional(|reader| reader.read_null())?;
                        Ok(derivation)
                    })
                })?;
                Ok((salt, iterations, derivation.unwrap_or_else(|| oid(HMAC_SHA1))))
            })
        })?;
        let (cipher, iv) = reader
            .next()
            .read_sequence(|reader| Ok((reader.next().read_oid()?, reader.next().read_bytes()?)))?;
        Ok(Parameters { derivation, iterations, salt, cipher, iv })
    })
}

fn resolve(parameters: Parameters, data: Vec<u8>) -> Option<Encrypted> {
    if parameters.iterations > MAX_ITERATIONS || parameters.salt.len() > MAX_SALT_SIZE {
        return None;
    }
    let derivations = [
        (HMAC_SHA1, pbkdf2::PBKDF2_HMAC_SHA1),
        (HMAC_SHA256, pbkdf2::PBKDF2_HMAC_SHA256),
        (HMAC_SHA384, pbkdf2::PBKDF2_HMAC_SHA384),
        (HMAC_SHA512, pbkdf2::PBKDF2_HMAC_SHA512),
    ];
    let ciphers = [(AES_128_CBC, &AES_128, 16), (AES_192_CBC, &AES_192, 24), (AES_256_CBC, &AES_256, 32)];
    let (_, derivation) = derivations.into_iter().find(|(id, _)| oid(id) == parameters.derivation)?;
    let (_, cipher, key_size) = ciphers.into_iter().find(|(id, _, _)| oid(id) == parameters.cipher)?;
    Some(Encrypted {
        derivation,
        iterations: NonZeroU32::new(parameters.iterations)?,
        salt: parameters.salt,
        cipher,
        key_size,
        iv: parameters.iv.try_into().ok()?,
        data,
    })
}

impl Encrypted {
    pub(super) fn decrypt(&self, password: &str) -> Result<Zeroizing<Vec<u8>>, CertificateError> {
        let mut key = Zeroizing::new(vec![0; self.key_size]);
        pbkdf2::derive(self.derivation, self.iterations, &self.salt, password.as_bytes(), &mut key);
        let key = UnboundCipherKey::new(self.cipher, &key).and_then(PaddedBlockDecryptingKey::cbc_pkcs7);
        let mut text = Zeroizing::new(self.data.clone());
        let size = key
            .and_then(|key| {
                let context = DecryptionContext::Iv128(FixedLength::from(self.iv));
                Ok(key.decrypt(&mut text, context)?.len())
            })
            .map_err(|_| CertificateError::Password)?;
        text.truncate(size);
        Ok(text)
    }
}

/// The encrypted file of a private key in PKCS #8 form.
pub(crate) fn export(
    pkcs8: &[u8],
    password: &str,
    rng: &mut dyn RandomSource,
) -> Result<Vec<u8>, CertificateError> {
    let salt: [u8; 16] = random_array(rng);
    let iv: [u8; IV_SIZE] = random_array(rng);
    let mut key = Zeroizing::new([0; 32]);
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ITERATIONS, &salt, password.as_bytes(), key.as_mut_slice());
    // Padding in place must not move the secret into a longer buffer.
    let mut data = Vec::with_capacity(pkcs8.len() + IV_SIZE);
    data.extend_from_slice(pkcs8);
    UnboundCipherKey::new(&AES_256, key.as_slice())
        .and_then(PaddedBlockEncryptingKey::cbc_pkcs7)
        .and_then(|key| key.less_safe_encrypt(&mut data, EncryptionContext::Iv128(FixedLength::from(iv))))
        .map_err(|_| CertificateError::Encryption)?;
    Ok(yasna::construct_der(|writer| write(writer, &salt, &iv, &data)))
}

fn write(writer: DERWriter<'_>, salt: &[u8], iv: &[u8], data: &[u8]) {
    writer.write_sequence(|writer| {
        writer.next().write_sequence(|writer| {
            writer.next().write_oid(&oid(PBES2));
            writer.next().write_sequence(|writer| {
                writer.next().write_sequence(|writer| write_derivation(writer, salt));
                writer.next().write_sequence(|writer| {
                    writer.next().write_oid(&oid(AES_256_CBC));
                    writer.next().write_bytes(iv);
                });
            });
        });
        writer.next().write_bytes(data);
    });
}

fn write_derivation(writer: &mut yasna::DERWriterSeq<'_>, salt: &[u8]) {
    writer.next().write_oid(&oid(PBKDF2));
    writer.next().write_sequence(|writer| {
        writer.next().write_bytes(salt);
        writer.next().write_u32(ITERATIONS.get());
        writer.next().write_sequence(|writer| {
            writer.next().write_oid(&oid(HMAC_SHA256));
            writer.next().write_null();
        });
    });
}

fn oid(components: &[u64]) -> ObjectIdentifier {
    ObjectIdentifier::from_slice(components)
}
