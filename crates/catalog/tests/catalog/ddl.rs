//! What statements refuse, and what they leave.

use crate::support::{NOW, World, certificate, contract, guid, message_type, service};
use duologue_catalog::SecurableKind;
use duologue_catalog::ddl::authorization::{NewOwner, OwnedEntity, alter_authorization};
use duologue_catalog::ddl::broker_priorities::{
    AnyOr, PriorityOptions, create_broker_priority, drop_broker_priority,
};
use duologue_catalog::ddl::certificates::{create_certificate, drop_certificate};
use duologue_catalog::ddl::contracts::{create_contract, drop_contract};
use duologue_catalog::ddl::databases::{
    BrokerOption, DatabaseOptions, alter_database, create_database, drop_database,
};
use duologue_catalog::ddl::endpoints::{
    EndpointAuthentication, EndpointOptions, ListenerIp, alter_endpoint, create_endpoint, drop_endpoint,
};
use duologue_catalog::ddl::event_notifications::{
    CreateEventNotification, NotificationTarget, create_event_notification, drop_event_notification,
};
use duologue_catalog::ddl::logins::{LoginOptions, LoginSource, NewPassword, create_login, drop_login};
use duologue_catalog::ddl::message_types::{create_message_type, drop_message_type};
use duologue_catalog::ddl::queues::{
    ActivationChange, ActivationOptions, ActivationUser, QueueOptions, alter_queue, create_queue, drop_queue,
};
use duologue_catalog::ddl::remote_service_bindings::{
    CreateRemoteServiceBinding, create_remote_service_binding,
};
use duologue_catalog::ddl::roles::{alter_role_member, drop_role};
use duologue_catalog::ddl::routes::{RouteOptions, alter_route, create_route};
use duologue_catalog::ddl::schemas::{create_schema, drop_schema};
use duologue_catalog::ddl::services::{AlterService, alter_service, create_service, drop_service};
use duologue_catalog::ddl::tables::{
    ColumnSpec, KeySpec, TableChange, alter_table, create_table, drop_table,
};
use duologue_catalog::ddl::users::{UserChanges, UserSource, alter_user, create_user, drop_user};
use duologue_catalog::ddl::{Effect, EventValue, ObjectName};
use duologue_catalog::objects::{ExecuteAs, SentBy};
use duologue_types::{BrokerInstance, ConversationHandle, SqlType};

fn name(name: &str) -> ObjectName {
    ObjectName::new("dbo", name)
}

fn world() -> World {
    let mut world = World::new();
    world.message_type("m");
    world.contract("c", "m");
    world.queue("dbo", "q");
    world.service("svc", "q", &["c"]);
    world
}

#[test]
fn what_is_used_is_not_dropped() {
    let mut world = world();
    let options = PriorityOptions {
        contract: Some(AnyOr::One("c".into())),
        local_service: Some(AnyOr::One("svc".into())),
        ..PriorityOptions::default()
    };
    world.ok(|cx| create_broker_priority(cx, "p", &options));
    world.fails(3716, |cx| drop_message_type(cx, "m"));
    world.fails(3716, |cx| drop_contract(cx, "c"));
    world.fails(3716, |cx| drop_queue(cx, &name("q")));
    world.fails(3716, |cx| drop_service(cx, "svc"));
    world.ok(|cx| drop_broker_priority(cx, "p"));
    let database = world.db().settings.id;
    let service = world.db().services.find("svc").unwrap().id;
    let dropped = world.outcome(|cx| drop_service(cx, "svc"));
    assert_eq!(dropped.effects, [Effect::ServiceDropped { database, service }]);
    world.ok(|cx| drop_contract(cx, "c"));
    world.ok(|cx| drop_message_type(cx, "m"));
    let dropped = world.outcome(|cx| drop_queue(cx, &name("Q")));
    let event = dropped.event.unwrap();
    assert_eq!(
        (event.event_type, event.schema_name.as_deref(), event.object_type),
        (159, Some("dbo"), Some("QUEUE"))
    );
    world.message_type("m");
    assert_eq!(world.db().message_types.find("m").unwrap().id.0, 65537, "ids are not used twice");
}

