//! Transport security: who this instance is towards adjacent brokers, and who may connect to it. A certificate is
//! trusted because an administrator installed it in `master`: no chain, no name, no revocation is asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use duologue_catalog::objects::{Authentication, Endpoint as EndpointRow, PrincipalKind};
use duologue_catalog::{Catalog, Database};
use duologue_keys::{Certificate, PrivateKey};
use duologue_messages::{SqlError, sql_error};
use duologue_types::{CertificateId, DatabaseId, Guid, LoginId, Timestamp};

use crate::instance::Instance;

/// `master`, where endpoint certificates and the users behind peers live.
const MASTER: DatabaseId = DatabaseId(1);

/// This instance towards its peers.
#[derive(Clone)]
pub struct EndpointIdentity {
    /// Identity of the instance.
    pub instance_id: Guid,
    /// The broker endpoint.
    pub endpoint: Arc<EndpointRow>,
    /// Its certificate.
    pub certificate: Arc<Certificate>,
    /// The certificate's private key.
    pub private_key: Arc<PrivateKey>,
}

/// A peer that may connect.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PeerIdentity {
    /// The login behind its certificate; `public` when the certificate is unknown.
    pub login_name: String,
    /// The installed copy of its certificate.
    pub certificate: Option<CertificateId>,
}

/// A row of `sys.dm_broker_connections`, as the server keeps it up to date.
#[derive(Clone, PartialEq, Debug, Default)]
#[expect(missing_docs, reason = "the fields are the view's columns")]
pub struct BrokerConnection {
    pub connection_id: Guid,
    pub transport_stream_id: Guid,
    pub state: i16,
    pub state_desc: String,
    pub connect_time: Option<Timestamp>,
    pub login_time: Option<Timestamp>,
    pub authentication_method: String,
    pub principal_name: String,
    pub remote_user_name: String,
    pub last_activity_time: Option<Timestamp>,
    pub is_accept: bool,
    pub login_state: i16,
    pub login_state_desc: String,
    pub peer_certificate_id: i32,
    pub encryption_algorithm: i16,
    pub encryption_algorithm_desc: String,
    pub receives_posted: i16,
    pub is_receive_flow_controlled: bool,
    pub sends_posted: i16,
    pub is_send_flow_controlled: bool,
    pub total_bytes_sent: i64,
    pub total_bytes_received: i64,
    pub total_fragments_sent: i64,
    pub total_fragments_received: i64,
    pub total_sends: i64,
    pub total_receives: i64,
    pub peer_arbitration_id: Guid,
}

impl Instance {
    /// The endpoint's certificate and key, as a handshake needs them: 28036 or 28037 when they are not usable.
    pub fn endpoint_identity(&mut self, now: Timestamp) -> Result<EndpointIdentity, SqlError> {
        let endpoint = self.catalog.server.endpoints.iter().next().cloned();
        let endpoint = endpoint.ok_or_else(|| sql_error!(9748, "Service Broker"))?;
        let Authentication::Certificate(id) = endpoint.authentication;
        let catalog = self.catalog.clone();
        let missing = || sql_error!(28036, "Certificate not found", 85);
        let row = catalog
            .databases
            .get(&MASTER)
            .and_then(|master| master.certificates.get(id.0))
            .ok_or_else(missing)?;
        let certificate = self.keyring.certificate(MASTER, row).ok_or_else(missing)?;
        if certificate.not_after() < now {
            return Err(sql_error!(28036, "Certificate expired", 85));
        }
        if certificate.not_before() > now {
            return Err(sql_error!(28036, "Certificate not yet valid", 85));
        }
        let private_key =
            self.keyring.private_key(&catalog, MASTER, row).ok_or_else(|| sql_error!(28037, 15581, 85))?;
        Ok(EndpointIdentity {
            instance_id: catalog.server.settings.instance_id,
            endpoint,
            certificate,
            private_key,
        })
    }

    /// Whether a certificate of `master` can serve the endpoint: private key under the master key, in date (28055).
    pub fn check_endpoint_certificate(
        &mut self,
        catalog: &Catalog,
        id: CertificateId,
        now: Timestamp,
    ) -> Result<(), SqlError> {
        let row = catalog.databases.get(&MASTER).and_then(|master| master.certificates.get(id.0)).cloned();
        let row = row.ok_or_else(|| sql_error!(28055, id))?;
        let in_date = self.keyring.certificate(MASTER, &row).is_some_and(|found| found.is_valid_at(now));
        if in_date && self.keyring.private_key(catalog, MASTER, &row).is_some() {
            Ok(())
        } else {
            Err(sql_error!(28055, row.name))
        }
    }

    /// Whether the holder of a certificate may connect: installed in `master`, in date, owned by a user whose login
    /// has CONNECT on the endpoint. An unknown certificate is `public`.
    pub fn authorise_peer(&mut self, der: &[u8], now: Timestamp) -> Result<PeerIdentity, SqlError> {
        let invalid = |reason: &str| sql_error!(28035, reason, 89);
        let presented = Certificate::from_der(der).map_err(|_| invalid("Certificate not valid"))?;
        let catalog = self.catalog.clone();
        let endpoint =
            catalog.server.endpoints.iter().next().ok_or_else(|| sql_error!(28080, "Service Broker", 7))?;
        let Some(found) = self.keyring.find(&catalog, MASTER, presented.id()) else {
            return if catalog.peer_may_connect(None, endpoint.id) {
                Ok(PeerIdentity { login_name: "public".into(), certificate: None })
            } else {
                Err(invalid("Certificate not found"))
            };
        };
        if found.certificate.der() != presented.der() {
            return Err(sql_error!(28045, 89));
        }
        if found.certificate.not_after() < now {
            return Err(invalid("Certificate expired"));
        }
        if found.certificate.not_before() > now {
            return Err(invalid("Certificate not yet valid"));
        }
        let master = catalog.databases.get(&MASTER).ok_or_else(|| invalid("Certificate not found"))?;
        let (login, login_name) = login_of_owner(&catalog, master, found.row.owner)?;
        if !catalog.peer_may_connect(Some(login), endpoint.id) {
            return Err(sql_error!(28034, login_name, 84));
        }
        Ok(PeerIdentity { login_name, certificate: Some(found.row.id) })
    }

    /// The connections, for `sys.dm_broker_connections`.
    pub fn broker_connections(&self) -> impl Iterator<Item = &BrokerConnection> {
        self.connections.values()
    }

    /// A connection came into being or changed.
    pub fn update_connection(&mut self, connection: BrokerConnection) {
        self.connections.insert(connection.connection_id, connection);
    }

    /// A connection is gone.
    pub fn remove_connection(&mut self, id: Guid) {
        self.connections.remove(&id);
    }
}

/// Connections by id.
pub(crate) type BrokerConnections = BTreeMap<Guid, BrokerConnection>;

/// The login of the user that owns a peer's certificate (9730 when he has none).
fn login_of_owner(
    catalog: &Catalog,
    master: &Database,
    owner: duologue_types::PrincipalId,
) -> Result<(LoginId, String), SqlError> {
    let user = master.principals.get(owner.0).ok_or_else(|| sql_error!(9728, owner))?;
    let login = match user.kind {
        PrincipalKind::User => catalog.login_of_user(MASTER, owner),
        _ => None,
    };
    let login = login.ok_or_else(|| sql_error!(9730, owner))?;
    Ok((login.id, login.name.clone()))
}
