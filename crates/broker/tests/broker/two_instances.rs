//! Dialogs between two instances: retries, fragments, missing routes.

use duologue_broker::EndMode;
use duologue_catalog::ddl::ObjectName;
use duologue_catalog::ddl::queues::{QueueOptions, drop_queue};
use duologue_catalog::ddl::services::drop_service;
use duologue_dialog::{Envelope, Kind};

use crate::support::{MINUTE, SECOND, Statements, pair, secured_pair};

const I: (usize, &str) = (0, "i");
const T: (usize, &str) = (1, "t");

#[test]
fn without_a_return_route_the_message_repeats_and_stays() {
    let mut world = pair();
    world.party(1, "t").drop_route("Initiator");
    let handle = world.begin(I, "Initiator", "Target", false);
    world.send(I, handle, "x");
    let start = world.now;
    let mut moments = vec![0];
    for _ in 0..260 {
        let before = world.seen.len();
        world.pass(SECOND);
        if world.seen.len() > before {
            moments.push((world.now - start).as_secs());
        }
    }
    assert_eq!(moments, [0, 4, 12, 28, 60, 124, 188, 252]);
    assert_eq!((world.unsent(0, handle), world.status(0, handle).as_str()), (1, ""));
    let target = world.only_endpoint(1, "t");
    assert_ne!(world.status(1, target), "", "the side that cannot answer says why");
    assert_eq!(world.texts(T, "TargetQueue"), ["Request:x"], "once");
    world.party(1, "t").route("Initiator", "TCP://a:4022");
    world.settle();
    assert_eq!(world.unsent(0, handle), 0);
}

#[test]
fn a_long_message_travels_in_fragments_and_survives_loss_and_restarts() {
    for mut world in [pair(), secured_pair(false)] {
        let encryption = world.nodes.len() == 2 && world.nodes[0].database("i").settings.master_key.is_some();
        let body: String = (0..60_000).map(|number| format!("{number:05} ")).collect();
        let handle = world.begin(I, "Initiator", "Target", encryption);
        // A third is lost, without a period that could meet that of the retries.
        let mut state = 1u32;
        world.passes = Box::new(move |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 16 > 0xffff / 3
        });
        world.send(I, handle, &body);
        world.send(I, handle, "after");
        world.restart(1);
        world.pass(SECOND * 5);
        world.restart(0);
        world.pass(MINUTE * 10);
        let arrived = world.texts(T, "TargetQueue");
        assert_eq!(arrived.len(), 2);
        assert!(arrived[0] == format!("Request:{body}") && arrived[1] == "Request:after");
        let target = world.only_endpoint(1, "t");
        assert!(world.endpoint(1, target).unwrap().partials.is_empty());
        assert_eq!(world.unsent(0, handle), 0);
    }
}

#[test]
fn after_a_start_only_what_is_durable_goes() {
    let mut world = pair();
    let handle = world.begin(I, "Initiator", "Target", false);
    world.send(I, handle, "1");
    world.restart(0);
    let now = world.now;
    world.nodes[0]
        .run("i", now, |instance, caller| crate::support::send_in(instance, caller, handle, "Request", "2"))
        .unwrap();
    let address = world.nodes[1].address();
    world.nodes[0].instance.link_online(&address);
    assert!(
        world.nodes[0].instance.collect_outgoing(&address, 1 << 20, now).is_empty(),
        "nothing is flushed yet"
    );
    world.nodes[0].restart(now).unwrap();
    world.settle();
    assert_eq!(world.endpoint(0, handle).unwrap().sent.next_sequence(), 1);
}

#[test]
fn a_route_that_expires_is_not_used_any_more() {
    use duologue_catalog::ddl::routes::{RouteOptions, alter_route};
    let mut world = pair();
    let lifetime = RouteOptions { lifetime: Some(60), ..RouteOptions::default() };
    let _outcome = world.party(0, "i").ddl(|cx| alter_route(cx, "to Target", &lifetime)).unwrap();
    let handle = world.begin(I, "Initiator", "Target", false);
    world.send(I, handle, "1");
    world.pass(SECOND * 61);
    world.send(I, handle, "2");
    assert_eq!(world.unsent(0, handle), 1);
    assert_ne!(world.status(0, handle), "");
    assert_eq!(world.texts(T, "TargetQueue"), ["Request:1"]);
}

