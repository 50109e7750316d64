//! Who may do what.

use crate::support::{POST_EVENT_NOTIFICATION, World, contract, service, statement};
use duologue_catalog::ddl::ObjectName;
use duologue_catalog::ddl::logins::alter_server_role_member;
use duologue_catalog::ddl::queues::{QueueOptions, create_queue, drop_queue};
use duologue_catalog::ddl::schemas::create_schema;
use duologue_catalog::ddl::services::create_service;
use duologue_catalog::objects::SentBy;
use duologue_catalog::{
    ContextStack, DBO, GUEST, PUBLIC, Permission, RevertRule, Securable, SecurableKind, SecurityContext,
};
use duologue_types::{DatabaseId, PrincipalId};
use proptest::prelude::*;

/// `d` with users, a schema `s` of `own`, a queue `s.q` and a service `svc`, both dbo's otherwise.
fn world() -> World {
    let mut world = World::new();
    for user in ["ann", "bob", "own"] {
        world.login_and_user(user, user, None);
    }
    world.role("team", &["ann"]);
    world.role("inner", &[]);
    world.message_type("m");
    world.contract("c", "m");
    world.schema("s");
    world.queue("s", "q");
    world.queue("dbo", "q2");
    world.service("svc", "q2", &["c"]);
    world.owner(SecurableKind::Schema, "s", "own");
    world
}

fn securable(world: &World, name: &str) -> Securable {
    let database = world.db();
    let kinds =
        [SecurableKind::Schema, SecurableKind::Service, SecurableKind::Contract, SecurableKind::MessageType];
    match name {
        "database" => Securable::Database,
        "server" => Securable::Server,
        "s.q" => Securable::Object(database.find_object(DBO, Some("s"), "q").unwrap().id()),
        "q2" => Securable::Object(database.find_object(DBO, None, "q2").unwrap().id()),
        name => kinds.into_iter().find_map(|kind| Securable::named(database, kind, name)).unwrap(),
    }
}

