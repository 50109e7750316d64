//! What a new instance holds, and that stored rows give the same catalog back.

use std::collections::BTreeMap;

use crate::support::{NOW, World, fresh, guid};
use duologue_catalog::ddl::broker_priorities::{AnyOr, PriorityOptions, create_broker_priority};
use duologue_catalog::ddl::endpoints::{EndpointAuthentication, EndpointOptions, create_endpoint};
use duologue_catalog::ddl::event_notifications::{
    CreateEventNotification, NotificationTarget, create_event_notification,
};
use duologue_catalog::ddl::remote_service_bindings::{
    CreateRemoteServiceBinding, create_remote_service_binding,
};
use duologue_catalog::ddl::routes::{RouteOptions, create_route, drop_route};
use duologue_catalog::ddl::tables::{ColumnSpec, KeySpec, create_table};
use duologue_catalog::ddl::{ObjectName, databases::drop_database};
use duologue_catalog::objects::SentBy;
use duologue_catalog::{Catalog, CatalogDraft, Class};
use duologue_types::{ConversationHandle, DatabaseId, MessageTypeId, SqlType};

#[test]
fn system_objects_have_their_ids() {
    let (catalog, _) = fresh().finish();
    let msdb = catalog.find_database("MSDB").unwrap();
    let prefix = "http://schemas.microsoft.com/SQL/";
    for (id, name) in [
        (1, "ServiceBroker/Error"),
        (4, "Notifications/EventNotification"),
        (8, "ServiceBroker/BrokerConfigurationNotice/MissingRemoteServiceBinding"),
        (13, "ServiceBroker/ServiceDiagnostic/Description"),
    ] {
        let http = msdb.message_types.find(&format!("{prefix}{name}")).unwrap();
        let https = msdb.message_types.find(&format!("{prefix}{name}").replace("http:", "https:")).unwrap();
        assert_eq!((http.id.0, https.id.0), (id, id + 100), "{name}");
        assert_eq!(http.validation, https.validation);
    }
    assert_eq!(msdb.message_types.find("DEFAULT").unwrap().id, MessageTypeId(14));
    assert!(msdb.message_types.find("default").is_none(), "names compare by bytes");
    assert_eq!((msdb.message_types.len(), msdb.contracts.len(), msdb.services.len()), (27, 11, 6));
    let notice = msdb.contracts.get(103).unwrap();
    assert_eq!(notice.name, "https://schemas.microsoft.com/SQL/ServiceBroker/BrokerConfigurationNotice");
    let types: Vec<i32> = notice.messages.iter().map(|usage| usage.message_type.0).collect();
    assert_eq!(types, [106, 107, 108, 109]);
    assert!(notice.messages.iter().all(|usage| usage.sent_by == SentBy::Initiator));
    let service = msdb.services.find(&format!("{prefix}Notifications/EventNotificationService")).unwrap();
    assert_eq!((service.id.0, service.queue.0), (2, 2_009_058_193));
    assert!(msdb.queues.get(2_009_058_193).unwrap().is_system);
}

#[test]
fn databases_of_a_new_instance() {
    let (catalog, _) = fresh().finish();
    let seen = catalog.databases.values().map(|database| {
        let settings = &database.settings;
        let route = database.routes.find("autocreatedlocal").map(|route| route.id.0);
        (settings.id.0, &*settings.name, settings.broker_enabled, settings.trustworthy, route)
    });
    let seen: Vec<_> = seen.collect();
    assert_eq!(
        seen,
        [
            (1, "master", false, false, None),
            (2, "tempdb", true, false, Some(65536)),
            (3, "model", false, false, Some(65536)),
            (4, "msdb", true, true, Some(65536)),
        ]
    );
    assert_eq!(catalog.databases[&DatabaseId(1)].settings.broker_instance.0, duologue_types::Guid::ZERO);
    let master = &catalog.databases[&DatabaseId(1)];
    let names: Vec<_> =
        master.principals.iter().map(|principal| (principal.id.0, &*principal.name)).collect();
    assert_eq!(
        names[..6],
        [(0, "public"), (1, "dbo"), (2, "guest"), (3, "INFORMATION_SCHEMA"), (4, "sys"), (16384, "db_owner")]
    );
    assert_eq!(master.principals.get(16385).unwrap().sid.as_ref().unwrap()[24..], [1, 0x40, 0, 0]);
    assert_eq!(catalog.principal_sid(DatabaseId(1), duologue_catalog::DBO), Some(vec![1]));
    let logins: Vec<_> = catalog.server.logins.iter().map(|login| (login.id.0, &*login.name)).collect();
    assert_eq!(logins[..3], [(1, "sa"), (2, "public"), (3, "sysadmin")]);
}