#[test]
fn missing_duplicate_and_system_objects() {
    let mut world = world();
    world.fails(15151, |cx| drop_service(cx, "missing"));
    world.fails(15151, |cx| drop_service(cx, "SVC"));
    world.fails(3701, |cx| drop_queue(cx, &name("missing")));
    world.fails(15151, |cx| alter_queue(cx, &name("missing"), &QueueOptions::default()));
    world.fails(15530, |cx| create_message_type(cx, &message_type("m")));
    world.ok(|cx| create_message_type(cx, &message_type("M")));
    world.fails(15530, |cx| create_service(cx, &service("svc", "dbo", "q", &[])));
    world.fails(2714, |cx| create_queue(cx, &name("Q"), &QueueOptions::default()));
    world.fails(2714, |cx| create_table(cx, &name("q"), &[], &[]));
    world.fails(2714, |cx| create_schema(cx, Some("DBO"), None));
    world.fails(1801, |cx| create_database(cx, "MASTER", BrokerInstance(guid(9))));
    world.fails(9663, |cx| drop_message_type(cx, "DEFAULT"));
    world.fails(9663, |cx| drop_contract(cx, "DEFAULT"));
    world.fails(9663, |cx| drop_service(cx, "http://schemas.microsoft.com/SQL/ServiceBroker/ServiceBroker"));
    world.fails(9663, |cx| drop_queue(cx, &name("ServiceBrokerQueue")));
    world.fails(15150, |cx| drop_schema(cx, "dbo"));
    world.fails(15150, |cx| drop_role(cx, "db_owner"));
    world.fails(15150, |cx| drop_user(cx, "guest"));
    world.fails(3708, |cx| drop_database(cx, "msdb"));
    world.fails(3701, |cx| drop_database(cx, "missing"));
    world.fails(1038, |cx| create_message_type(cx, &message_type("")));
    world.fails(103, |cx| create_message_type(cx, &message_type(&"x".repeat(129))));
    world.ok(|cx| create_message_type(cx, &message_type(&format!("#{}", "x".repeat(127)))));
    world.fails(203, |cx| create_queue(cx, &name("#q"), &QueueOptions::default()));
    world.fails(2760, |cx| create_queue(cx, &ObjectName::new("nowhere", "q"), &QueueOptions::default()));
}

#[test]
fn contracts_and_services() {
    let mut world = world();
    let twice = [("m", SentBy::Any), ("m", SentBy::Target)];
    world.fails(8403, |cx| create_contract(cx, &contract("x", &twice)));
    world.fails(8492, |cx| create_contract(cx, &contract("x", &[("m", SentBy::Target)])));
    world.fails(15151, |cx| create_contract(cx, &contract("x", &[("missing", SentBy::Any)])));
    world.fails(8404, |cx| create_service(cx, &service("x", "dbo", "q", &["c", "c"])));
    world.fails(15151, |cx| create_service(cx, &service("x", "dbo", "q", &["missing"])));
    world.fails(15151, |cx| create_service(cx, &service("x", "dbo", "missing", &[])));
    let alter = |queue: Option<&str>, add: &[&str], drop: &[&str]| AlterService {
        name: "svc".into(),
        queue: queue.map(name),
        add: add.iter().map(|name| (*name).into()).collect(),
        drop: drop.iter().map(|name| (*name).into()).collect(),
    };
    world.fails(8493, |cx| alter_service(cx, &alter(None, &[], &[])));
    world.fails(8493, |cx| alter_service(cx, &alter(Some("q"), &[], &[])));
    world.fails(8404, |cx| alter_service(cx, &alter(None, &["c"], &[])));
    world.fails(8425, |cx| alter_service(cx, &alter(None, &[], &["DEFAULT"])));
    world.queue("dbo", "q2");
    let moved = world.outcome(|cx| alter_service(cx, &alter(Some("q2"), &["DEFAULT"], &["c"])));
    assert!(matches!(moved.effects[..], [Effect::ServiceMoved { .. }, Effect::ServiceChanged { .. }]));
    assert_eq!(world.db().services.find("svc").unwrap().contracts, [duologue_types::ContractId(6)]);
}