/// (statements separated by `;`, user, permission, securable, expected)
const EVALUATION: &[(&str, &str, &str, &str, bool)] = &[
    // Nobody has anything without a grant; public, roles and roles in roles count.
    ("", "ann", "RECEIVE", "s.q", false),
    ("", "ann", "CONNECT", "database", true),
    ("GRANT RECEIVE ON OBJECT::s.q TO ann", "ann", "RECEIVE", "s.q", true),
    ("GRANT RECEIVE ON OBJECT::s.q TO ann", "bob", "RECEIVE", "s.q", false),
    ("GRANT RECEIVE ON OBJECT::s.q TO public", "bob", "RECEIVE", "s.q", true),
    ("GRANT RECEIVE ON OBJECT::s.q TO team", "ann", "RECEIVE", "s.q", true),
    // Implied on the same securable.
    ("GRANT RECEIVE ON OBJECT::s.q TO ann", "ann", "SELECT", "s.q", true),
    ("GRANT SELECT ON OBJECT::s.q TO ann", "ann", "RECEIVE", "s.q", false),
    ("GRANT CONTROL ON OBJECT::s.q TO ann", "ann", "RECEIVE", "s.q", true),
    ("GRANT CONTROL ON SERVICE::svc TO ann", "ann", "SEND", "svc", true),
    ("GRANT ALTER ON SERVICE::svc TO ann", "ann", "SEND", "svc", false),
    // Implied by the container.
    ("GRANT SELECT ON SCHEMA::s TO ann", "ann", "SELECT", "s.q", true),
    ("GRANT SELECT ON SCHEMA::s TO ann", "ann", "SELECT", "q2", false),
    ("GRANT SELECT ON SCHEMA::s TO ann", "ann", "RECEIVE", "s.q", false),
    ("GRANT CONTROL ON SCHEMA::s TO ann", "ann", "RECEIVE", "s.q", true),
    ("GRANT REFERENCES TO ann", "ann", "REFERENCES", "c", true),
    ("GRANT ALTER ANY SERVICE TO ann", "ann", "ALTER", "svc", true),
    ("GRANT ALTER ANY SERVICE TO ann", "ann", "CREATE SERVICE", "database", true),
    ("GRANT ALTER ANY SERVICE TO ann", "ann", "CONTROL", "svc", false),
    ("GRANT ALTER TO ann", "ann", "CREATE QUEUE", "database", true),
    ("GRANT ALTER TO ann", "ann", "ALTER", "s.q", true),
    ("GRANT CONTROL TO ann", "ann", "SEND", "svc", true),
    ("GRANT CONTROL TO ann", "ann", "CONTROL SERVER", "server", false),
    // Any DENY on what implies it wins, of whomever one is.
    ("GRANT SEND ON SERVICE::svc TO ann;DENY SEND ON SERVICE::svc TO team", "ann", "SEND", "svc", false),
    ("GRANT SEND ON SERVICE::svc TO ann;DENY SEND ON SERVICE::svc TO public", "ann", "SEND", "svc", false),
    ("GRANT SEND ON SERVICE::svc TO ann;DENY CONTROL TO ann", "ann", "SEND", "svc", false),
    ("GRANT RECEIVE ON OBJECT::s.q TO ann;DENY SELECT ON OBJECT::s.q TO ann", "ann", "RECEIVE", "s.q", true),
    ("GRANT RECEIVE ON OBJECT::s.q TO ann;DENY SELECT ON OBJECT::s.q TO ann", "ann", "SELECT", "s.q", false),
    ("DENY SEND ON SERVICE::svc TO ann;GRANT SEND ON SERVICE::svc TO ann", "ann", "SEND", "svc", true),
    ("GRANT SEND ON SERVICE::svc TO ann;REVOKE SEND ON SERVICE::svc TO ann", "ann", "SEND", "svc", false),
    // The owner of a schema controls what is in it; DENY still counts there, and not for the schema itself.
    ("", "own", "RECEIVE", "s.q", true),
    ("", "own", "ALTER", "s", true),
    ("", "own", "RECEIVE", "q2", false),
    ("DENY CREATE QUEUE TO own", "own", "CONTROL", "s", true),
    // dbo may everything.
    ("DENY SEND ON SERVICE::svc TO public", "dbo", "SEND", "svc", true),
    ("", "dbo", "CREATE ENDPOINT", "server", false),
];

#[test]
fn evaluation() {
    for (statements, user, permission, on, expected) in EVALUATION {
        let mut world = world();
        for statement in statements.split(';').filter(|statement| !statement.is_empty()) {
            world.grant(statement);
        }
        let context = world.user(user);
        let seen = world.may(&context, permission, securable(&world, on));
        assert_eq!(seen, *expected, "{statements}: {permission} on {on} for {user}");
    }
}

/// (fixed role, permission, securable, expected)
const FIXED_ROLES: &[(&str, &str, &str, bool)] = &[
    ("db_owner", "SEND", "svc", true),
    ("db_owner", "CREATE ROUTE", "database", true),
    ("db_ddladmin", "CREATE QUEUE", "database", true),
    ("db_ddladmin", "CREATE SERVICE", "database", true),
    ("db_ddladmin", "ALTER", "s.q", true),
    ("db_ddladmin", "REFERENCES", "c", true),
    ("db_ddladmin", "CREATE DATABASE DDL EVENT NOTIFICATION", "database", true),
    ("db_ddladmin", "SEND", "svc", false),
    ("db_ddladmin", "RECEIVE", "s.q", false),
    ("db_ddladmin", "ALTER ANY USER", "database", false),
    ("db_securityadmin", "ALTER ANY ROLE", "database", true),
    ("db_securityadmin", "VIEW DEFINITION", "svc", true),
    ("db_securityadmin", "ALTER ANY USER", "database", false),
    ("db_accessadmin", "ALTER ANY USER", "database", true),
    ("db_datareader", "SELECT", "s.q", true),
    ("db_datareader", "RECEIVE", "s.q", false),
    ("db_denydatareader", "SELECT", "s.q", false),
];

