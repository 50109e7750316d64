//! The broker's own conversations: questions to a configuration service, near or far, and event notifications to a
//! service on another node.

use duologue_broker::{
    BROKER_CONFIGURATION, END_DIALOG, ERROR, EVENT_NOTIFICATION_SERVICE, EndMode, EventEnvironment,
    POST_EVENT_NOTIFICATION, QueueMessage, ReceiveFilter, ReceiveRequest,
};
use duologue_catalog::Permission;
use duologue_catalog::ddl::event_notifications::{
    CreateEventNotification, NotificationTarget, create_event_notification,
};
use duologue_catalog::ddl::message_types::{CreateMessageType, alter_message_type, create_message_type};
use duologue_catalog::ddl::routes::{RouteOptions, create_route};
use duologue_catalog::ddl::services::{CreateService, create_service};
use duologue_catalog::ddl::{DdlContext, ObjectName};
use duologue_catalog::objects::Validation;
use duologue_types::{SessionId, Timestamp};

use super::body;
use super::model::Deed;
use super::{Simulation, sites};
use crate::node::ready;
use crate::setup::Party;

const BROKER_SERVICE: &str = "http://schemas.microsoft.com/SQL/ServiceBroker/ServiceBroker";
const NOTICE: &str = "https://schemas.microsoft.com/SQL/ServiceBroker/BrokerConfigurationNotice";
const CONFIGURATION_QUEUE: &str = "Configuration";
/// What is altered again and again so that events are raised.
const PULSE: &str = "Pulse";
const PULSED: &str = "ALTER_MESSAGE_TYPE";
/// The session of whoever works on these.
const SESSION: SessionId = SessionId(900);

fn events_service(site: usize) -> String {
    format!("Events{site}")
}

impl Simulation {
    /// A configuration service everywhere, which half of the sites pass over in favour of another node's; a
    /// notification at every site, to a service of the next node's.
    pub(super) fn set_up_notices(&mut self) {
        for site in 0..self.sites.all.len() {
            let asks = self.sites.far_from(site).next().filter(|_| self.chance.happens(500));
            self.at_site(site, |mut party, sites| {
                party.queue(CONFIGURATION_QUEUE);
                configuration_service(&mut party);
                let address = asks.map_or("LOCAL".to_owned(), |far| sites.address(site, far));
                party.route(BROKER_CONFIGURATION, &address);
                let owner = sites.all[site].owner;
                party.service(&events_service(site), owner, &[POST_EVENT_NOTIFICATION]);
                party.grant_on_service(Permission::Send, &events_service(site), "public");
                for far in sites.far_from(site) {
                    for service in [BROKER_SERVICE, EVENT_NOTIFICATION_SERVICE] {
                        route_to_broker(&mut party, sites, service, site, far);
                    }
                }
            });
        }
        for site in 0..self.sites.all.len() {
            if let Some(far) = self.listener_of(site) {
                self.at_site(site, |mut party, sites| listen(&mut party, sites, site, far));
            }
        }
    }

    /// The site that is told of another one's events.
    fn listener_of(&self, site: usize) -> Option<usize> {
        let far: Vec<usize> = self.sites.far_from(site).collect();
        far.get(site % far.len().max(1)).copied()
    }

    /// Somebody answers a question, raises an event or reads about some.
    pub(super) fn work_on_notices(&mut self, site: usize) -> Result<(), String> {
        match self.chance.below(3) {
            0 => self.answer_question(site).map(|_| ()),
            1 => {
                self.raise_event(site);
                Ok(())
            }
            _ => self.read_events(site).map(|_| ()),
        }
    }