/// A catalog with at least one object of every class.
fn everything() -> World {
    let mut world = World::new();
    world.login_and_user("ann", "ann", Some("s"));
    world.user_without_login("bob");
    world.role("r", &["ann"]);
    world.message_type("m");
    world.contract("c", "m");
    world.schema("s");
    world.queue("dbo", "q");
    world.service("svc", "q", &["c"]);
    world.certificate("cert", "bob");
    world.grant("GRANT SEND ON SERVICE::svc TO bob");
    let route =
        RouteOptions { address: Some("TCP://host:4022".into()), lifetime: Some(60), ..Default::default() };
    world.ok(|cx| create_route(cx, "route", None, &route));
    world.ok(|cx| drop_route(cx, "AutoCreatedLocal"));
    let binding = CreateRemoteServiceBinding {
        name: "b".into(),
        authorization: None,
        service_name: "//far".into(),
        user: "bob".into(),
        anonymous: true,
    };
    world.ok(|cx| create_remote_service_binding(cx, &binding));
    let priority = PriorityOptions { level: Some(AnyOr::One(9)), ..PriorityOptions::default() };
    world.ok(|cx| create_broker_priority(cx, "p", &priority));
    let id = ColumnSpec {
        name: "id".into(),
        sql_type: SqlType::BigInt,
        nullable: None,
        identity: Some((1, 1)),
        default: None,
    };
    let text = ColumnSpec {
        name: "text".into(),
        sql_type: SqlType::NVARCHAR_MAX,
        nullable: Some(true),
        identity: None,
        default: Some("N'x'".into()),
    };
    let key = KeySpec { name: None, columns: vec!["ID".into()], is_primary: true };
    world.ok(|cx| create_table(cx, &ObjectName::new("s", "t"), &[id, text], &[key]));
    for on in [NotificationTarget::Database, NotificationTarget::Server] {
        let notification = CreateEventNotification {
            name: "n".into(),
            on,
            fan_in: true,
            events: vec!["DDL_SSB_EVENTS".into()],
            service_name: "//far".into(),
            broker_instance: "Current Database".into(),
        };
        world.ok(|cx| create_event_notification(cx, &notification, ConversationHandle(guid(9))));
    }
    world.be("sa", "master").certificate("endpoint", "dbo");
    let options = EndpointOptions {
        port: Some(4022),
        authentication: Some(EndpointAuthentication::Certificate("endpoint".into())),
        ..EndpointOptions::default()
    };
    world.ok(|cx| create_endpoint(cx, "e", None, &options, |_| true));
    world.grant("GRANT CONNECT ON ENDPOINT::e TO ann");
    world.be("sa", "d");
    world
}

#[test]
fn stored_rows_give_the_catalog_back() {
    let catalog = everything().catalog;
    let rows = catalog.stored_rows();
    let classes: std::collections::BTreeSet<Class> = rows.iter().map(|((_, class, _), _)| *class).collect();
    assert_eq!(classes.len(), 19, "a row of every class: {classes:?}");
    let loaded = Catalog::load(rows.iter().rev().cloned()).unwrap();
    assert_eq!(loaded.stored_rows(), rows);
    let database = loaded.find_database("D").unwrap();
    assert_eq!(database.message_types.len(), 28, "system objects are there again");
    assert_eq!(database.services.find("svc").unwrap().id.0, 65536);
    assert!(database.routes.find("AutoCreatedLocal").is_none(), "dropped stays dropped");
}

#[test]
fn changes_of_drafts_are_the_stored_rows() {
    let mut store = BTreeMap::new();
    let apply = |store: &mut BTreeMap<_, _>, draft: CatalogDraft| {
        let (catalog, changes) = draft.finish();
        for (key, row) in changes.0 {
            match row {
                Some(row) => drop(store.insert(key, row)),
                None => drop(store.remove(&key)),
            }
        }
        catalog
    };
    let first = apply(&mut store, fresh());
    assert_eq!(store, first.stored_rows().into_iter().collect());
    let world = everything();
    let mut store: BTreeMap<_, _> = world.catalog.stored_rows().into_iter().collect();
    let security = world.context();
    let mut draft = CatalogDraft::new(world.catalog);
    let mut cx = duologue_catalog::ddl::DdlContext {
        draft: &mut draft,
        database: security.database,
        security: &security,
        now: NOW,
    };
    let _ = drop_database(&mut cx, "d").unwrap();
    let without = apply(&mut store, draft);
    assert_eq!(store, without.stored_rows().into_iter().collect());
    assert!(store.keys().all(|(database, _, _)| database.0 < 5));
}

#[test]
fn bad_rows_are_named_and_unknown_fields_are_ignored() {
    let rows = everything().catalog.stored_rows();
    for (position, (key, row)) in rows.iter().enumerate() {
        let mut with_field = rows.clone();
        with_field[position].1 = [b"{\"from_the_future\":[1],", &row[1..]].concat();
        assert!(Catalog::load(with_field).is_ok(), "{key:?}");
        let mut truncated = rows.clone();
        truncated[position].1.truncate(row.len() / 2);
        assert_eq!(Catalog::load(truncated).unwrap_err().key, *key);
    }
    let mut orphan = rows.clone();
    orphan.retain(|((_, class, _), _)| *class != Class::DatabaseSettings);
    assert!(Catalog::load(orphan).is_err());
}
