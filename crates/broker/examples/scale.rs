//! What an instance costs as it grows: time for each statement, and memory for each message and conversation.
//!
//! `cargo run --release -p duologue-broker --example scale [queue|conversations|transmission|churn|reopen] [N]`

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a tool for developers")]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use duologue_broker::{BeginDialog, Caller, Instance, Parts, ReceiveFilter, ReceiveRequest, SendRequest};
use duologue_catalog::SecurityContext;
use duologue_catalog::objects::Validation;
use duologue_keys::RootSecret;
use duologue_keys::fixtures::SeededRandom;
use duologue_simulator::{World, ready};
use duologue_store::{CheckReport, Lease, MemoryStore, Row, Store, StoreError, WriteBatch};
use duologue_types::{ConversationHandle, DatabaseId, ObjectId, SessionId, Timestamp};

/// Statements whose time is taken at a size.
const SAMPLE: usize = 100_000;
/// Transactions in one flush.
const GROUP: usize = 64;
const BODY: usize = 1024;

/// Reads what was there at first, and forgets what is committed: so memory is the instance's alone.
struct Discarding(Arc<MemoryStore>);

impl Store for Discarding {
    fn lease(&self) -> Lease {
        self.0.lease()
    }

    fn commit(&self, _: &WriteBatch) -> Result<(), StoreError> {
        Ok(())
    }

    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.0.get(key)
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Row>, StoreError> {
        self.0.scan(prefix, after, limit)
    }

    fn check(&self) -> Result<CheckReport, StoreError> {
        self.0.check()
    }
}

/// An instance with two services, driven without sessions.
struct Bench {
    instance: Instance,
    store: Arc<dyn Store>,
    security: SecurityContext,
    queue: (DatabaseId, ObjectId),
    now: Timestamp,
    uncommitted: usize,
}

fn parts(store: Arc<dyn Store>, seed: u64) -> Parts {
    Parts {
        store,
        root_secret: RootSecret::new([7; 32]),
        random: Box::new(SeededRandom::new(seed)),
        message_memory: memory(),
    }
}

/// Budget for bodies: `MESSAGE_MEMORY` in bytes.
fn memory() -> usize {
    std::env::var("MESSAGE_MEMORY").ok().and_then(|text| text.parse().ok()).unwrap_or(usize::MAX)
}

/// Services `Initiator` and `Target` in database `d`; `Remote` is nowhere.
fn prepared() -> (Arc<MemoryStore>, Timestamp) {
    let mut world = World::new(1, 1);
    let mut party = world.party(0, "d");
    party.create_database();
    party.contract(Validation::None);
    party.service("Initiator", "dbo", &[]);
    party.service("Target", "dbo", &["Contract"]);
    party.route("Remote", "TCP://remote:4022");
    party.endpoint(3);
    world.settle();
    (world.nodes[0].store.clone(), world.now)
}

impl Bench {
    fn new(keeps_rows: bool) -> Self {
        let (store, now) = prepared();
        let store: Arc<dyn Store> = if keeps_rows { store } else { Arc::new(Discarding(store)) };
        Self::on(store, now)
    }

    fn on(store: Arc<dyn Store>, now: Timestamp) -> Self {
        let instance = Instance::open(parts(store.clone(), 3), now).unwrap();
        let database = instance.catalog().find_database("d").unwrap();
        let queue = database.queues.iter().find(|queue| queue.name == "TargetQueue").unwrap().id;
        let id = database.settings.id;
        let security = SecurityContext::for_login(instance.catalog(), duologue_catalog::SA, id).unwrap();
        Self { instance, store, security, queue: (id, queue), now, uncommitted: 0 }
    }

