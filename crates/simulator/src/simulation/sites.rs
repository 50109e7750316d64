//! Where services live: every database of every node is a site, with one service and one queue.

use duologue_catalog::SecurityContext;
use duologue_catalog::objects::Validation;
use duologue_types::{BrokerInstance, DatabaseId, ObjectId, Timestamp};

use duologue_catalog::Permission;
use duologue_catalog::ddl::databases::{DatabaseOptions, alter_database};
use duologue_catalog::ddl::routes::{RouteOptions, create_route};

use super::random::Chance;
use crate::credentials::credential;
use crate::node::Node;
use crate::setup::{Party, Protection};

/// The least number of nodes; there may be one more.
const NODES: usize = 2;

/// How the dialogs from one site to another are secured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    /// No binding.
    Clear,
    /// A binding with ANONYMOUS = ON.
    Anonymous,
    /// A binding.
    Full,
}

/// A database of a node.
pub(crate) struct Site {
    pub(crate) node: usize,
    pub(crate) database: String,
    pub(crate) service: String,
    pub(crate) queue_name: String,
    /// Its only queue for dialogs. Nothing of this ever changes.
    pub(crate) queue: (DatabaseId, ObjectId),
    pub(crate) broker: BrokerInstance,
    pub(crate) security: SecurityContext,
    /// Whose certificate and service: a user, or `dbo` where dialogs cross databases.
    pub(crate) owner: &'static str,
}

impl Site {
    pub(crate) fn queue_is_on(&self, node: &Node) -> bool {
        let database = node.instance.catalog().databases.get(&self.queue.0);
        database.and_then(|found| found.queues.get(self.queue.1.0)).is_some_and(|queue| queue.enabled)
    }
}

/// All sites, and how they talk to each other.
pub(crate) struct Sites {
    pub(crate) all: Vec<Site>,
    pub(crate) modes: Vec<Vec<Mode>>,
}

impl Sites {
    pub(crate) fn are_near(&self, one: usize, other: usize) -> bool {
        self.all[one].node == self.all[other].node
    }

    /// How dialogs from a site to another are to be secured.
    pub(crate) fn mode(&self, from: usize, to: usize) -> Mode {
        if self.are_near(from, to) { Mode::Clear } else { self.modes[from][to] }
    }

    /// Sites of other nodes.
    pub(crate) fn far_from(&self, site: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.all.len()).filter(move |other| !self.are_near(site, *other))
    }

    pub(crate) fn service_index(&self, service: &str) -> Option<usize> {
        self.all.iter().position(|site| site.service == service)
    }

    pub(crate) fn of_broker(&self, broker: Option<BrokerInstance>) -> Option<usize> {
        self.all.iter().position(|site| Some(site.broker) == broker)
    }

    /// The address of a site as another one's route names it.
    pub(crate) fn address(&self, site: usize, far: usize) -> String {
        match self.are_near(site, far) {
            true => "LOCAL".to_owned(),
            false => format!("TCP://n{}:4022", self.all[far].node),
        }
    }
}

/// Two or three nodes with one or two databases each.
pub(crate) fn plan(chance: &mut Chance) -> Vec<usize> {
    (0..NODES + chance.below(2)).map(|_| 1 + chance.below(2)).collect()
}

/// Makes the databases of the nodes, with everything that dialogs between them need.
pub(crate) fn make(nodes: &mut [Node], databases: &[usize], now: Timestamp, chance: &mut Chance) -> Sites {
    let places: Vec<(usize, usize)> = databases
        .iter()
        .enumerate()
        .flat_map(|(node, count)| (0..*count).map(move |nth| (node, nth)))
        .collect();
    let mut all = Vec::new();
    for (index, (node, nth)) in places.iter().enumerate() {
        let owner = if databases[*node] > 1 { "dbo" } else { "own" };
        all.push(make_site(&mut nodes[*node], *node, *nth, index, owner, now));
    }
    for (index, node) in nodes.iter_mut().enumerate() {
        Party { node, database: "master", now }.endpoint(index);
    }
    let pick =
        |chance: &mut Chance| chance.pick(&[Mode::Clear, Mode::Anonymous, Mode::Full]).unwrap_or(Mode::Full);
    let modes = (0..all.len()).map(|_| (0..all.len()).map(|_| pick(chance)).collect()).collect();
    let sites = Sites { all, modes };
    for site in 0..sites.all.len() {
        for far in 0..sites.all.len() {
            if site != far {
                introduce(&mut nodes[sites.all[site].node], &sites, site, far, now);
            }
        }
    }
    sites
}