#[test]
fn fixed_database_roles() {
    for (role, permission, on, expected) in FIXED_ROLES {
        let mut world = world();
        world.ok(|cx| duologue_catalog::ddl::roles::alter_role_member(cx, role, "ann", true));
        let context = world.user("ann");
        assert_eq!(
            world.may(&context, permission, securable(&world, on)),
            *expected,
            "{role}: {permission} on {on}"
        );
    }
    let mut world = world();
    world.ok(|cx| duologue_catalog::ddl::roles::alter_role_member(cx, "inner", "team", true));
    world.ok(|cx| duologue_catalog::ddl::roles::alter_role_member(cx, "db_owner", "inner", true));
    let context = world.user("ann");
    assert!(world.catalog.is_database_owner(&context), "membership goes through roles");
    world.fails(15405, |cx| duologue_catalog::ddl::roles::alter_role_member(cx, "team", "inner", true));
}

#[test]
fn logins_become_users() {
    let mut world = world();
    world.login("nobody");
    let catalog = &world.catalog;
    let login = |name: &str| catalog.server.logins.find(name).unwrap().id;
    let database = world.db().settings.id;
    assert_eq!(catalog.user_of_login(login("sa"), database), Some(DBO));
    assert_eq!(catalog.user_of_login(login("ann"), database), Some(PrincipalId(5)));
    assert_eq!(catalog.user_of_login(login("nobody"), database), None);
    assert_eq!(catalog.user_of_login(login("nobody"), DatabaseId(1)), Some(GUEST));
    assert_eq!(catalog.user_of_login(login("nobody"), DatabaseId(3)), None, "model keeps guest out");
    let refused = SecurityContext::for_login(catalog, login("nobody"), database).unwrap_err();
    assert_eq!(refused.number, 916);
    world.grant("GRANT CONNECT TO guest");
    world.grant("DENY CONNECT TO ann");
    let login = |name: &str| world.catalog.server.logins.find(name).unwrap().id;
    assert_eq!(world.catalog.user_of_login(login("nobody"), database), Some(GUEST));
    assert_eq!(world.catalog.user_of_login(login("ann"), database), None);
}

#[test]
fn execute_as_is_confined_to_the_database() {
    let mut world = world();
    let sa = world.context();
    let ann = sa.execute_as_user(&world.catalog, "ann").unwrap();
    assert_eq!((ann.user, ann.original_login), (PrincipalId(5), sa.original_login));
    let master = DatabaseId(1);
    assert_eq!(ann.enter(&world.catalog, master).unwrap_err().number, 916);
    assert_eq!(ann.execute_as_user(&world.catalog, "bob").unwrap_err().number, 15517);
    for name in ["team", "sys", "missing"] {
        assert_eq!(sa.execute_as_user(&world.catalog, name).unwrap_err().number, 15517, "{name}");
    }
    let as_dbo = sa.execute_as_user(&world.catalog, "dbo").unwrap();
    assert!(!world.may(&as_dbo, "CONTROL SERVER", Securable::Server), "server rights stay outside");
    let as_login = sa.execute_as_login(&world.catalog, "ann").unwrap();
    assert_eq!(as_login.enter(&world.catalog, master).unwrap().user, GUEST, "a login's context may leave");
    assert_eq!(ann.execute_as_login(&world.catalog, "sa").unwrap_err().number, 15406);

    let options =
        duologue_catalog::ddl::databases::DatabaseOptions { trustworthy: Some(true), ..Default::default() };
    world.ok(|cx| duologue_catalog::ddl::databases::alter_database(cx, "d", &options));
    let ann = sa.execute_as_user(&world.catalog, "ann").unwrap();
    assert_eq!(
        ann.enter(&world.catalog, master).unwrap().user,
        GUEST,
        "sa's trustworthy database is believed"
    );
}

