//! The question itself: a conversation of the broker's with the configuration service.
//!
//! Which spelling of the names it uses (`http` or `https`) follows the contract that the configuration service lists;
//! if it lists both, or lives elsewhere, `https` (docs/decisions).

use duologue_dialog::{MAX_LIFETIME_SECONDS, expires_at};
use duologue_messages::{SqlError, sql_error};
use duologue_types::{ConversationGroupId, ConversationHandle, ConversationId, DatabaseId, Timestamp};

use super::{Kind, Notice, NoticeKey};
use crate::conversations::{Endpoint, NewEndpoint, SystemUse};
use crate::instance::Instance;
use crate::system::{BROKER_CONFIGURATION, BROKER_SERVICE, escape_xml, utf16_body};
use crate::transmission::{OutgoingKind, OutgoingMessage};

/// The contract's name after `http:` or `https:`.
const CONTRACT: &str = "//schemas.microsoft.com/SQL/ServiceBroker/BrokerConfigurationNotice";

impl Instance {
    pub(super) fn begin_question(&mut self, key: NoticeKey, now: Timestamp) -> Result<(), SqlError> {
        let (database, kind, service) = (key.0, key.1, key.2.clone());
        let scheme = self.spelling(database);
        let handle = self.begin_system_dialog(database, &format!("{scheme}:{CONTRACT}"), now)?;
        self.set_notice(key, Notice::Pending(handle));
        let element = match kind {
            Kind::Binding => "MissingRemoteServiceBinding",
            Kind::Route => "MissingRoute",
        };
        let message_type = format!("{scheme}:{CONTRACT}/{element}");
        let document = format!(
            "<{element} xmlns=\"{message_type}\"><SERVICE_NAME>{}</SERVICE_NAME></{element}>",
            escape_xml(&service)
        );
        self.system_send(handle, &message_type, &document, now);
        Ok(())
    }

    /// `http` only when the configuration service is here and lists only that contract.
    fn spelling(&self, database: DatabaseId) -> &'static str {
        let own = self.catalog.databases.get(&database).into_iter();
        let mut candidates = own.chain(self.catalog.databases.values());
        let listed = candidates.find_map(|found| {
            let service = found.services.find(BROKER_CONFIGURATION)?;
            let lists = |scheme: &str| {
                let contract = found.contracts.find(&format!("{scheme}:{CONTRACT}"));
                contract.is_some_and(|contract| service.contracts.contains(&contract.id))
            };
            Some((lists("http"), lists("https")))
        });
        if listed == Some((true, false)) { "http" } else { "https" }
    }

    fn begin_system_dialog(
        &mut self,
        database: DatabaseId,
        contract: &str,
        now: Timestamp,
    ) -> Result<ConversationHandle, SqlError> {
        let found = self.catalog.databases.get(&database).cloned().ok_or_else(|| sql_error!(9793))?;
        let service = found.services.find(BROKER_SERVICE).ok_or_else(|| sql_error!(8423, BROKER_SERVICE))?;
        let contract = found.contracts.find(contract).ok_or_else(|| sql_error!(8425, contract))?;
        let handle = ConversationHandle(self.new_guid());
        let conversation = ConversationId(self.new_guid());
        let group = ConversationGroupId(self.new_guid());
        let new = NewEndpoint {
            database,
            service,
            contract,
            is_initiator: true,
            far_service: BROKER_CONFIGURATION,
            far_broker_instance: None,
            begun: now,
            expires: expires_at(now, MAX_LIFETIME_SECONDS),
            far_is_local: false,
            encryption: false,
            priority: 5,
            owner: service.owner,
            system: Some(SystemUse::ConfigurationNotice),
        };
        self.add_endpoint(Endpoint::new(handle, conversation, group, &new));
        Ok(handle)
    }

    /// Sends a document on a conversation of the broker's own, in the current batch.
    pub(crate) fn system_send(
        &mut self,
        handle: ConversationHandle,
        message_type: &str,
        document: &str,
        now: Timestamp,
    ) {
        let Some(endpoint) = self.conversations.get_mut(handle) else { return };
        let sequence = endpoint.local.send_sequence;
        endpoint.local.send_sequence += 1;
        let message = OutgoingMessage {
            sequence,
            message_type: message_type.into(),
            kind: OutgoingKind::Data,
            body: Some(utf16_body(document)),
            enqueued: now,
        };
        self.send_committed(handle, message, now);
        self.save_endpoint(handle);
    }
}