#[test]
fn route_rules() {
    let option = |text: &str| (text != "-").then(|| text.to_owned());
    let long = "x".repeat(257);
    let instance = "05050505-0505-0505-0505-050505050505";
    // service, broker instance, address, mirror address, lifetime → error
    let cases = [
        ("-", "-", "LOCAL", "-", None, None),
        ("-", "-", "transport", "-", None, None),
        ("//s", instance, "TCP://host:4022", "tcp://[::1]:5022", Some(1), None),
        ("-", "-", "-", "-", None, Some(9659)),
        ("-", "-", "", "-", None, Some(9659)),
        ("", "-", "LOCAL", "-", None, Some(9659)),
        (&long, "-", "LOCAL", "-", None, Some(9660)),
        ("-", instance, "LOCAL", "-", None, Some(9662)),
        ("//s", "not a guid", "LOCAL", "-", None, Some(8413)),
        ("SQL/ServiceBroker/BrokerConfiguration", "-", "LOCAL", "-", None, None),
        ("SQL/ServiceBroker/BrokerConfiguration", instance, "LOCAL", "-", None, Some(8413)),
        ("//s", "-", "TCP://a:1", "TCP://b:1", None, Some(9661)),
        ("//s", instance, "LOCAL", "TCP://b:1", None, Some(9743)),
        ("//s", instance, "TCP://a:1", "TRANSPORT", None, Some(9743)),
        ("//s", instance, "TCP://a:1", "tcp://A:1", None, Some(9747)),
        ("//s", "-", "TRANSPORT", "-", None, Some(9745)),
        ("//s", "-", "TCP://host", "-", None, Some(9744)),
        ("//s", "-", "TCP://:4022", "-", None, Some(9744)),
        ("//s", "-", "TCP://host:0", "-", None, Some(9744)),
        ("//s", "-", "TCP://host:70000", "-", None, Some(9744)),
        ("//s", "-", "UDP://host:4022", "-", None, Some(9744)),
        ("//s", "-", "é://host:4022", "-", None, Some(9744)),
        ("//s", "-", "LOCAL", "-", Some(0), Some(9746)),
        ("//s", "-", "LOCAL", "-", Some(1 << 40), Some(9746)),
    ];
    for (service, broker, address, mirror, lifetime, error) in cases {
        let options = RouteOptions {
            service_name: option(service),
            broker_instance: option(broker),
            lifetime,
            address: option(address),
            mirror_address: option(mirror),
        };
        let result = World::new().run(|cx| create_route(cx, "r", None, &options));
        assert_eq!(result.err().map(|error| error.number), error, "{options:?}");
    }
}

#[test]
fn routes_expire_at_a_moment() {
    let mut world = World::new();
    let local = RouteOptions { address: Some("local".into()), lifetime: Some(90), ..RouteOptions::default() };
    let created = world.outcome(|cx| create_route(cx, "r", None, &local));
    assert!(matches!(created.effects[..], [Effect::RoutesChanged { .. }]));
    let route = world.db().routes.find("R").unwrap();
    assert_eq!(
        (route.address.as_str(), route.expires.unwrap() - NOW),
        ("LOCAL", std::time::Duration::from_secs(90))
    );
    let service = RouteOptions { service_name: Some("//s".into()), ..RouteOptions::default() };
    world.ok(|cx| alter_route(cx, "r", &service));
    assert!(world.db().routes.find("r").unwrap().expires.is_some(), "what is not named stays");
}

