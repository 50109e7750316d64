//! What an administrator decides: defaults, then the configuration file, then the command line.

use std::path::{Path, PathBuf};

use duologue_tds::{EncryptionPolicy, Secret};
use serde::Deserialize;

use crate::engine::StoreEngine;
use crate::error::StartError;

/// Default of [`Config::max_connections`]; SQL Server's limit of user connections.
const MAX_CONNECTIONS: usize = 32_767;
/// Default of [`Config::max_request_bytes`]. Text travels as UTF-16, so this holds a message of 64 MB twice over.
const MAX_REQUEST_BYTES: usize = 256 << 20;

/// Default of [`Config::message_memory`].
const MESSAGE_MEMORY: usize = 256 << 20;

/// How log lines look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// A certificate and its key for TDS, both in PEM.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CertificateFiles {
    /// The certificate, and those that lead to its authority.
    pub certificate: PathBuf,
    /// Its private key: PKCS #8, PKCS #1 or SEC 1.
    pub private_key: PathBuf,
}

/// A server's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where everything is kept.
    pub data_directory: PathBuf,
    /// `host:port` for clients; port 0 takes a free one.
    pub listen: String,
    /// `@@SERVERNAME` of a new instance; the host's name if absent. An instance keeps its name.
    pub server_name: Option<String>,
    /// Password of `sa` in a new instance; generated if absent.
    pub sa_password: Option<Secret>,
    /// TDS encryption.
    pub encryption: EncryptionPolicy,
    /// The TDS certificate; self-signed and kept in the data directory if absent.
    pub certificate: Option<CertificateFiles>,
    /// Clients that may be connected at a time.
    pub max_connections: usize,
    /// Bytes of a client's longest request.
    pub max_request_bytes: usize,
    /// Bytes of waiting messages' bodies that are kept in memory; others are read from the store when needed.
    pub message_memory: usize,
    /// Log lines.
    pub log_format: LogFormat,
    /// The storage engine of a new instance; if given, an instance with another one is refused.
    pub store_engine: Option<StoreEngine>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_directory: PathBuf::from("./duologue-data"),
            listen: "127.0.0.1:1433".to_owned(),
            server_name: None,
            sa_password: None,
            encryption: EncryptionPolicy::Optional,
            certificate: None,
            max_connections: MAX_CONNECTIONS,
            max_request_bytes: MAX_REQUEST_BYTES,
            message_memory: MESSAGE_MEMORY,
            log_format: LogFormat::Text,
            store_engine: None,
        }
    }
}

impl Config {
    /// The defaults, changed by the configuration file at `path`. Unknown keys are refused with their line.
    pub fn from_file(path: &Path) -> Result<Self, StartError> {
        let wrong = |what: String| StartError::Config(format!("{}: {what}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        Self::from_toml(&text).map_err(wrong)
    }

    fn from_toml(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let default = Self::default();
        let certificate = match (file.tds.certificate, file.tds.private_key) {
            (Some(certificate), Some(private_key)) => Some(CertificateFiles { certificate, private_key }),
            (None, None) => None,
            _ => return Err("tds.certificate and tds.private_key belong together".to_owned()),
        };
        Ok(Self {
            data_directory: file.data.unwrap_or(default.data_directory),
            listen: file.listen.unwrap_or(default.listen),
            server_name: file.server_name,
            encryption: file.tds.encryption.map_or(default.encryption, Into::into),
            certificate,
            max_connections: file.max_connections.unwrap_or(default.max_connections).max(1),
            max_request_bytes: file.max_request_bytes.unwrap_or(default.max_request_bytes),
            message_memory: file.message_memory.unwrap_or(default.message_memory),
            log_format: file.log_format.unwrap_or_default(),
            store_engine: file.store.engine,
            ..default
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data: Option<PathBuf>,
    listen: Option<String>,
    server_name: Option<String>,
    max_connections: Option<usize>,
    max_request_bytes: Option<usize>,
    message_memory: Option<usize>,
    log_format: Option<LogFormat>,
    #[serde(default)]
    tds: Tds,
    #[serde(default)]
    store: StoreSection,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoreSection {
    engine: Option<StoreEngine>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tds {
    encryption: Option<Encryption>,
    certificate: Option<PathBuf>,
    private_key: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Encryption {
    Off,
    On,
    Required,
}

impl From<Encryption> for EncryptionPolicy {
    fn from(encryption: Encryption) -> Self {
        match encryption {
            Encryption::Off => Self::Unavailable,
            Encryption::On => Self::Optional,
            Encryption::Required => Self::Required,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_changes_what_it_names() {
        let text = "data = '/d'\nlisten = '[::1]:0'\nlog_format = 'json'\nmax_connections = 5\nmessage_memory = 7\n\
                    [tds]\nencryption = 'required'\ncertificate = 'c.pem'\nprivate_key = 'k.pem'\n\
                    [store]\nengine = 'journal'\n";
        let config = Config::from_toml(text).unwrap();
        assert_eq!((config.data_directory, config.listen.as_str()), (PathBuf::from("/d"), "[::1]:0"));
        assert_eq!((config.log_format, config.max_connections), (LogFormat::Json, 5));
        assert_eq!(config.encryption, EncryptionPolicy::Required);
        assert_eq!(config.store_engine, Some(StoreEngine::Journal));
        assert_eq!(config.certificate.unwrap().private_key, PathBuf::from("k.pem"));
        assert_eq!((config.max_request_bytes, config.message_memory), (MAX_REQUEST_BYTES, 7));
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        for (text, expected) in [
            ("listen = 'x'\nlisen = 'y'\n", "line 2"),
            ("[tds]\ncertificte = 'y'\n", "line 2"),
            ("listen = 1433\n", "line 1"),
            ("[tds]\nencryption = 'maybe'\n", "line 2"),
            ("[store]\nengine = 'other'\n", "line 2"),
            ("[tds]\ncertificate = 'x'\n", "belong together"),
        ] {
            let error = Config::from_toml(text).map(|_| ()).unwrap_err();
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }
}