    fn transaction<T>(&mut self, work: impl FnOnce(&mut Instance, Caller<'_>) -> T) -> T {
        self.now = self.now + Duration::from_micros(10);
        let transaction = self.instance.begin(SessionId(60));
        let caller = Caller { transaction, security: &self.security, now: self.now };
        let done = work(&mut self.instance, caller);
        self.instance.commit(transaction, self.now);
        self.uncommitted += 1;
        if self.uncommitted == GROUP {
            self.flush();
        }
        done
    }

    fn flush(&mut self) {
        self.uncommitted = 0;
        while let Some((batch, sequence)) = self.instance.take_batch() {
            self.store.commit(&batch).unwrap();
            self.instance.durable(sequence, self.now);
        }
        self.instance.take_actions();
    }

    fn begin(&mut self, to: &str) -> ConversationHandle {
        let request = BeginDialog {
            from_service: "Initiator",
            to_service: to,
            broker_instance: None,
            contract: Some("Contract"),
            related: None,
            lifetime: None,
            encryption: false,
        };
        self.transaction(|instance, caller| ready(instance.begin_dialog(caller, request).unwrap()))
    }

    fn send(&mut self, handle: ConversationHandle) {
        let body = Some(Bytes::from(vec![b'x'; BODY]));
        let handles = [Some(handle)];
        let request = SendRequest { handles: &handles, message_type: "Request", body };
        self.transaction(|instance, caller| ready(instance.send(caller, &request).unwrap()));
    }

    fn receive(&mut self) {
        let request = ReceiveRequest { queue: self.queue, top: Some(1), filter: ReceiveFilter::Any };
        let got = self.transaction(|instance, caller| ready(instance.receive(caller, request).unwrap()));
        assert_eq!(got.len(), 1);
    }

    fn queued(&self) -> usize {
        self.instance.figures().queued_messages
    }
}

/// Resident bytes of this process.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

/// CPU time of this thread: others may use the machine too.
fn cpu() -> Duration {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(statistics.split(' ').next().unwrap().parse().unwrap())
}

/// Nanoseconds of CPU for each of `count` calls.
fn timed(count: usize, mut call: impl FnMut(usize)) -> u128 {
    let start = cpu();
    (0..count).for_each(&mut call);
    (cpu() - start).as_nanos() / count.max(1) as u128
}

/// SEND and RECEIVE with `count` messages in the queue, in `conversations`.
fn queue(count: usize, conversations: usize) {
    let mut bench = Bench::new(false);
    let handles: Vec<_> = (0..conversations).map(|_| bench.begin("Target")).collect();
    bench.flush();
    // With many conversations this counts their targets' endpoints too.
    let before = resident();
    let fill = timed(count, |number| bench.send(handles[number % conversations]));
    bench.flush();
    let bytes = resident().saturating_sub(before) / count;
    let send = timed(SAMPLE, |number| bench.send(handles[number * 7 % conversations]));
    let receive = timed(SAMPLE, |_| bench.receive());
    let drain = timed(bench.queued(), |_| bench.receive());
    bench.flush();
    let empty_send = timed(SAMPLE, |number| bench.send(handles[number * 7 % conversations]));
    let empty_receive = timed(SAMPLE, |_| bench.receive());
    println!(
        "queue {count} in {conversations}: {bytes} B/message; CPU ns: fill {fill}, send {send}, receive {receive}, drain {drain}; \
         emptied: send {empty_send}, receive {empty_receive}"
    );
}

/// Memory of open conversations, and the time of a message with so many of them.
fn conversations(count: usize) {
    let mut bench = Bench::new(false);
    let before = resident();
    let begin = timed(count, |_| {
        bench.begin("Initiator");
    });
    bench.flush();
    let bytes = resident().saturating_sub(before) / count;
    let handle = bench.begin("Target");
    let both = timed(SAMPLE, |_| {
        bench.send(handle);
        bench.receive();
    });
    let new = timed(SAMPLE, |_| {
        let handle = bench.begin("Target");
        bench.send(handle);
        bench.receive();
    });
    println!(
        "conversations {count}: {bytes} B each; ns: begin {begin}, send+receive {both}, begin+send+receive {new}"
    );
}

/// Messages that wait for another broker, one in each conversation.
fn transmission(count: usize) {
    let mut bench = Bench::new(false);
    let handles: Vec<_> = (0..count).map(|_| bench.begin("Remote")).collect();
    bench.flush();
    let before = resident();
    let send = timed(count, |number| bench.send(handles[number]));
    bench.flush();
    let bytes = resident().saturating_sub(before) / count;
    let address: Arc<str> = "remote:4022".into();
    let mut collected = 0;
    let start = cpu();
    bench.instance.link_online(&address);
    let online = cpu() - start;
    let start = cpu();
    while collected < count {
        let envelopes = bench.instance.collect_outgoing(&address, 256 * 1024, bench.now);
        assert!(!envelopes.is_empty());
        collected += envelopes.len();
        bench.flush();
    }
    let collect = (cpu() - start).as_nanos() / count as u128;
    let start = cpu();
    bench.instance.link_failed(&address, &duologue_messages::sql_error!(9736), bench.now);
    let failed = cpu() - start;
    let start = cpu();
    bench.instance.link_online(&address);
    let again = cpu() - start;
    println!(
        "transmission {count}: {bytes} B each; ns: send {send}, collect {collect}; link online {online:?}, \
         failed {failed:?}, online again {again:?}"
    );
}

/// Messages through one queue that holds a few.
fn churn(count: usize) {
    let mut bench = Bench::new(true);
    let handles: Vec<_> = (0..100).map(|_| bench.begin("Target")).collect();
    handles.iter().for_each(|handle| bench.send(*handle));
    let mut first = 0;
    for part in 0..10 {
        let each = timed(count / 10, |number| {
            bench.send(handles[number % 100]);
            bench.receive();
        });
        first = if part == 0 { each } else { first };
        println!("churn, part {part}: {each} ns for send+receive; {} MB resident", resident() >> 20);
    }
}

/// Opening of a store with `count` messages in `count` conversations.
fn reopen(count: usize) {
    let mut bench = Bench::new(true);
    for _ in 0..count {
        let handle = bench.begin("Target");
        bench.send(handle);
    }
    bench.flush();
    let (store, now) = (bench.store.clone(), bench.now);
    drop(bench);
    let before = resident();
    let start = cpu();
    let again = Bench::on(store, now);
    println!(
        "reopen: {count} messages and {} conversation endpoints in {:?}; {} MB more resident",
        again.instance.conversations().iter().count(),
        (cpu() - start),
        resident().saturating_sub(before) >> 20
    );
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next();
    let count = arguments.next().and_then(|text| text.parse().ok());
    let sizes = |default: &[usize]| count.map_or(default.to_vec(), |count| vec![count]);
    let wanted = |name: &str| what.as_deref().is_none_or(|what| what == name);
    if wanted("queue") {
        for count in sizes(&[1_000, 100_000, 1_000_000]) {
            queue(count, 100);
            queue(count, count);
        }
    }
    if wanted("conversations") {
        sizes(&[1_000, 100_000, 1_000_000]).into_iter().for_each(conversations);
    }
    if wanted("transmission") {
        sizes(&[1_000, 100_000]).into_iter().for_each(transmission);
    }
    if wanted("churn") {
        sizes(&[10_000_000]).into_iter().for_each(churn);
    }
    if wanted("reopen") {
        sizes(&[1_000_000]).into_iter().for_each(reopen);
    }
}