#[test]
fn activation_rules() {
    let mut world = World::new();
    let set = |set| QueueOptions { activation: Some(ActivationChange::Set(set)), ..QueueOptions::default() };
    let whole = ActivationOptions {
        status: None,
        procedure: Some(ObjectName::unqualified("p")),
        max_readers: Some(3),
        execute_as: Some(ActivationUser::Caller),
    };
    let with = |change: fn(&mut ActivationOptions)| {
        let mut options = whole.clone();
        change(&mut options);
        set(options)
    };
    world.fails(187, |cx| create_queue(cx, &name("q"), &with(|options| options.max_readers = Some(32768))));
    world.fails(9614, |cx| create_queue(cx, &name("q"), &with(|options| options.procedure = None)));
    world.fails(9613, |cx| create_queue(cx, &name("q"), &with(|options| options.execute_as = None)));
    world.fails(9742, |cx| {
        create_queue(cx, &name("q"), &with(|options| options.procedure = Some(ObjectName::unqualified("#p"))))
    });
    world.fails(15151, |cx| {
        create_queue(
            cx,
            &name("q"),
            &with(|options| options.execute_as = Some(ActivationUser::Named("x".into()))),
        )
    });
    let off = ActivationOptions { status: Some(false), ..ActivationOptions::default() };
    world.ok(|cx| create_queue(cx, &name("off"), &set(off)));
    let idle =
        world.outcome(|cx| create_queue(cx, &name("idle"), &with(|options| options.max_readers = Some(0))));
    assert_eq!(idle.warnings.len(), 1);
    world.ok(|cx| create_queue(cx, &name("q"), &set(whole.clone())));
    let queue = world.db().find_queue(duologue_catalog::DBO, None, "q").unwrap();
    let activation = queue.activation.as_ref().unwrap();
    assert_eq!(activation.procedure.as_deref(), Some("[dbo].[p]"));
    assert_eq!(
        (activation.enabled, activation.execute_as),
        (true, Some(ExecuteAs::User(duologue_catalog::DBO)))
    );
    let switched = world.outcome(|cx| {
        let options = QueueOptions {
            status: Some(false),
            activation: Some(ActivationChange::Drop),
            ..QueueOptions::default()
        };
        alter_queue(cx, &name("q"), &options)
    });
    assert!(matches!(switched.effects[..], [Effect::QueueSwitchedOff { .. }, Effect::QueueChanged { .. }]));
    let added = with(|options| options.status = None);
    world.ok(|cx| alter_queue(cx, &name("q"), &added));
    let queue = world.db().find_queue(duologue_catalog::DBO, None, "q").unwrap();
    assert!(!queue.activation.as_ref().unwrap().enabled, "ALTER adds a procedure without switching it on");
}

fn notification(name: &str, on: NotificationTarget, event: &str) -> CreateEventNotification {
    CreateEventNotification {
        name: name.into(),
        on,
        fan_in: false,
        events: vec![event.into()],
        service_name: "//sink".into(),
        broker_instance: "current database".into(),
    }
}

#[test]
fn event_notifications() {
    let mut world = world();
    let handle = ConversationHandle(guid(7));
    let on_queue = || NotificationTarget::Queue(name("q"));
    let activation = notification("n", on_queue(), "QUEUE_ACTIVATION");
    world.ok(|cx| create_event_notification(cx, &activation, handle));
    world.fails(15530, |cx| create_event_notification(cx, &activation, handle));
    world.queue("dbo", "q2");
    let twin = notification("n", NotificationTarget::Queue(name("q2")), "QUEUE_ACTIVATION");
    world.ok(|cx| create_event_notification(cx, &twin, handle));
    let whole = ActivationOptions {
        status: Some(true),
        procedure: Some(ObjectName::unqualified("p")),
        max_readers: Some(1),
        execute_as: Some(ActivationUser::Owner),
    };
    let options = QueueOptions { activation: Some(ActivationChange::Set(whole)), ..QueueOptions::default() };
    world.fails(9717, |cx| alter_queue(cx, &name("q"), &options));
    let dropped = world.outcome(|cx| drop_event_notification(cx, "N", &on_queue()));
    let database = world.db().settings.id;
    assert_eq!(dropped.effects, [Effect::EventNotificationDropped { database, conversation: handle }]);
    world.ok(|cx| alter_queue(cx, &name("q"), &options));
    world.fails(9718, |cx| create_event_notification(cx, &activation, handle));
    world.fails(15151, |cx| drop_event_notification(cx, "n", &on_queue()));
    let mut bad = notification("d", NotificationTarget::Database, "CREATE_TABLE");
    bad.broker_instance = "nobody".into();
    world.fails(1093, |cx| create_event_notification(cx, &bad, handle));
    world.login_and_user("ann", "ann", None);
    world.be("ann", "d");
    let on_database = notification("d", NotificationTarget::Database, "CREATE_TABLE");
    world.fails(262, |cx| create_event_notification(cx, &on_database, handle));
    let on_server = notification("s", NotificationTarget::Server, "AUDIT_LOGIN");
    world.fails(300, |cx| create_event_notification(cx, &on_server, handle));
    world.be("sa", "d").grant("GRANT CREATE DATABASE DDL EVENT NOTIFICATION TO ann");
    world.be("ann", "d").ok(|cx| create_event_notification(cx, &on_database, handle));
    world.be("sa", "d").ok(|cx| create_event_notification(cx, &on_server, handle));
    world.fails(15138, |cx| drop_user(cx, "ann"));
    let gone = world.outcome(|cx| drop_queue(cx, &name("q2")));
    assert!(matches!(
        gone.effects[..],
        [Effect::EventNotificationDropped { .. }, Effect::QueueDropped { .. }]
    ));
}