#[test]
fn revert_follows_its_rules() {
    let world = world();
    let sa = world.context();
    let ann = sa.execute_as_user(&world.catalog, "ann").unwrap();
    let mut stack = ContextStack::new(sa.clone());
    stack.revert(None).unwrap();
    stack.push(ann.clone(), RevertRule::Plain).unwrap();
    stack.push(ann.clone(), RevertRule::Cookie(vec![7])).unwrap();
    assert_eq!(stack.revert(None).unwrap_err().number, 15591);
    assert_eq!(stack.revert(Some(&[8])).unwrap_err().number, 15589);
    stack.revert(Some(&[7])).unwrap();
    assert_eq!(stack.current(), &ann);
    stack.revert(None).unwrap();
    assert_eq!(stack.current(), &sa);
    stack.push(sa.execute_as_login(&world.catalog, "ann").unwrap(), RevertRule::Plain).unwrap();
    stack.enter(&world.catalog, DatabaseId(1)).unwrap();
    assert_eq!(stack.revert(None).unwrap_err().number, 15199);
    stack.unwind(0);
    stack.push(ann.clone(), RevertRule::Never).unwrap();
    assert_eq!(stack.revert(None).unwrap_err().number, 15196);
    for _ in 1..32 {
        stack.push(ann.clone(), RevertRule::Plain).unwrap();
    }
    assert_eq!(stack.push(ann, RevertRule::Plain).unwrap_err().number, 15159);
}

/// Security reference §7: the target side of the five steps.
#[test]
fn five_steps_on_the_target() {
    let mut world = World::new();
    world.login_and_user("EnTargetLogin", "EnTargetUser", Some("Audit"));
    world.certificate("EnTargetDlgCert", "EnTargetUser");
    world.user_without_login("EnSourceUser");
    world.certificate("EnSourceDlgCert", "EnSourceUser");
    world.grant(&format!("GRANT REFERENCES ON CONTRACT::{POST_EVENT_NOTIFICATION} TO EnTargetUser"));
    let queue = ObjectName::new("Audit", "AuditQueue");
    let sink = service("//tgt.example/AuditSink", "Audit", "AuditQueue", &[POST_EVENT_NOTIFICATION]);

    world.be("EnTargetLogin", "d");
    world.fails(262, |cx| create_schema(cx, Some("Audit"), None));
    world.be("sa", "d").grant("GRANT CREATE QUEUE, CREATE SERVICE, CREATE SCHEMA TO EnTargetUser");

    world.be("EnTargetLogin", "d");
    world.ok(|cx| create_schema(cx, Some("Audit"), None));
    world.fails(2760, |cx| create_queue(cx, &ObjectName::new("dbo", "x"), &QueueOptions::default()));
    world.ok(|cx| create_queue(cx, &ObjectName::unqualified("AuditQueue"), &QueueOptions::default()));
    assert_eq!(world.db().find_queue(DBO, Some("Audit"), "AuditQueue").unwrap().owner, None);
    world.ok(|cx| create_service(cx, &sink));
    let other = service("//x", "Audit", "AuditQueue", &["DEFAULT"]);
    world.fails(15151, |cx| create_service(cx, &other));
    world.fails(262, |cx| {
        duologue_catalog::ddl::contracts::create_contract(cx, &contract("c", &[("DEFAULT", SentBy::Any)]))
    });
    world.grant("GRANT SEND ON SERVICE:://tgt.example/AuditSink TO EnSourceUser");
    world.grant_fails("GRANT CREATE QUEUE TO EnSourceUser", 4613);
    world.fails(3716, |cx| drop_queue(cx, &queue));

    world.be("sa", "d");
    let database = world.db();
    let (sink, id) = (database.services.find("//tgt.example/AuditSink").unwrap(), database.settings.id);
    let user = |name: &str| database.principals.find(name).unwrap().id;
    assert_eq!(sink.owner, user("EnTargetUser"));
    let catalog = &world.catalog;
    assert!(catalog.principal_has_send(id, user("EnSourceUser"), sink.id));
    assert!(!catalog.principal_controls_service(id, user("EnSourceUser"), sink.id));
    assert!(catalog.principal_controls_service(id, user("EnTargetUser"), sink.id), "28056 is satisfied");
    assert!(!catalog.principal_has_send(id, PUBLIC, sink.id));
    assert!(!catalog.principal_has_send(id, PrincipalId(999), sink.id));
    assert!(catalog.principal_may_connect(id, user("EnSourceUser")), "CREATE USER grants CONNECT");
    assert!(catalog.principal_may_connect(id, PUBLIC));
    let send = database.permissions.iter().find(|row| row.permission == "SEND").unwrap();
    assert_eq!((send.grantee, send.grantor), (user("EnSourceUser"), user("EnTargetUser")));
}

