//! Broker Configuration Notice: what happens when a binding or a route is missing.

use duologue_broker::{EndMode, QueueMessage};
use duologue_catalog::ddl::remote_service_bindings::drop_remote_service_binding;
use duologue_catalog::ddl::services::{CreateService, create_service};
use duologue_catalog::ddl::{ObjectName, queues};
use duologue_simulator::{Protection, World};
use duologue_types::ConversationHandle;

use crate::support::{MINUTE, SECOND, Statements, pair};

const I: (usize, &str) = (0, "i");
const T: (usize, &str) = (1, "t");
const HTTPS: &str = "https://schemas.microsoft.com/SQL/ServiceBroker/BrokerConfigurationNotice";
const HTTP: &str = "http://schemas.microsoft.com/SQL/ServiceBroker/BrokerConfigurationNotice";

/// [`pair`] with keys, without a binding, and with a configuration service in the initiator's database.
fn asking(contract: &str) -> World {
    let mut world = pair();
    for (node, database) in [(0, "i"), (1, "t")] {
        let mut party = world.party(node, database);
        party.master_key(true);
        party.certificate("own", "own", node, Protection::MasterKey, true);
        party.certificate("far", "far", 1 - node, Protection::Absent, true);
    }
    let mut party = world.party(0, "i");
    party.queue("Configuration");
    let spec = CreateService {
        name: "SQL/ServiceBroker/BrokerConfiguration".into(),
        authorization: None,
        queue: ObjectName::new("dbo", "Configuration"),
        contracts: vec![contract.into()],
    };
    let _outcome = party.ddl(|cx| create_service(cx, &spec)).unwrap();
    party.route("SQL/ServiceBroker/BrokerConfiguration", "LOCAL");
    party.route("http://schemas.microsoft.com/SQL/ServiceBroker/ServiceBroker", "LOCAL");
    world
}

fn document(message: &QueueMessage) -> String {
    let body = message.body.clone().unwrap();
    let units: Vec<u16> = body.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16(&units).unwrap().trim_start_matches('\u{feff}').to_owned()
}

fn start(world: &mut World, encryption: bool, body: &str) -> ConversationHandle {
    let handle = world.begin(I, "Initiator", "Target", encryption);
    world.send(I, handle, body);
    handle
}

#[test]
fn one_question_for_many_conversations_and_the_binding_lets_them_go_sealed() {
    for (contract, scheme) in [(HTTPS, "https"), (HTTP, "http")] {
        let mut world = asking(contract);
        let waiting =
            [start(&mut world, true, "1"), start(&mut world, false, "2"), start(&mut world, true, "3")];
        let questions = world.receive(I, "Configuration");
        assert_eq!(questions.len(), 1);
        let kind = format!(
            "{scheme}://schemas.microsoft.com/SQL/ServiceBroker/BrokerConfigurationNotice/MissingRemoteServiceBinding"
        );
        assert_eq!(&*questions[0].message_type_name, kind);
        assert_eq!(
            document(&questions[0]),
            format!(
                "<MissingRemoteServiceBinding xmlns=\"{kind}\"><SERVICE_NAME>Target</SERVICE_NAME>\
                 </MissingRemoteServiceBinding>"
            )
        );
        for handle in waiting {
            assert!(world.status(0, handle).contains("Broker Configuration"), "{}", world.status(0, handle));
        }
        assert!(world.seen.is_empty());
        world.party(0, "i").binding("Target", "far", false);
        world.end(I, questions[0].handle, EndMode::Normal);
        world.settle();
        let mut arrived = Vec::new();
        for _ in 0..3 {
            arrived.extend(world.texts(T, "TargetQueue"));
        }
        arrived.sort();
        assert_eq!(arrived, ["Request:1", "Request:2", "Request:3"]);
        for (_, bytes) in &world.seen {
            assert!(duologue_dialog::Envelope::decode(bytes).unwrap().security.is_some());
        }
        assert!(world.receive(I, "Configuration").is_empty());
        for handle in waiting {
            assert_eq!((world.status(0, handle).as_str(), world.unsent(0, handle)), ("", 0));
        }
    }
}