    /// Takes one question from the configuration queue, creates what is missing, and ends the conversation; sometimes
    /// the answer is no. Says whether there was anything.
    pub(super) fn answer_question(&mut self, site: usize) -> Result<bool, String> {
        let Some((transaction, messages)) = self.take_from(site, CONFIGURATION_QUEUE) else {
            return Ok(false);
        };
        let node = self.sites.all[site].node;
        for message in &messages {
            let is_end = [END_DIALOG, ERROR].contains(&&*message.message_type_name);
            let asker = self.machines[node].node.instance.conversations().get(message.handle);
            let asker = self.sites.of_broker(asker.and_then(|endpoint| endpoint.far_broker_instance));
            let asker = asker.ok_or("a question of nobody")?;
            let document = body::document(message.body.as_deref());
            let missing = body::element(&document, "SERVICE_NAME");
            let missing = missing.and_then(|name| self.sites.service_index(name));
            let says_no = !is_end && !self.finishing && self.chance.happens(100);
            if let Some(far) = missing.filter(|_| !says_no) {
                // Another node's administrator may be late: its brokers ask again then.
                if self.machines[self.sites.all[asker].node].takes_definitions() {
                    self.make_route(asker, far);
                    self.make_binding(asker, far);
                }
            }
            let mode = match says_no {
                true => EndMode::Error { code: 1, description: "unknown".into() },
                false => EndMode::Normal,
            };
            self.in_transaction(site, transaction, |instance, caller| {
                instance.end_conversation(caller, message.handle, &mode).map(ready)
            })
            .map_err(|error| format!("a question cannot be answered: {error}"))?;
        }
        self.finish_taken(site, transaction, Vec::new());
        Ok(true)
    }

    /// Alters something that an event notification listens to.
    fn raise_event(&mut self, site: usize) {
        let deed = self.model.raises(site);
        let Deed::Raised(_, number) = deed else { return };
        let command = format!("pulse {number}");
        let sequence = self.at_site(site, |party, sites| {
            let security = &sites.all[site].security;
            let transaction = party.node.instance.begin(SESSION);
            let now = party.now;
            let altered = party.node.instance.change_catalog(transaction, |draft| {
                let mut cx = DdlContext { draft, database: security.database, security, now };
                alter_message_type(&mut cx, PULSE, Validation::None)
            });
            let outcome = altered.map(ready).expect("the message type is there");
            let environment = EventEnvironment {
                post_time: "2027-01-15T08:00:00.000",
                spid: 51,
                login: "sa",
                user: "dbo",
                command: Some(&command),
                set_options: [true; 4],
            };
            let instance = &mut party.node.instance;
            if let Some(event) = outcome.event {
                instance.raise_event(transaction, event, &environment);
            }
            instance.add_effects(transaction, outcome.effects);
            instance.commit(transaction, now)
        });
        let node = self.sites.all[site].node;
        self.machines[node].commits(sequence, vec![deed], &mut self.model);
        self.note("event", site, number as u64);
    }

    /// Receives what a site was told of others' events.
    pub(super) fn read_events(&mut self, site: usize) -> Result<bool, String> {
        let queue = format!("{}Queue", events_service(site));
        let Some((transaction, messages)) = self.take_from(site, &queue) else { return Ok(false) };
        let node = self.sites.all[site].node;
        let mut deeds = Vec::new();
        for message in &messages {
            let endpoint = self.machines[node].node.instance.conversations().get(message.handle);
            let raiser = self.sites.of_broker(endpoint.and_then(|endpoint| endpoint.far_broker_instance));
            let raiser = raiser.ok_or("an event of nobody")?;
            let document = body::document(message.body.as_deref());
            let number = body::element(&document, "CommandText").and_then(|text| text.strip_prefix("pulse "));
            let number = number.and_then(|number| number.parse().ok());
            let number =
                number.ok_or_else(|| format!("site {site} was told of {}", message.message_type_name))?;
            deeds.push(self.model.notices(raiser, number)?);
        }
        self.note("events read", site, deeds.len() as u64);
        self.finish_taken(site, transaction, deeds);
        Ok(true)
    }