#[test]
fn a_remote_queue_that_is_off_is_said_and_nothing_is_lost() {
    let mut world = pair();
    let off = QueueOptions { status: Some(false), ..QueueOptions::default() };
    let on = QueueOptions { status: Some(true), ..QueueOptions::default() };
    let handle = world.begin(I, "Initiator", "Target", false);
    world.party(1, "t").alter_queue("TargetQueue", &off);
    world.send(I, handle, "1");
    assert_eq!((world.unsent(0, handle), world.nodes[1].instance.conversations().iter().count()), (1, 0));
    assert_ne!(world.status(0, handle), "");
    world.party(1, "t").alter_queue("TargetQueue", &on);
    world.pass(MINUTE);
    world.party(1, "t").alter_queue("TargetQueue", &off);
    world.send(I, handle, "2");
    assert_eq!(world.unsent(0, handle), 1);
    world.party(1, "t").alter_queue("TargetQueue", &on);
    world.pass(MINUTE);
    assert_eq!(world.texts(T, "TargetQueue"), ["Request:1", "Request:2"]);
    assert_eq!(world.unsent(0, handle), 0);
}

#[test]
fn a_refused_message_is_refused_again_until_its_sender_knows() {
    use duologue_catalog::objects::Validation;
    let mut world = duologue_simulator::World::new(2, 21);
    for (node, database, service, far, validation) in [
        (0, "i", "Initiator", "Target", Validation::None),
        (1, "t", "Target", "Initiator", Validation::WellFormedXml),
    ] {
        let mut party = world.party(node, database);
        party.create_database();
        party.contract(validation);
        party.service(service, "dbo", if node == 1 { &["Contract"] } else { &[] });
        party.route(far, if node == 0 { "TCP://b:4022" } else { "TCP://a:4022" });
        party.endpoint(3 + node);
    }
    world.party(1, "t").grant_on_service(duologue_catalog::Permission::Send, "Target", "public");
    let handle = world.begin(I, "Initiator", "Target", false);
    world.send(I, handle, "<fine/>");
    world.passes = Box::new(|_, bytes| Envelope::decode(bytes).unwrap().kind != Kind::BrokerError);
    world.send(I, handle, "<not fine");
    world.send(I, handle, "<late/>");
    assert_eq!((world.state(0, handle), world.unsent(0, handle)), ("CO", 2));
    world.passes = Box::new(|_, _| true);
    world.pass(MINUTE * 2);
    assert_eq!(world.state(0, handle), "ER");
    assert_eq!(world.texts(I, "InitiatorQueue"), ["Error:-8462"]);
    assert_eq!(world.texts(T, "TargetQueue"), ["Error:-9615", "Request:<fine/>"]);
    world.end(I, handle, EndMode::Normal);
    assert_eq!(world.state(0, handle), "gone");
}

#[test]
fn errors_alone_keep_no_link_that_does_not_open() {
    let mut world = pair();
    world.passes = Box::new(|_, _| false);
    let handle = world.begin(I, "Initiator", "Target", false);
    world.send(I, handle, "x");
    let first = world.seen[0].1.clone();
    let mut party = world.party(1, "t");
    let _dropped = party.ddl(|cx| drop_service(cx, "Target")).unwrap();
    let _dropped = party.ddl(|cx| drop_queue(cx, &ObjectName::new("dbo", "TargetQueue"))).unwrap();
    party.service("Target", "own", &["Contract"]);
    party.drop_route("Initiator");
    party.route("Initiator", "TCP://nowhere:1");
    let now = world.now;
    let instance = &mut world.nodes[1].instance;
    for _ in 0..2 {
        let rejection = instance.arrive(&first, now).expect("nobody may send to the new service");
        assert_eq!((rejection.reason.number, instance.figures().addresses), (8494, 1));
        instance.link_failed(&"nowhere:1".into(), &rejection.reason, now);
        assert_eq!(instance.figures().addresses, 0, "the error is made again when its cause comes again");
    }
}