#[test]
fn users_that_are_needed_stay() {
    let mut world = world();
    world.user_without_login("u");
    world.user_without_login("v");
    world.role("r", &["u"]);
    world.certificate("cert", "u");
    world.fails(15138, |cx| drop_user(cx, "u"));
    let binding = CreateRemoteServiceBinding {
        name: "b".into(),
        authorization: None,
        service_name: "//far".into(),
        user: "v".into(),
        anonymous: false,
    };
    world.ok(|cx| create_remote_service_binding(cx, &binding));
    world.fails(33015, |cx| drop_user(cx, "v"));
    let again = CreateRemoteServiceBinding { name: "b2".into(), ..binding.clone() };
    world.fails(9619, |cx| create_remote_service_binding(cx, &again));
    for (user, number) in [("r", 28083), ("missing", 9611), ("sys", 28083)] {
        let bad = CreateRemoteServiceBinding { name: "x".into(), user: user.into(), ..again.clone() };
        world.fails(number, |cx| create_remote_service_binding(cx, &bad));
    }
    world.fails(15144, |cx| drop_role(cx, "r"));
    world.ok(|cx| alter_role_member(cx, "r", "u", false));
    world.ok(|cx| drop_role(cx, "r"));
    world.ok(|cx| drop_certificate(cx, "cert"));
    world.ok(|cx| drop_user(cx, "u"));
    world.fails(15023, |cx| create_user(cx, "V", &UserSource::WithoutLogin(vec![1]), None));
    world.fails(15007, |cx| create_user(cx, "x", &UserSource::Login("x".into()), None));
    world.fails(15063, |cx| create_user(cx, "x", &UserSource::Login("sa".into()), None));
    let rename = UserChanges { new_name: Some("w".into()), ..UserChanges::default() };
    world.ok(|cx| alter_user(cx, "v", &rename));
    let to_login = UserChanges { login: Some("sa".into()), ..UserChanges::default() };
    world.fails(33016, |cx| alter_user(cx, "w", &to_login));
    world.fails(15150, |cx| alter_user(cx, "dbo", &rename));
}

#[test]
fn certificates_have_owners() {
    let mut world = World::new();
    world.user_without_login("u");
    world.role("r", &[]);
    world.certificate("cert", "u");
    world.fails(15232, |cx| create_certificate(cx, &certificate("CERT", "u"), |_| false));
    world.fails(15232, |cx| create_certificate(cx, &certificate("other", "u"), |der| der == b"cert"));
    world.fails(15345, |cx| create_certificate(cx, &certificate("x", "r"), |_| false));
    world.fails(15151, |cx| create_certificate(cx, &certificate("x", "missing"), |_| false));
    let source = UserSource::Certificate("cert".into(), vec![1, 2, 3]);
    world.fails(15259, |cx| create_user(cx, "mapped", &source, Some("dbo")));
    world.ok(|cx| create_user(cx, "mapped", &source, None));
    world.fails(15559, |cx| drop_certificate(cx, "cert"));
    world.fails(15345, |cx| create_certificate(cx, &certificate("x", "mapped"), |_| false));
    let to_role = NewOwner::Principal("r".into());
    let entity = OwnedEntity::Named(SecurableKind::Certificate, "cert".into());
    world.fails(15345, |cx| alter_authorization(cx, &entity, &to_role));
}