    fn take_from(
        &mut self,
        site: usize,
        queue: &str,
    ) -> Option<(duologue_types::TransactionId, Vec<QueueMessage>)> {
        let node = &mut self.machines[self.sites.all[site].node].node;
        let queue = node.queue(&self.sites.all[site].database, queue);
        if node.instance.queue(queue).is_none_or(duologue_broker::Queue::is_empty) {
            return None;
        }
        let transaction = node.instance.begin(SESSION);
        let request = ReceiveRequest { queue, top: None, filter: ReceiveFilter::Any };
        let received = self.in_transaction(site, transaction, |instance, caller| {
            instance.receive(caller, request).map(ready)
        });
        let messages = received.unwrap_or_default();
        if messages.is_empty() {
            self.finish_taken(site, transaction, Vec::new());
            return None;
        }
        Some((transaction, messages))
    }

    fn in_transaction<T>(
        &mut self,
        site: usize,
        transaction: duologue_types::TransactionId,
        statement: impl FnOnce(
            &mut duologue_broker::Instance,
            duologue_broker::Caller<'_>,
        ) -> Result<T, duologue_messages::SqlError>,
    ) -> Result<T, duologue_messages::SqlError> {
        let found = &self.sites.all[site];
        let machine = &mut self.machines[found.node];
        let now: Timestamp = machine.clock(self.now);
        let caller = duologue_broker::Caller { transaction, security: &found.security, now };
        statement(&mut machine.node.instance, caller)
    }

    fn finish_taken(&mut self, site: usize, transaction: duologue_types::TransactionId, deeds: Vec<Deed>) {
        let node = self.sites.all[site].node;
        let machine = &mut self.machines[node];
        let clock = machine.clock(self.now);
        let sequence = machine.node.instance.commit(transaction, clock);
        machine.commits(sequence, deeds, &mut self.model);
        self.take_wishes(node);
    }
}

fn configuration_service(party: &mut Party<'_>) {
    party.must(|cx| {
        let spec = CreateService {
            name: BROKER_CONFIGURATION.into(),
            authorization: None,
            queue: ObjectName::new("dbo", CONFIGURATION_QUEUE),
            contracts: vec![NOTICE.into()],
        };
        create_service(cx, &spec)
    });
    party.grant_on_service(Permission::Send, BROKER_CONFIGURATION, "public");
}

/// A route for a service that every database has: only the broker instance tells them apart.
fn route_to_broker(party: &mut Party<'_>, sites: &sites::Sites, service: &str, site: usize, far: usize) {
    let short = service.rsplit('/').next().unwrap_or_default();
    let name = format!("to {short} of {far}");
    let options = RouteOptions {
        service_name: Some(service.into()),
        broker_instance: Some(sites.all[far].broker.0.to_string()),
        address: Some(sites.address(site, far)),
        ..RouteOptions::default()
    };
    party.must(|cx| create_route(cx, &name, None, &options));
}

/// CREATE EVENT NOTIFICATION, to the events service of another site.
fn listen(party: &mut Party<'_>, sites: &sites::Sites, site: usize, far: usize) {
    let service = events_service(far);
    party.route(&service, &sites.address(site, far));
    party.binding(&service, &sites::far_user(far), false);
    let pulse = CreateMessageType { name: PULSE.into(), authorization: None, validation: Validation::None };
    party.must(|cx| create_message_type(cx, &pulse));
    let database = party.node.database(party.database).settings.id;
    let target = sites.all[far].broker;
    let owner = party.node.user(party.database, sites.all[site].owner).user;
    let now = party.now;
    let security = party.node.sa(party.database);
    let transaction = party.node.begin();
    let instance = &mut party.node.instance;
    let begun = instance.begin_event_dialog(transaction, database, owner, (&service, target), now);
    let conversation = begun.expect("the broker's own service is there");
    let spec = CreateEventNotification {
        name: "pulses".into(),
        on: NotificationTarget::Database,
        fan_in: false,
        events: vec![PULSED.into()],
        service_name: service,
        broker_instance: target.0.to_string(),
    };
    let created = instance.change_catalog(transaction, |draft| {
        let mut cx = DdlContext { draft, database, security: &security, now };
        create_event_notification(&mut cx, &spec, conversation)
    });
    let outcome = created.map(ready).expect("the notification is new");
    instance.add_effects(transaction, outcome.effects);
    instance.commit(transaction, now);
}