fn make_site(
    node: &mut Node,
    at: usize,
    nth: usize,
    index: usize,
    owner: &'static str,
    now: Timestamp,
) -> Site {
    let database = format!("db{nth}");
    let (service, queue_name) = (format!("S{index}"), format!("S{index}Queue"));
    let mut party = Party { node, database: &database, now };
    party.create_database();
    party.contract(Validation::None);
    party.master_key(true);
    if owner == "dbo" {
        let options = DatabaseOptions { trustworthy: Some(true), ..DatabaseOptions::default() };
        let name = party.database;
        let _outcome =
            party.node.ddl("master", now, |cx| alter_database(cx, name, &options)).expect("it is there");
    } else {
        party.user(owner);
    }
    // Whoever authenticates as this one is refused, until his certificate is back where it belongs.
    party.user("other");
    party.revoke_connect("other");
    let own = credential(index, 0);
    party.install("own0", owner, (&own.certificate, own.private_key()), Protection::MasterKey, true);
    party.service(&service, owner, &["Contract"]);
    party.grant_on_service(Permission::Send, &service, "public");
    let queue = node.queue(&database, &queue_name);
    let broker = node.database(&database).settings.broker_instance;
    let security = node.sa(&database);
    Site { node: at, database, service, queue_name, queue, broker, security, owner }
}

/// Tells a site of another one: its user, certificate, route and binding.
fn introduce(node: &mut Node, sites: &Sites, site: usize, far: usize, now: Timestamp) {
    if sites.are_near(site, far) {
        return;
    }
    let name = sites.all[site].database.clone();
    let mut party = Party { node, database: &name, now };
    let user = far_user(far);
    party.user(&user);
    let theirs = credential(far, 0);
    let pair = (&theirs.certificate, theirs.private_key());
    party.install(&far_certificate(far, 0), &user, pair, Protection::Absent, true);
    make_route(&mut party, sites, site, far);
    make_binding(&mut party, sites, site, far);
}

pub(crate) fn far_user(far: usize) -> String {
    format!("far{far}")
}

pub(crate) fn far_certificate(far: usize, generation: usize) -> String {
    format!("far{far}certificate{generation}")
}

/// The route from a site to another one, if it is missing.
pub(crate) fn make_route(party: &mut Party<'_>, sites: &Sites, site: usize, far: usize) {
    let name = route_name(sites, far);
    if party.node.database(party.database).routes.find(&name).is_none() {
        let options = RouteOptions {
            service_name: Some(sites.all[far].service.clone()),
            address: Some(sites.address(site, far)),
            ..RouteOptions::default()
        };
        party.must(|cx| create_route(cx, &name, None, &options));
    }
}

pub(crate) fn route_name(sites: &Sites, far: usize) -> String {
    format!("to {}", sites.all[far].service)
}

/// The binding for a far site, if there is to be one and it is missing.
pub(crate) fn make_binding(party: &mut Party<'_>, sites: &Sites, site: usize, far: usize) {
    let service = &sites.all[far].service;
    let bindings = &party.node.database(party.database).remote_service_bindings;
    let is_there = bindings.iter().any(|binding| binding.remote_service_name == *service);
    let mode = sites.mode(site, far);
    if !is_there && mode != Mode::Clear {
        party.binding(service, &far_user(far), mode == Mode::Anonymous);
    }
}