#[test]
fn changing_hands() {
    let mut world = world();
    world.login_and_user("ann", "ann", None);
    world.user_without_login("u");
    world.grant("GRANT SEND ON SERVICE::svc TO ann");
    world.owner(SecurableKind::Service, "svc", "u");
    assert!(!world.db().permissions.iter().any(|row| row.permission == "SEND"), "permissions on it are gone");
    world.fails(15138, |cx| drop_user(cx, "u"));
    let queue = OwnedEntity::Object(name("q"));
    let to_u = NewOwner::Principal("u".into());
    world.fails(15344, |cx| alter_authorization(cx, &queue, &to_u));
    world.fails(15344, |cx| alter_authorization(cx, &OwnedEntity::Immovable("event notification"), &to_u));
    let system = OwnedEntity::Named(SecurableKind::Contract, "DEFAULT".into());
    world.fails(9663, |cx| alter_authorization(cx, &system, &to_u));
    let database = OwnedEntity::Database("d".into());
    world.fails(15063, |cx| alter_authorization(cx, &database, &NewOwner::Principal("ann".into())));
    world.fails(15353, |cx| alter_authorization(cx, &database, &NewOwner::Principal("sysadmin".into())));
    world.login("new");
    world.ok(|cx| alter_authorization(cx, &database, &NewOwner::Principal("new".into())));
    world.fails(15174, |cx| drop_login(cx, "new"));
    let owner = world.be("new", "d").context();
    assert_eq!(owner.user, duologue_catalog::DBO);
}

#[test]
fn logins_and_endpoints() {
    let mut world = World::new();
    world.be("sa", "master").certificate("cert", "dbo");
    let password = NewPassword { hash: vec![1], was_hashed: true, must_change: false };
    let hashed = LoginSource::Password(password.clone());
    let options = LoginOptions::default();
    world.fails(33020, |cx| create_login(cx, "x", &hashed, &options, vec![90]));
    let must_change =
        LoginSource::Password(NewPassword { was_hashed: false, must_change: true, ..password.clone() });
    world.fails(15099, |cx| create_login(cx, "x", &must_change, &options, vec![90]));
    let strict = LoginOptions { check_policy: Some(false), check_expiration: Some(true), ..options.clone() };
    world.fails(15122, |cx| create_login(cx, "x", &hashed, &strict, vec![90]));
    world.fails(15025, |cx| create_login(cx, "SA", &must_change, &options, vec![90]));
    world.login("peer");
    world.login("admin");
    world.grant("GRANT ALTER ANY LOGIN TO admin");

    let tcp = EndpointOptions {
        port: Some(4022),
        authentication: Some(EndpointAuthentication::Certificate("cert".into())),
        ..EndpointOptions::default()
    };
    let with = |change: fn(&mut EndpointOptions)| {
        let mut options = tcp.clone();
        change(&mut options);
        options
    };
    let cases = [
        (with(|options| options.port = None), 7801),
        (with(|options| options.port = Some(80)), 7810),
        (with(|options| options.ip = Some(ListenerIp::One("nowhere".into()))), 7888),
        (with(|options| options.authentication = Some(EndpointAuthentication::Windows)), 7871),
        (
            with(|options| options.authentication = Some(EndpointAuthentication::Certificate("x".into()))),
            15151,
        ),
    ];
    for (options, number) in &cases {
        world.fails(*number, |cx| create_endpoint(cx, "e", None, options, |_| true));
    }
    world.fails(28055, |cx| create_endpoint(cx, "e", None, &tcp, |_| false));
    world.ok(|cx| create_endpoint(cx, "e", None, &tcp, |_| true));
    world.fails(7862, |cx| create_endpoint(cx, "f", None, &tcp, |_| true));
    world.fails(7863, |cx| alter_endpoint(cx, "e", &EndpointOptions::default(), |_| true));
    world.fails(3716, |cx| drop_certificate(cx, "cert"));
    world.grant("GRANT CONNECT ON ENDPOINT::e TO peer");
    let endpoint = world.catalog.server.endpoints.find("e").unwrap().id;
    let login = |name: &str| world.catalog.server.logins.find(name).map(|login| login.id);
    assert!(world.catalog.peer_may_connect(login("peer"), endpoint));
    assert!(!world.catalog.peer_may_connect(login("admin"), endpoint));
    assert!(!world.catalog.peer_may_connect(None, endpoint), "an unknown certificate is public");
    world.be("admin", "master").fails(15151, |cx| drop_endpoint(cx, "e"));
    world.fails(15151, |cx| drop_login(cx, "sa"));
    world.ok(|cx| drop_login(cx, "peer"));
    assert!(!world.catalog.server.permissions.iter().any(|row| row.permission == "CONNECT"));
    world.be("sa", "master").ok(|cx| drop_endpoint(cx, "e"));
    world.ok(|cx| drop_certificate(cx, "cert"));
}

