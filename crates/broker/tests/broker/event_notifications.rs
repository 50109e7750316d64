//! Event notifications: their exclusive dialogs, near and far.

use duologue_broker::{EndMode, EventEnvironment};
use duologue_catalog::ddl::DdlContext;
use duologue_catalog::ddl::event_notifications::{
    CreateEventNotification, NotificationTarget, create_event_notification, drop_event_notification,
};
use duologue_catalog::ddl::message_types::{CreateMessageType, create_message_type};
use duologue_catalog::objects::Validation;
use duologue_catalog::{DBO, Permission};
use duologue_simulator::{Protection, World, ready};
use duologue_types::BrokerInstance;

use crate::support::{Statements, pair};

const POST: &str = "http://schemas.microsoft.com/SQL/Notifications/PostEventNotification";
const SERVICE: &str = "http://schemas.microsoft.com/SQL/Notifications/EventNotificationService";

/// A notification in `i` of the first instance, to service `Events` in `t` of the second.
fn notifying() -> World {
    let mut world = pair();
    for (node, database) in [(0, "i"), (1, "t")] {
        let mut party = world.party(node, database);
        party.master_key(true);
        party.certificate("far", "far", 1 - node, Protection::Absent, true);
    }
    world.party(0, "i").certificate("own", "dbo", 0, Protection::MasterKey, true);
    world.party(1, "t").certificate("own", "own", 1, Protection::MasterKey, true);
    world.party(0, "i").route("Events", "TCP://b:4022");
    world.party(0, "i").binding("Events", "far", false);
    let mut party = world.party(1, "t");
    party.service("Events", "own", &[POST]);
    party.route(SERVICE, "TCP://a:4022");
    party.grant_on_service(Permission::Send, "Events", "far");
    let target = world.nodes[1].database("t").settings.broker_instance;
    create_notification(&mut world, target);
    world
}

fn create_notification(world: &mut World, target: BrokerInstance) {
    let now = world.now;
    let node = &mut world.nodes[0];
    let security = node.sa("i");
    let transaction = node.begin();
    let conversation = node
        .instance
        .begin_event_dialog(transaction, security.database, DBO, ("Events", target), now)
        .unwrap();
    let spec = CreateEventNotification {
        name: "changes".into(),
        on: NotificationTarget::Database,
        fan_in: false,
        events: vec!["DDL_DATABASE_LEVEL_EVENTS".into()],
        service_name: "Events".into(),
        broker_instance: target.0.to_string(),
    };
    let outcome = ready(
        node.instance
            .change_catalog(transaction, |draft| {
                let mut cx = DdlContext { draft, database: security.database, security: &security, now };
                create_event_notification(&mut cx, &spec, conversation)
            })
            .unwrap(),
    );
    node.instance.add_effects(transaction, outcome.effects);
    node.instance.commit(transaction, now);
    world.settle();
}

/// CREATE MESSAGE TYPE, as the session runs it; committed or rolled back.
fn raise(world: &mut World, name: &str, commit: bool) {
    let now = world.now;
    let node = &mut world.nodes[0];
    let security = node.sa("i");
    let transaction = node.begin();
    let spec = CreateMessageType { name: name.into(), authorization: None, validation: Validation::None };
    let outcome = ready(
        node.instance
            .change_catalog(transaction, |draft| {
                let mut cx = DdlContext { draft, database: security.database, security: &security, now };
                create_message_type(&mut cx, &spec)
            })
            .unwrap(),
    );
    let environment = EventEnvironment {
        post_time: "2027-01-15T08:00:00.000",
        spid: 51,
        login: "sa",
        user: "dbo",
        command: Some("CREATE MESSAGE TYPE x"),
        set_options: [true; 4],
    };
    node.instance.raise_event(transaction, outcome.event.unwrap(), &environment);
    node.instance.add_effects(transaction, outcome.effects);
    if commit {
        node.instance.commit(transaction, now);
    } else {
        node.instance.rollback(transaction, now);
    }
    world.settle();
}

fn documents(world: &mut World) -> Vec<String> {
    let messages = world.receive((1, "t"), "EventsQueue");
    messages
        .iter()
        .map(|message| {
            let body = message.body.clone().unwrap_or_default();
            let units: Vec<u16> = body.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            String::from_utf16(&units).unwrap()
        })
        .collect()
}

fn notifications(world: &World) -> usize {
    world.nodes[0].database("i").event_notifications.iter().count()
}

#[test]
fn committed_events_arrive_sealed_and_rolled_back_ones_do_not() {
    let mut world = notifying();
    raise(&mut world, "A", true);
    raise(&mut world, "B", false);
    world.restart(0);
    raise(&mut world, "C", true);
    let found = documents(&mut world);
    assert_eq!(found.len(), 2, "{:?}", world.logged);
    for (document, name) in found.iter().zip(["A", "C"]) {
        for part in [
            "<EVENT_INSTANCE><EventType>CREATE_MESSAGE_TYPE</EventType>".to_owned(),
            format!("<ObjectName>{name}</ObjectName>"),
            "<ServerName>a</ServerName>".to_owned(),
        ] {
            assert!(document.contains(&part), "{part} in {document}");
        }
    }
    for (_, bytes) in &world.seen {
        assert!(duologue_dialog::Envelope::decode(bytes).unwrap().security.is_some());
    }
    assert_eq!(world.nodes[0].instance.conversations().iter().count(), 1, "one dialog for all events");
}

#[test]
fn dropping_the_notification_ends_its_dialog() {
    let mut world = notifying();
    raise(&mut world, "A", true);
    let _outcome = world
        .party(0, "i")
        .ddl(|cx| drop_event_notification(cx, "changes", &NotificationTarget::Database))
        .unwrap();
    world.settle();
    let types: Vec<_> = world.texts((1, "t"), "EventsQueue");
    assert_eq!(types.len(), 2);
    assert_eq!(types[1], "EndDialog:");
    assert_eq!(world.nodes[0].instance.conversations().iter().count(), 0);
}

#[test]
fn a_consumer_that_ends_the_dialog_loses_the_notification() {
    for (mode, number) in
        [(EndMode::Normal, 17004), (EndMode::Error { code: 3, description: "no more".into() }, 17003)]
    {
        let mut world = notifying();
        raise(&mut world, "A", true);
        let handle = world.receive((1, "t"), "EventsQueue")[0].handle;
        world.end((1, "t"), handle, mode);
        assert_eq!(notifications(&world), 0);
        for expected in [number, 17005] {
            assert!(world.logged.iter().any(|(node, entry)| *node == 0 && entry.number == expected));
        }
        assert_eq!(world.nodes[0].instance.conversations().iter().count(), 0);
        raise(&mut world, "B", true);
        world.restart(0);
        assert_eq!(notifications(&world), 0);
    }
}

#[test]
fn a_target_that_does_not_exist_costs_the_notification() {
    let mut world = notifying();
    let _outcome =
        world.party(1, "t").ddl(|cx| duologue_catalog::ddl::services::drop_service(cx, "Events")).unwrap();
    raise(&mut world, "A", true);
    assert_eq!(notifications(&world), 0, "{:?}", world.logged);
    assert!(world.logged.iter().any(|(node, entry)| *node == 0 && entry.number == 17005));
}
