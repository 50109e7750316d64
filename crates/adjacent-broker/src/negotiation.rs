//! What two endpoints have in common.

use std::ops::RangeInclusive;

/// `ENCRYPTION =` of an endpoint. TLS encrypts in any case: the option decides who may talk to whom, and what
/// the views show.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum EncryptionOption {
    /// Never.
    Disabled,
    /// If the peer wants it too.
    Supported,
    /// Always.
    Required,
}

/// An encryption algorithm by its name in DDL.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Algorithm {
    /// RC4.
    Rc4,
    /// AES.
    Aes,
}

impl Algorithm {
    /// `encryption_algorithm` of a connection; 0 is none.
    pub const fn code(self) -> u8 {
        match self {
            Self::Rc4 => 1,
            Self::Aes => 2,
        }
    }

    /// The inverse of [`Algorithm::code`].
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Rc4),
            2 => Some(Self::Aes),
            _ => None,
        }
    }

    /// `encryption_algorithm_desc` of a connection; none is `NONE`.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Rc4 => "RC4",
            Self::Aes => "AES",
        }
    }
}

/// `ENCRYPTION = … ALGORITHM …`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Encryption {
    /// Whether.
    pub option: EncryptionOption,
    /// How, preferred first; meaningless when disabled.
    pub algorithms: Vec<Algorithm>,
}

/// How a peer proves who it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AuthenticationMethod {
    /// Windows.
    Ntlm,
    /// Windows.
    Kerberos,
    /// Windows.
    Negotiate,
    /// The certificate of TLS; the only method that this program performs.
    Certificate,
}

impl AuthenticationMethod {
    /// `connection_auth` of an endpoint with this method alone.
    pub const fn code(self) -> u8 {
        match self {
            Self::Ntlm => 1,
            Self::Kerberos => 2,
            Self::Negotiate => 3,
            Self::Certificate => 4,
        }
    }

    /// The inverse of [`AuthenticationMethod::code`].
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Ntlm),
            2 => Some(Self::Kerberos),
            3 => Some(Self::Negotiate),
            4 => Some(Self::Certificate),
            _ => None,
        }
    }
}

/// What one side allows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offer {
    /// Protocol versions.
    pub versions: RangeInclusive<u16>,
    /// Methods, preferred first.
    pub authentication: Vec<AuthenticationMethod>,
    /// Encryption.
    pub encryption: Encryption,
}

/// What both sides allow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Negotiated {
    /// The highest common protocol version.
    pub version: u16,
    /// The first common method in the acceptor's order.
    pub authentication: AuthenticationMethod,
    /// The first common algorithm in the acceptor's order; `None`: signed only.
    pub encryption: Option<Algorithm>,
}

/// Finds the common ground, alike on both sides. An error names what is missing, as error 28027 does:
/// `protocol version`, `authentication protocol` or `encryption algorithm`.
pub fn negotiate(initiator: &Offer, acceptor: &Offer) -> Result<Negotiated, &'static str> {
    let version = *initiator.versions.end().min(acceptor.versions.end());
    if version < *initiator.versions.start().max(acceptor.versions.start()) {
        return Err("protocol version");
    }
    let authentication =
        first_common(&acceptor.authentication, &initiator.authentication).ok_or("authentication protocol")?;
    let encryption = negotiate_encryption(&initiator.encryption, &acceptor.encryption)?;
    Ok(Negotiated { version, authentication, encryption })
}

fn negotiate_encryption(
    initiator: &Encryption,
    acceptor: &Encryption,
) -> Result<Option<Algorithm>, &'static str> {
    use EncryptionOption::{Disabled, Required};
    match (initiator.option, acceptor.option) {
        (Disabled, Required) | (Required, Disabled) => Err("encryption algorithm"),
        (Disabled, _) | (_, Disabled) => Ok(None),
        _ => match first_common(&acceptor.algorithms, &initiator.algorithms) {
            Some(algorithm) => Ok(Some(algorithm)),
            None => Err("encryption algorithm"),
        },
    }
}

fn first_common<T: Copy + PartialEq>(preferred: &[T], other: &[T]) -> Option<T> {
    preferred.iter().copied().find(|item| other.contains(item))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Algorithm::{Aes, Rc4};
    use AuthenticationMethod::{Certificate, Kerberos, Ntlm};
    use EncryptionOption::{Disabled, Required, Supported};

    fn offer(option: EncryptionOption, algorithms: &[Algorithm]) -> Offer {
        let encryption = Encryption { option, algorithms: algorithms.to_vec() };
        Offer { versions: 1..=1, authentication: vec![Certificate], encryption }
    }

    #[test]
    fn encryption_by_option() {
        let clear = Ok(None);
        let encrypted = Ok(Some(Aes));
        let refused = Err("encryption algorithm");
        for (near, outcomes) in [
            (Disabled, [clear, clear, refused]),
            (Supported, [clear, encrypted, encrypted]),
            (Required, [refused, encrypted, encrypted]),
        ] {
            for (far, expected) in [Disabled, Supported, Required].into_iter().zip(outcomes) {
                let outcome = negotiate(&offer(near, &[Aes]), &offer(far, &[Aes]));
                assert_eq!(outcome.map(|common| common.encryption), expected, "{near:?} {far:?}");
            }
        }
    }

    #[test]
    fn the_acceptor_prefers() {
        let outcome = |initiator: &[Algorithm], acceptor: &[Algorithm]| {
            negotiate(&offer(Required, initiator), &offer(Supported, acceptor))
                .map(|common| common.encryption)
        };
        assert_eq!(outcome(&[Aes, Rc4], &[Rc4, Aes]), Ok(Some(Rc4)));
        assert_eq!(outcome(&[Rc4, Aes], &[Aes, Rc4]), Ok(Some(Aes)));
        assert_eq!(outcome(&[Aes], &[Rc4]), Err("encryption algorithm"));
        let methods = |initiator: &[AuthenticationMethod], acceptor: &[AuthenticationMethod]| {
            let base = offer(Required, &[Aes]);
            let initiator = Offer { authentication: initiator.to_vec(), ..base.clone() };
            let acceptor = Offer { authentication: acceptor.to_vec(), ..base };
            negotiate(&initiator, &acceptor).map(|common| common.authentication)
        };
        assert_eq!(methods(&[Certificate, Ntlm], &[Ntlm, Certificate]), Ok(Ntlm));
        assert_eq!(methods(&[Certificate], &[Kerberos, Ntlm]), Err("authentication protocol"));
    }

    #[test]
    fn the_highest_common_version() {
        let outcome = |initiator, acceptor| {
            let base = offer(Required, &[Aes]);
            let initiator = Offer { versions: initiator, ..base.clone() };
            negotiate(&initiator, &Offer { versions: acceptor, ..base }).map(|common| common.version)
        };
        assert_eq!(outcome(1..=4, 2..=9), Ok(4));
        assert_eq!(outcome(3..=9, 1..=3), Ok(3));
        assert_eq!(outcome(1..=2, 3..=4), Err("protocol version"));
        assert_eq!(outcome(3..=4, 1..=2), Err("protocol version"));
    }
}
