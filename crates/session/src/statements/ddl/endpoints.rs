//! CREATE and ALTER ENDPOINT.

use duologue_catalog::ddl::endpoints::{self, EndpointAuthentication, EndpointOptions, ListenerIp};
use duologue_catalog::objects::{EndpointEncryption, EndpointState};
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{self, EncryptionRequirement, EndpointAlgorithm, EndpointStatement};
use duologue_types::{CertificateId, DatabaseId};

use super::{define, text};
use crate::execution::{Context, StatementResult};

/// Where endpoint certificates live.
const MASTER: DatabaseId = DatabaseId(1);

pub(in crate::statements) fn define_endpoint(
    cx: &mut Context<'_, '_>,
    statement: &EndpointStatement,
) -> StatementResult {
    let (EndpointStatement::Create { options, .. } | EndpointStatement::Alter { options, .. }) = statement;
    let options = endpoint_options(options)?;
    let usable = usable_certificate(cx, &options);
    match statement {
        EndpointStatement::Create { name, authorization, .. } => {
            let owner = text(authorization.as_ref());
            define(cx, |ddl| {
                endpoints::create_endpoint(ddl, &name.name, owner.as_deref(), &options, |row| {
                    Some(row.id) == usable
                })
            })
        }
        EndpointStatement::Alter { name, .. } => define(cx, |ddl| {
            endpoints::alter_endpoint(ddl, &name.name, &options, |row| Some(row.id) == usable)
        }),
    }
}

/// The certificate that AUTHENTICATION names, if a handshake could use it (else 28055).
fn usable_certificate(cx: &mut Context<'_, '_>, options: &EndpointOptions) -> Option<CertificateId> {
    let Some(EndpointAuthentication::Certificate(name)) = &options.authentication else { return None };
    let catalog = cx.catalog().clone();
    let id = catalog.database(MASTER)?.certificates.find(name)?.id;
    let now = cx.host.now;
    cx.instance.check_endpoint_certificate(&catalog, id, now).is_ok().then_some(id)
}

fn endpoint_options(options: &ast::EndpointOptions) -> Result<EndpointOptions, SqlError> {
    let mut noted = EndpointOptions {
        state: options.state.map(|state| match state {
            ast::EndpointState::Started => EndpointState::Started,
            ast::EndpointState::Stopped => EndpointState::Stopped,
            ast::EndpointState::Disabled => EndpointState::Disabled,
        }),
        ..EndpointOptions::default()
    };
    if let Some(tcp) = &options.tcp {
        noted.port = tcp.port;
        noted.ip = tcp.ip.as_ref().map(listener_ip).transpose()?;
    }
    if let Some(broker) = &options.service_broker {
        noted.authentication = broker.authentication.as_ref().map(authentication);
        noted.encryption = broker.encryption.as_ref().map(encryption).transpose()?;
        noted.message_forwarding = broker.message_forwarding;
        noted.message_forward_size = broker.message_forward_size;
    }
    Ok(noted)
}

fn listener_ip(ip: &ast::ListenerIp) -> Result<ListenerIp, SqlError> {
    match ip {
        ast::ListenerIp::All => Ok(ListenerIp::All),
        ast::ListenerIp::Address(address) => Ok(ListenerIp::One(address.to_string())),
        ast::ListenerIp::Masked { .. } => Err(sql_error!(49901, "LISTENER_IP with a mask")),
    }
}

fn authentication(written: &ast::EndpointAuthentication) -> EndpointAuthentication {
    match (&written.windows, &written.certificate) {
        (None, Some(certificate)) => EndpointAuthentication::Certificate(certificate.name.clone()),
        _ => EndpointAuthentication::Windows,
    }
}

/// Which cipher TLS picks is its own business; RC4 alone is refused.
fn encryption(written: &ast::EndpointEncryption) -> Result<EndpointEncryption, SqlError> {
    if written.algorithms == [EndpointAlgorithm::Rc4] {
        return Err(sql_error!(49902, "ALGORITHM RC4", "it is broken"));
    }
    Ok(match written.requirement {
        EncryptionRequirement::Disabled => EndpointEncryption::Disabled,
        EncryptionRequirement::Supported => EndpointEncryption::Supported,
        EncryptionRequirement::Required => EndpointEncryption::Required,
    })
}