#[test]
fn databases() {
    let mut world = World::new();
    let twin = BrokerInstance(guid(5));
    world.fails(9772, |cx| create_database(cx, "e", twin));
    let broker = |option| DatabaseOptions { broker: Some(option), ..DatabaseOptions::default() };
    let database = world.db().settings.id;
    let disabled = world.outcome(|cx| alter_database(cx, "D", &broker(BrokerOption::Disable)));
    assert_eq!(disabled.effects, [Effect::BrokerDisabled { database }]);
    world.ok(|cx| create_database(cx, "e", twin));
    world.fails(9772, |cx| alter_database(cx, "d", &broker(BrokerOption::Enable)));
    let renewed =
        world.outcome(|cx| alter_database(cx, "d", &broker(BrokerOption::New(BrokerInstance(guid(6))))));
    assert_eq!(renewed.effects, [Effect::NewBroker { database }]);
    assert!(world.db().settings.broker_enabled);
    world.fails(5058, |cx| alter_database(cx, "master", &broker(BrokerOption::Enable)));
    world.fails(5011, |cx| alter_database(cx, "missing", &DatabaseOptions::default()));
    let trust = DatabaseOptions { trustworthy: Some(true), ..DatabaseOptions::default() };
    world.fails(15309, |cx| alter_database(cx, "model", &trust));
    world.login_and_user("ann", "ann", None);
    world.ok(|cx| alter_role_member(cx, "db_owner", "ann", true));
    world.be("ann", "d").fails(15247, |cx| alter_database(cx, "d", &trust));
    world.fails(5011, |cx| alter_database(cx, "e", &trust));
    world.fails(262, |cx| create_database(cx, "f", BrokerInstance(guid(8))));
    world.fails(3701, |cx| drop_database(cx, "e"));
    world.be("sa", "master").grant("GRANT CREATE ANY DATABASE TO ann");
    world.be("ann", "d").ok(|cx| create_database(cx, "f", BrokerInstance(guid(8))));
    assert_eq!(world.be("ann", "f").context().user, duologue_catalog::DBO, "its creator owns it");
    world.ok(|cx| drop_database(cx, "f"));
}

