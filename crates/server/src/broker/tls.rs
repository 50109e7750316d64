//! Mutual TLS 1.3 between brokers.
//!
//! Any certificate is taken here; the handshake proves that the peer holds its private key, and whether that
//! certificate is trusted is the instance's decision. The library's own verification is no use: it knows chains and
//! names, which mean nothing here, and refuses X.509 v1, which SQL Server makes.

use std::sync::Arc;

use duologue_broker::EndpointIdentity;
use duologue_keys::{Certificate, verify_tls13_signature};
use duologue_messages::{SqlError, sql_error};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, Resumption};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::TLS13;
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, DistinguishedName, Error,
    PeerIncompatible, ServerConfig, ServerConnection, SignatureScheme,
};

/// RSA is what an endpoint's certificate has.
const SCHEMES: [SignatureScheme; 3] =
    [SignatureScheme::RSA_PSS_SHA256, SignatureScheme::RSA_PSS_SHA384, SignatureScheme::RSA_PSS_SHA512];
/// Brokers know each other by certificate and not by name, but the library wants one.
const NAME: &str = "broker.invalid";
/// State in the texts of handshake errors: before the first message.
const STATE: u8 = 0;

/// TLS for a connection that a peer opened.
pub(super) fn accept(identity: &EndpointIdentity) -> Result<rustls::Connection, SqlError> {
    let build = || {
        let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let builder = builder.with_protocol_versions(&[&TLS13])?.with_client_cert_verifier(Arc::new(AnyPeer));
        let mut config = builder.with_cert_resolver(Arc::new(Own(own_key(identity)?)));
        // Every connection proves its certificate anew.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        ServerConnection::new(Arc::new(config)).map(Into::into)
    };
    build().map_err(|error| unusable(&error))
}

/// TLS for a connection to a peer.
pub(super) fn connect(identity: &EndpointIdentity) -> Result<rustls::Connection, SqlError> {
    let build = || {
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let builder = builder.with_protocol_versions(&[&TLS13])?.dangerous();
        let builder = builder.with_custom_certificate_verifier(Arc::new(AnyPeer));
        let mut config = builder.with_client_cert_resolver(Arc::new(Own(own_key(identity)?)));
        config.resumption = Resumption::disabled();
        config.enable_sni = false;
        let name = ServerName::try_from(NAME).map_err(|error| Error::General(error.to_string()))?;
        ClientConnection::new(Arc::new(config), name).map(Into::into)
    };
    build().map_err(|error| unusable(&error))
}

fn unusable(error: &Error) -> SqlError {
    sql_error!(28036, error, STATE)
}

fn own_key(identity: &EndpointIdentity) -> Result<Arc<CertifiedKey>, Error> {
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(identity.private_key.pkcs8()));
    let key = aws_lc_rs::sign::any_supported_type(&key)?;
    let certificate = CertificateDer::from(identity.certificate.der().to_vec());
    Ok(Arc::new(CertifiedKey::new(vec![certificate], key)))
}

/// Presents the endpoint's certificate to everybody.
#[derive(Debug)]
struct Own(Arc<CertifiedKey>);

impl ResolvesServerCert for Own {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

impl ResolvesClientCert for Own {
    fn resolve(&self, _hints: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Takes any certificate whose private key signed the handshake.
#[derive(Debug)]
struct AnyPeer;

fn verify(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signed: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, Error> {
    let certificate = Certificate::from_der(certificate).map_err(|_| CertificateError::BadEncoding)?;
    verify_tls13_signature(&certificate, signed.scheme.into(), message, signed.signature())
        .map(|_| HandshakeSignatureValid::assertion())
        .map_err(|_| CertificateError::BadSignature.into())
}

fn only_tls13() -> Error {
    PeerIncompatible::Tls13RequiredForQuic.into()
}

impl ServerCertVerifier for AnyPeer {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(only_tls13())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        SCHEMES.to_vec()
    }
}

impl ClientCertVerifier for AnyPeer {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(only_tls13())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        SCHEMES.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use duologue_catalog::objects::{Authentication, Endpoint, EndpointEncryption, EndpointState};
    use duologue_keys::fixtures;
    use duologue_types::{CertificateId, EndpointId, Guid, LoginId};

    use super::*;

    fn identity(fixture: fixtures::Identity) -> EndpointIdentity {
        let endpoint = Endpoint {
            id: EndpointId(65536),
            name: "e".into(),
            owner: LoginId(1),
            state: EndpointState::Started,
            port: 4022,
            ip: None,
            authentication: Authentication::Certificate(CertificateId(256)),
            encryption: EndpointEncryption::Required,
            message_forwarding: false,
            message_forward_size: 10,
        };
        EndpointIdentity {
            instance_id: Guid::ZERO,
            endpoint: endpoint.into(),
            certificate: fixture.certificate.into(),
            private_key: fixture.private_key.into(),
        }
    }

    /// Carries records both ways until nobody has any; the first error ends it.
    fn shake(a: &mut rustls::Connection, b: &mut rustls::Connection) -> Result<(), Error> {
        for _ in 0..10 {
            carry(a, b)?;
            carry(b, a)?;
        }
        Ok(())
    }

    fn carry(from: &mut rustls::Connection, to: &mut rustls::Connection) -> Result<(), Error> {
        let mut records = Vec::new();
        while from.wants_write() {
            from.write_tls(&mut records).unwrap();
        }
        let mut records = records.as_slice();
        while !records.is_empty() {
            to.read_tls(&mut records).unwrap();
            to.process_new_packets()?;
        }
        Ok(())
    }

    /// SQL Server makes certificates of X.509 v1: they serve on either side.
    #[test]
    fn both_sides_prove_their_certificates() {
        let version_1 = || fixtures::Identity {
            certificate: fixtures::version_1_certificate(),
            private_key: fixtures::spare().private_key,
        };
        for (near, far) in [
            (fixtures::endpoint_a(), fixtures::endpoint_b()),
            (version_1(), fixtures::endpoint_b()),
            (fixtures::endpoint_a(), version_1()),
        ] {
            let (near, far) = (identity(near), identity(far));
            let (mut opened, mut accepted) = (connect(&near).unwrap(), accept(&far).unwrap());
            shake(&mut opened, &mut accepted).unwrap();
            assert!(!opened.is_handshaking() && !accepted.is_handshaking());
            assert_eq!(opened.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));
            assert_eq!(opened.peer_certificates().unwrap()[0].as_ref(), far.certificate.der());
            assert_eq!(accepted.peer_certificates().unwrap()[0].as_ref(), near.certificate.der());
        }
    }

    #[test]
    fn a_certificate_without_its_key_proves_nothing() {
        let stolen = || fixtures::Identity {
            certificate: fixtures::endpoint_b().certificate,
            private_key: fixtures::stranger().private_key,
        };
        let bad_signature = Err(Error::InvalidCertificate(CertificateError::BadSignature));
        for (near, far) in [(stolen(), fixtures::endpoint_a()), (fixtures::endpoint_a(), stolen())] {
            let mut opened = connect(&identity(near)).unwrap();
            let mut accepted = accept(&identity(far)).unwrap();
            assert_eq!(shake(&mut opened, &mut accepted), bad_signature);
        }
    }
}