#[test]
fn grant_refusals() {
    let mut world = world();
    let cases = [
        ("GRANT SEND ON SERVICE::svc TO nobody", 4604),
        ("GRANT SEND ON CONTRACT::c TO ann", 4606),
        ("GRANT SEND TO ann", 4606),
        ("GRANT CREATE QUEUE, CREATE ENDPOINT TO ann", 4620),
        ("GRANT CREATE ENDPOINT TO ann", 4621),
        ("GRANT SEND ON SERVICE::missing TO ann", 15151),
        ("GRANT SEND ON SERVICE::svc TO dbo", 4624),
        ("GRANT SEND ON SERVICE::svc TO sys", 4624),
        ("GRANT CONTROL ON SCHEMA::s TO own", 4624),
        ("GRANT SEND ON SERVICE::svc TO db_owner", 4617),
        ("GRANT ALL ON SERVICE::svc TO ann", 4623),
        ("GRANT CREATE DATABASE TO ann", 4619),
        ("GRANT SELECT ON SCHEMA::sys TO ann", 33008),
        ("GRANT SEND ON SERVICE::svc TO ann AS bob", 4613),
    ];
    for (text, number) in cases {
        match world.run(|cx| duologue_catalog::ddl::grant::grant(cx, &statement(text))) {
            Ok(_) => panic!("{text} succeeds"),
            Err(error) => assert_eq!(error.number, number, "{text}"),
        }
    }
    world.be("sa", "master");
    world.grant_fails("GRANT CREATE ENDPOINT TO missing", 15151);
    world.grant_fails("GRANT CREATE ENDPOINT TO guest", 4622);
    world.grant_fails("GRANT CREATE ENDPOINT TO sa", 4624);
    world.grant_fails("GRANT CREATE ENDPOINT TO sysadmin", 4617);
    world.grant("GRANT CREATE ENDPOINT TO ann");
    let ann = world.be("ann", "master").context();
    assert!(world.may(&ann, "CREATE ENDPOINT", Securable::Server));
    world.be("ann", "d");
    world.grant_fails("GRANT SEND ON SERVICE::svc TO bob", 15151);
    world.be("sa", "d").grant("GRANT VIEW DEFINITION ON SERVICE::svc TO ann");
    world.be("ann", "d").grant_fails("GRANT SEND ON SERVICE::svc TO bob", 4613);
}

#[test]
fn grant_option_and_cascade() {
    let mut world = world();
    world.grant("GRANT SEND ON SERVICE::svc TO ann WITH GRANT OPTION");
    world.be("ann", "d").grant("GRANT SEND ON SERVICE::svc TO bob");
    world.be("sa", "d");
    let bob = world.user("bob");
    let svc = securable(&world, "svc");
    assert!(world.may(&bob, "SEND", svc));
    world.grant_fails("REVOKE SEND ON SERVICE::svc TO ann", 4611);
    world.grant_fails("DENY SEND ON SERVICE::svc TO ann", 4611);
    world.grant("REVOKE GRANT OPTION FOR SEND ON SERVICE::svc TO ann CASCADE");
    let ann = world.user("ann");
    assert!(world.may(&ann, "SEND", svc) && !world.may(&bob, "SEND", svc));
    world.be("ann", "d").grant_fails("GRANT SEND ON SERVICE::svc TO bob", 4613);
    world.be("sa", "d").grant("GRANT SEND ON SERVICE::svc TO ann WITH GRANT OPTION");
    world.be("ann", "d").grant("GRANT SEND ON SERVICE::svc TO bob");
    world.be("sa", "d").grant("DENY SEND ON SERVICE::svc TO ann CASCADE");
    assert!(!world.may(&ann, "SEND", svc) && !world.may(&bob, "SEND", svc));
}