#[test]
fn no_is_remembered_ten_minutes_and_off_goes_on_in_clear() {
    let mut world = asking(HTTPS);
    let (on, off) = (start(&mut world, true, "on"), start(&mut world, false, "off"));
    let question = world.receive(I, "Configuration")[0].handle;
    world.end(I, question, EndMode::Error { code: 1, description: "unknown".into() });
    assert!(world.logged.iter().any(|(_, entry)| entry.number == 9761));
    assert_eq!(world.texts(T, "TargetQueue"), ["Request:off"]);
    assert_eq!((world.unsent(0, off), world.unsent(0, on)), (0, 1));
    assert_eq!(world.endpoint(0, on).unwrap().transmission.status.as_ref().unwrap().number, 9727);
    world.pass(MINUTE * 5);
    let meanwhile = start(&mut world, true, "meanwhile");
    assert!(world.receive(I, "Configuration").is_empty());
    world.restart(0);
    world.pass(MINUTE * 5 + SECOND);
    assert!(world.receive(I, "Configuration").is_empty(), "nobody asks by himself");
    let later = start(&mut world, true, "later");
    assert_eq!(world.receive(I, "Configuration").len(), 1, "a new conversation asks again");
    world.party(0, "i").binding("Target", "far", false);
    world.pass(MINUTE);
    for handle in [on, meanwhile, later] {
        assert_eq!(world.unsent(0, handle), 0);
    }
}

#[test]
fn silence_means_no_second_question_and_nothing_goes_even_after_a_restart() {
    let mut world = asking(HTTPS);
    let waiting = [start(&mut world, true, "1"), start(&mut world, false, "2")];
    let question = world.receive(I, "Configuration")[0].handle;
    for _ in 0..3 {
        world.pass(MINUTE * 60);
        world.restart(0);
        start(&mut world, false, "more");
    }
    assert!(world.receive(I, "Configuration").is_empty());
    assert!(world.seen.is_empty());
    assert!(waiting.iter().all(|handle| world.unsent(0, *handle) == 1));
    world.end(I, question, EndMode::Normal);
    assert_eq!((world.unsent(0, waiting[0]), world.unsent(0, waiting[1])), (1, 0));
}

#[test]
fn an_answer_without_a_binding_is_not_asked_again_by_those_who_wait() {
    let mut world = asking(HTTPS);
    let on = start(&mut world, true, "on");
    let question = world.receive(I, "Configuration")[0].handle;
    world.end(I, question, EndMode::Normal);
    world.pass(MINUTE * 30);
    assert!(world.receive(I, "Configuration").is_empty());
    assert_eq!(world.unsent(0, on), 1);
    start(&mut world, true, "new");
    assert_eq!(world.receive(I, "Configuration").len(), 1);
}

#[test]
fn a_missing_route_is_asked_for_too() {
    let mut world = asking(HTTPS);
    world.party(0, "i").drop_route("Target");
    let handle = start(&mut world, false, "x");
    let mut questions = Vec::new();
    for _ in 0..2 {
        questions.extend(world.receive(I, "Configuration"));
    }
    let mut kinds: Vec<_> = questions
        .iter()
        .map(|found| found.message_type_name.rsplit('/').next().unwrap().to_owned())
        .collect();
    kinds.sort();
    assert_eq!(kinds, ["MissingRemoteServiceBinding", "MissingRoute"]);
    assert!(questions.iter().all(|found| document(found).contains("<SERVICE_NAME>Target</SERVICE_NAME>")));
    world.party(0, "i").route("Target", "TCP://b:4022");
    world.party(0, "i").binding("Target", "far", false);
    for question in questions {
        world.end(I, question.handle, EndMode::Normal);
    }
    assert_eq!(world.texts(T, "TargetQueue"), ["Request:x"]);
    assert_eq!(world.unsent(0, handle), 0);
}

#[test]
fn a_question_whose_conversation_is_cleaned_away_can_be_asked_again() {
    use duologue_catalog::ddl::databases::{BrokerOption, DatabaseOptions, alter_database};
    let mut world = asking(HTTPS);
    start(&mut world, true, "1");
    assert_eq!(world.receive(I, "Configuration").len(), 1);
    let identity = duologue_types::BrokerInstance(duologue_types::Guid([9; 16]));
    let options = DatabaseOptions { broker: Some(BrokerOption::New(identity)), ..DatabaseOptions::default() };
    let _outcome = world.party(0, "i").ddl(|cx| alter_database(cx, "i", &options)).unwrap();
    world.settle();
    start(&mut world, true, "2");
    assert_eq!(world.receive(I, "Configuration").len(), 1);
}

#[test]
fn a_binding_that_goes_is_missing_only_for_new_conversations() {
    let mut world = asking(HTTPS);
    world.party(0, "i").binding("Target", "far", false);
    let first = start(&mut world, true, "1");
    let _outcome =
        world.party(0, "i").ddl(|cx| drop_remote_service_binding(cx, "binding of Target")).unwrap();
    world.send(I, first, "2");
    assert_eq!(world.texts(T, "TargetQueue"), ["Request:1", "Request:2"]);
    start(&mut world, true, "3");
    assert_eq!(world.receive(I, "Configuration").len(), 1);
    let off = queues::QueueOptions { status: Some(false), ..queues::QueueOptions::default() };
    world.party(0, "i").alter_queue("Configuration", &off);
}