#[test]
fn tables() {
    let mut world = World::new();
    let column = |name: &str, sql_type| ColumnSpec {
        name: name.into(),
        sql_type,
        nullable: None,
        identity: None,
        default: None,
    };
    let key = |name: Option<&str>, is_primary| KeySpec {
        name: name.map(Into::into),
        columns: vec!["A".into()],
        is_primary,
    };
    let a = column("a", SqlType::Int);
    let not_null = ColumnSpec { nullable: Some(false), ..column("n", SqlType::Int) };
    let nullable = ColumnSpec { nullable: Some(true), ..a.clone() };
    let identity = ColumnSpec { identity: Some((1, 1)), ..column("i", SqlType::Xml) };
    let one = |column: &ColumnSpec| std::slice::from_ref(column).to_vec();
    world.fails(2705, |cx| create_table(cx, &name("t"), &[a.clone(), column("A", SqlType::Xml)], &[]));
    world.fails(2749, |cx| create_table(cx, &name("t"), &[identity], &[]));
    world.fails(1911, |cx| create_table(cx, &name("t"), &one(&not_null), &[key(None, true)]));
    world.fails(8111, |cx| create_table(cx, &name("t"), &[nullable], &[key(None, true)]));
    world.fails(8110, |cx| create_table(cx, &name("t"), &one(&a), &[key(None, true), key(None, true)]));
    let keys = [key(Some("pk"), true), key(None, false)];
    world.ok(|cx| create_table(cx, &name("t"), &one(&a), &keys));
    let table = world.db().find_table(duologue_catalog::DBO, None, "T").unwrap();
    assert!(!table.columns[0].nullable, "the primary key makes it NOT NULL");
    let add = |columns, is_empty| TableChange::Add { columns, keys: Vec::new(), is_empty };
    world.fails(4901, |cx| alter_table(cx, &name("t"), &add(one(&not_null), false)));
    world.ok(|cx| alter_table(cx, &name("t"), &add(one(&not_null), true)));
    world.fails(5074, |cx| alter_table(cx, &name("t"), &TableChange::DropColumns(vec!["a".into()])));
    world.fails(4924, |cx| alter_table(cx, &name("t"), &TableChange::DropColumns(vec!["z".into()])));
    world.fails(3728, |cx| alter_table(cx, &name("t"), &TableChange::DropKeys(vec!["z".into()])));
    world.ok(|cx| alter_table(cx, &name("t"), &TableChange::DropColumns(vec!["N".into()])));
    world.ok(|cx| alter_table(cx, &name("t"), &TableChange::DropKeys(vec!["PK".into()])));
    let made_up =
        world.db().find_table(duologue_catalog::DBO, None, "t").unwrap().unique_keys[0].name.clone();
    world.ok(|cx| alter_table(cx, &name("t"), &TableChange::DropKeys(vec![made_up])));
    world.fails(4922, |cx| alter_table(cx, &name("t"), &TableChange::DropColumns(vec!["a".into()])));
    world.fails(4902, |cx| alter_table(cx, &name("missing"), &add(Vec::new(), true)));
    world.fails(3705, |cx| drop_table(cx, &name("ServiceBrokerQueue")));
    world.fails(3701, |cx| drop_table(cx, &name("missing")));
    world.fails(3705, |cx| drop_queue(cx, &name("t")));
    world.schema("s");
    world.ok(|cx| create_table(cx, &ObjectName::new("s", "x"), &one(&a), &[]));
    world.fails(3729, |cx| drop_schema(cx, "s"));
    world.ok(|cx| drop_table(cx, &name("t")));
}

#[test]
fn grant_events_tell_who_and_what() {
    let mut world = world();
    world.user_without_login("u");
    let statement =
        crate::support::statement("GRANT SEND, ALTER ON SERVICE::svc TO u, public WITH GRANT OPTION");
    let event = world.outcome(|cx| duologue_catalog::ddl::grant::grant(cx, &statement)).event.unwrap();
    assert_eq!(
        (event.event_type, event.object_name.as_deref(), event.object_type),
        (170, Some("svc"), Some("SERVICE"))
    );
    let text = |text: &str| EventValue::Text(text.into());
    let list = |item, values: [&str; 2]| EventValue::List(item, values.map(Into::into).to_vec());
    assert_eq!(
        event.extra,
        [
            ("Grantor", text("dbo")),
            ("Permissions", list("Permission", ["send", "alter"])),
            ("Grantees", list("Grantee", ["u", "public"])),
            ("AsGrantor", text("")),
            ("GrantOption", text("1")),
            ("CascadeOption", text("0")),
        ]
    );
}
