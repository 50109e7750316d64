//! The data directory: the store, the root secret beside it, and the instance that both make.
//!
//! `root-secret` holds 32 random bytes and is made once, before the first row is stored. Whoever has it and the
//! store can read everything; without it every key in the store is lost. So it is never made anew for a store that
//! holds something, and never taken from a file that others may read.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use duologue_broker::{Instance, NewInstance, Parts};
use duologue_keys::{PasswordHash, RootSecret, check_password_policy, random_array};
use duologue_messages::SqlError;
use duologue_tds::Secret;
use zeroize::Zeroizing;

use crate::clock;
use crate::config::Config;
use crate::engine;
use crate::error::StartError;
use crate::files::replace_private;
use crate::host_name::host_name;
use crate::random::{OsRandom, random_password};

const ROOT_SECRET_FILE: &str = "root-secret";
const ROOT_SECRET_BYTES: usize = 32;
/// Mode bits that let others than the owner in.
const OTHERS: u32 = 0o077;
const SA: &str = "sa";

/// An instance in memory, and what it was made from.
pub(crate) struct Opened {
    pub(crate) instance: Instance,
    /// The password of `sa` that nobody knows yet.
    pub(crate) generated_sa_password: Option<Secret>,
}

/// Opens the directory for this process alone; makes it and a new instance if there is none.
pub(crate) fn open(config: &Config) -> Result<Opened, StartError> {
    let directory = &config.data_directory;
    let store = engine::open(directory, config.store_engine)?;
    let is_empty = store.scan(&[], None, 1).map_err(|error| StartError::store(directory, &error))?.is_empty();
    let root_secret = root_secret(directory, is_empty)?;
    let parts =
        Parts { store, root_secret, random: Box::new(OsRandom), message_memory: config.message_memory };
    let failed = |error: SqlError| {
        StartError::data_directory(directory, format_args!("cannot be used: {}", error.text))
    };
    if !is_empty {
        let instance = Instance::open(parts, clock::now()).map_err(failed)?;
        return Ok(Opened { instance, generated_sa_password: None });
    }
    let (password, is_generated) = match &config.sa_password {
        Some(password) => (password.clone(), false),
        None => (Secret::new(random_password()), true),
    };
    let instance = create(parts, config, &password).map_err(|error| match error {
        CreateError::Password(error) => StartError::Config(format!("The password of sa: {}", error.text)),
        CreateError::Instance(error) => failed(error),
    })?;
    Ok(Opened { instance, generated_sa_password: is_generated.then_some(password) })
}

enum CreateError {
    Password(SqlError),
    Instance(SqlError),
}

fn create(parts: Parts, config: &Config, password: &Secret) -> Result<Instance, CreateError> {
    check_password_policy(password.expose(), SA).map_err(CreateError::Password)?;
    let new = NewInstance {
        server_name: config.server_name.clone().unwrap_or_else(host_name),
        sa_password: PasswordHash::new(password.expose(), &mut OsRandom),
    };
    Instance::create(parts, &new, clock::now()).map_err(CreateError::Instance)
}

/// Reads the root secret; makes it while nothing is stored that an older one protects.
fn root_secret(directory: &Path, store_is_empty: bool) -> Result<RootSecret, StartError> {
    let path = directory.join(ROOT_SECRET_FILE);
    let io = |error: std::io::Error| {
        StartError::data_directory(directory, format_args!("cannot be used: {}: {error}", path.display()))
    };
    match fs::metadata(&path) {
        Ok(found) if found.mode() & OTHERS != 0 => {
            let mode = found.mode() & 0o777;
            Err(StartError::data_directory(
                directory,
                format_args!(
                    "cannot be used: {} has mode {mode:04o} and others could read it; only its owner may (chmod 600)",
                    path.display()
                ),
            ))
        }
        Ok(_) => read_root_secret(directory, &path),
        Err(error) if error.kind() == ErrorKind::NotFound && store_is_empty => {
            let bytes = Zeroizing::new(random_array::<ROOT_SECRET_BYTES>(&mut OsRandom));
            replace_private(&path, bytes.as_slice()).map_err(io)?;
            Ok(RootSecret::new(*bytes))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Err(StartError::data_directory(
            directory,
            format_args!(
                "cannot be used: {} is missing, without which its keys cannot be read",
                path.display()
            ),
        )),
        Err(error) => Err(io(error)),
    }
}

fn read_root_secret(directory: &Path, path: &Path) -> Result<RootSecret, StartError> {
    let bytes = Zeroizing::new(fs::read(path).map_err(|error| {
        StartError::data_directory(directory, format_args!("cannot be used: {}: {error}", path.display()))
    })?);
    let secret: [u8; ROOT_SECRET_BYTES] = bytes.as_slice().try_into().map_err(|_| {
        let length = bytes.len();
        StartError::data_directory(
            directory,
            format_args!("is damaged: {} has {length} bytes instead of {ROOT_SECRET_BYTES}", path.display()),
        )
    })?;
    Ok(RootSecret::new(secret))
}
