//! The certificate for clients, and TLS in the two ways that TDS uses it.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

use duologue_tds::tls::ALPN;
use duologue_tds::{EncryptionPolicy, TlsMode};
use rcgen::{CertificateParams, DistinguishedName, DnType, IsCa, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::NoServerSessionStorage;
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, ServerConnection, SupportedProtocolVersion};

use crate::config::{CertificateFiles, Config};
use crate::error::StartError;
use crate::files::replace_private;
use crate::host_name::host_name;
use crate::transport::Framing;

const CERTIFICATE_FILE: &str = "tds-certificate.der";
const PRIVATE_KEY_FILE: &str = "tds-private-key.der";

/// How the server encrypts; nothing when it does not.
#[derive(Clone)]
pub(crate) struct TlsSettings(Option<Configs>);

#[derive(Clone)]
struct Configs {
    in_band: Arc<ServerConfig>,
    strict: Arc<ServerConfig>,
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

impl TlsSettings {
    /// Takes the administrator's certificate, or the one of the data directory, which is made if need be.
    pub(crate) fn load(config: &Config) -> Result<Self, StartError> {
        if config.encryption == EncryptionPolicy::Unavailable {
            return Ok(Self(None));
        }
        let (certificates, key) = match &config.certificate {
            Some(files) => given(files)?,
            None => self_signed(&config.data_directory).map_err(|error| {
                StartError::data_directory(
                    &config.data_directory,
                    format_args!("cannot be used: the certificate for TDS: {error}"),
                )
            })?,
        };
        let build = |versions: &[&'static SupportedProtocolVersion]| {
            server_config(versions, certificates.clone(), key.clone_key())
                .map_err(|error| StartError::Config(format!("The certificate for TDS: {error}.")))
        };
        // In-band, clients hang or fail on 1.3.
        let in_band = build(&[&TLS12])?;
        let mut strict = build(&[&TLS13, &TLS12])?;
        strict.alpn_protocols = vec![ALPN.to_vec()];
        Ok(Self(Some(Configs { in_band: Arc::new(in_band), strict: Arc::new(strict) })))
    }

    /// A TLS session of that kind.
    pub(super) fn accept(&self, mode: TlsMode) -> io::Result<(rustls::Connection, Framing)> {
        let configs = self.0.as_ref().ok_or(ErrorKind::Unsupported)?;
        let (config, framing) = match mode {
            TlsMode::InBand { .. } => (&configs.in_band, Framing::InPackets),
            TlsMode::Strict => (&configs.strict, Framing::Bare),
        };
        let session = ServerConnection::new(config.clone()).map_err(io::Error::other)?;
        Ok((session.into(), framing))
    }
}

fn server_config(
    versions: &[&'static SupportedProtocolVersion],
    certificates: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_protocol_versions(versions)?;
    let mut config = builder.with_no_client_auth().with_single_cert(certificates, key)?;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

fn given(files: &CertificateFiles) -> Result<Identity, StartError> {
    let wrong = |path: &Path, error: rustls::pki_types::pem::Error| {
        StartError::Config(format!("{} cannot be read: {error}.", path.display()))
    };
    let certificates = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong(&files.certificate, error))?;
    if certificates.is_empty() {
        let path = files.certificate.display();
        return Err(StartError::Config(format!("{path} holds no certificate in PEM.")));
    }
    let key =
        PrivateKeyDer::from_pem_file(&files.private_key).map_err(|error| wrong(&files.private_key, error))?;
    Ok((certificates, key))
}

/// The data directory's own certificate. The key is written first: a certificate without it would be of no use.
fn self_signed(directory: &Path) -> io::Result<Identity> {
    let (certificate_path, key_path) = (directory.join(CERTIFICATE_FILE), directory.join(PRIVATE_KEY_FILE));
    if let (Some(certificate), Some(key)) = (read(&certificate_path)?, read(&key_path)?) {
        return Ok((vec![certificate.into()], PrivatePkcs8KeyDer::from(key).into()));
    }
    let (certificate, key) = generate().map_err(io::Error::other)?;
    replace_private(&key_path, &key)?;
    replace_private(&certificate_path, &certificate)?;
    Ok((vec![certificate.into()], PrivatePkcs8KeyDer::from(key).into()))
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// ECDSA P-256, not an authority: clients refuse an authority's certificate as a server's.
fn generate() -> Result<(Vec<u8>, Vec<u8>), rcgen::Error> {
    let host = host_name();
    let mut params = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned(), host.clone()])?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, host);
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2120, 1, 1);
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let certificate = params.self_signed(&key)?;
    Ok((certificate.der().to_vec(), key.serialize_der()))
}