#[test]
fn refusals_have_their_numbers() {
    let world = world();
    let ann = world.user("ann");
    let cases = [
        ("RECEIVE", "s.q", 229),
        ("CREATE QUEUE", "database", 262),
        ("CREATE ENDPOINT", "server", 300),
        ("SEND", "svc", 8494),
        ("REFERENCES", "c", 15151),
    ];
    for (permission, on, number) in cases {
        let permission = Permission::from_name(permission).unwrap();
        let refused = world.catalog.require(&ann, permission, securable(&world, on)).unwrap_err();
        assert_eq!(refused.number, number, "{permission} on {on}");
    }
    assert!(!world.catalog.is_visible(&ann, securable(&world, "svc")));
    assert!(world.catalog.is_visible(&ann, Securable::Principal(ann.user)), "everybody sees himself");
}

/// (fixed server role, permission, securable in `d`, expected) for a login whose user there has no role.
const FIXED_SERVER_ROLES: &[(&str, &str, Securable, bool)] = &[
    ("sysadmin", "CONTROL", Securable::Database, true),
    ("sysadmin", "CONTROL SERVER", Securable::Server, true),
    ("securityadmin", "ALTER ANY LOGIN", Securable::Server, true),
    ("securityadmin", "CREATE ENDPOINT", Securable::Server, false),
    ("serveradmin", "CREATE ENDPOINT", Securable::Server, true),
    ("serveradmin", "VIEW DATABASE STATE", Securable::Database, true),
    ("dbcreator", "CREATE ANY DATABASE", Securable::Server, true),
    ("dbcreator", "ALTER", Securable::Database, true),
    ("dbcreator", "CONTROL", Securable::Database, false),
];

#[test]
fn fixed_server_roles() {
    for (role, permission, on, expected) in FIXED_SERVER_ROLES {
        let mut world = world();
        world.ok(|cx| alter_server_role_member(cx, role, "ann", true));
        let context = world.be("ann", "d").context();
        assert_eq!(world.may(&context, permission, *on), *expected, "{role}: {permission}");
        let confined = world.user("bob");
        assert!(!world.may(&confined, permission, *on));
    }
    let mut world = world();
    world.ok(|cx| alter_server_role_member(cx, "securityadmin", "ann", true));
    world.be("ann", "d").fails(15151, |cx| alter_server_role_member(cx, "sysadmin", "ann", true));
}

const PAIRS: &[(&str, &str)] = &[
    ("SEND", " ON SERVICE::svc"),
    ("ALTER", " ON SERVICE::svc"),
    ("CONTROL", " ON SERVICE::svc"),
    ("RECEIVE", " ON OBJECT::s.q"),
    ("SELECT", " ON OBJECT::s.q"),
    ("SELECT", " ON SCHEMA::s"),
    ("CONTROL", " ON SCHEMA::s"),
    ("ALTER ANY SERVICE", ""),
    ("SELECT", ""),
    ("CONTROL", ""),
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    /// Whatever was granted and denied: it survives a restart, a further DENY gives nobody more, and leaves others
    /// what they have.
    #[test]
    fn denying_never_gives(choices in prop::collection::vec((0..3usize, 0..PAIRS.len(), 0..3usize), 0..12)) {
        let mut world = world();
        for (verb, pair, to) in choices {
            let (permission, on) = PAIRS[pair];
            let (verb, to) = (["GRANT", "DENY", "REVOKE"][verb], ["ann", "team", "public"][to]);
            world.grant(&format!("{verb} {permission}{on} TO {to}"));
        }
        let loaded = duologue_catalog::Catalog::load(world.catalog.stored_rows()).unwrap();
        prop_assert_eq!(loaded.stored_rows(), world.catalog.stored_rows());
        let seen = |world: &World, user| {
            let context = world.user(user);
            [("SEND", "svc"), ("SELECT", "s.q"), ("RECEIVE", "s.q"), ("ALTER", "svc")]
                .map(|(permission, on)| world.may(&context, permission, securable(world, on)))
        };
        let (ann, own) = (seen(&world, "ann"), seen(&world, "own"));
        for (permission, on) in PAIRS {
            world.grant(&format!("DENY {permission}{on} TO ann"));
            prop_assert!(seen(&world, "ann").iter().zip(ann).all(|(after, before)| before || !after));
        }
        prop_assert_eq!(seen(&world, "own"), own);
        prop_assert_eq!(seen(&world, "ann"), [false; 4]);
    }
}
