//! What administrators do meanwhile to queues, routes and bindings, and how they put everything right in the end.

use duologue_broker::Endpoint;
use duologue_catalog::ddl::queues::QueueOptions;
use duologue_catalog::ddl::remote_service_bindings::{
    alter_remote_service_binding, drop_remote_service_binding,
};
use duologue_catalog::ddl::routes::{RouteOptions, alter_route, drop_route};
use duologue_types::ConversationId;

use super::Simulation;
use super::sites::{Mode, Sites, make_binding, make_route, route_name};
use crate::setup::Party;

impl Simulation {
    /// Statements at a site.
    pub(super) fn at_site<T>(&mut self, site: usize, statements: impl FnOnce(Party<'_>, &Sites) -> T) -> T {
        let found = &self.sites.all[site];
        let node = found.node;
        let machine = &mut self.machines[node];
        let now = machine.clock(self.now);
        // Whatever it changes may have a broker send again what is under way.
        self.traffic.epochs[node] += 1;
        let party = Party { node: &mut machine.node, database: &found.database, now };
        let outcome = statements(party, &self.sites);
        self.take_wishes(node);
        outcome
    }

    /// At each step, perhaps, something of each kind, at a site of a node.
    pub(super) fn administer(&mut self, node: usize) -> Result<(), String> {
        let options = self.options;
        let is_quiet =
            options.queues + options.routes + options.bindings + options.keys + options.notices == 0;
        if is_quiet || !self.machines[node].takes_definitions() {
            return Ok(());
        }
        let sites: Vec<usize> =
            (0..self.sites.all.len()).filter(|site| self.sites.all[*site].node == node).collect();
        let Some(site) = self.chance.pick(&sites) else { return Ok(()) };
        let far: Vec<usize> = self.sites.far_from(site).collect();
        let Some(far) = self.chance.pick(&far) else { return Ok(()) };
        if self.chance.happens(options.queues) {
            let on = self.chance.happens(500);
            self.switch_queue(site, on);
        }
        if self.chance.happens(options.routes) {
            self.change_route(site, far)?;
        }
        if self.chance.happens(options.bindings) {
            self.change_binding(site, far);
        }
        if self.chance.happens(options.keys) {
            self.change_keys(site, far);
        }
        if self.chance.happens(options.notices) {
            self.work_on_notices(site)?;
        }
        Ok(())
    }

    pub(super) fn switch_queue(&mut self, site: usize, on: bool) {
        self.note(if on { "queue on" } else { "queue off" }, site, 0);
        let name = self.sites.all[site].queue_name.clone();
        let options = QueueOptions { status: Some(on), ..QueueOptions::default() };
        self.at_site(site, |mut party, _| party.alter_queue(&name, &options));
    }

    /// Drops a route, makes it again, has it lead nowhere or to a broker that is not meant, or back.
    fn change_route(&mut self, site: usize, far: usize) -> Result<(), String> {
        let name = route_name(&self.sites, far);
        let before = self.route_address(site, &name);
        let astray = self.chance.below(self.machines.len());
        let what = self.chance.below(5);
        self.note("route", site, (10 * far + what) as u64);
        let address = match what {
            0 | 1 => Some(self.sites.address(site, far)),
            2 => Some("TCP://nowhere:4022".to_owned()),
            3 => Some(format!("TCP://n{astray}:4022")),
            _ => None,
        };
        let options = RouteOptions { address: address.clone(), ..RouteOptions::default() };
        // What is not there cannot be dropped or altered.
        let changed = self.at_site(site, |mut party, _| match address {
            Some(_) => party.ddl(|cx| alter_route(cx, &name, &options)).is_ok(),
            None => party.ddl(|cx| drop_route(cx, &name)).is_ok(),
        });
        if !changed {
            self.make_route(site, far);
        }
        if self.route_address(site, &name) != before
            && let Some(waiting) = self.waits_for_old_way(site, far)
        {
            return Err(format!("{waiting} goes another way now, and waits for what went the old one"));
        }
        Ok(())
    }

    fn route_address(&self, site: usize, name: &str) -> Option<String> {
        let found = &self.sites.all[site];
        let database = self.machines[found.node].node.database(&found.database);
        database.routes.find(name).map(|route| route.address.clone())
    }

    /// After a route changed nothing waits for an answer to what went the old way.
    fn waits_for_old_way(&self, site: usize, far: usize) -> Option<ConversationId> {
        let found = &self.sites.all[site];
        let goes_there = |endpoint: &&Endpoint| {
            let known = self.model.side_of(endpoint.handle);
            endpoint.database == found.queue.0
                && known.is_some_and(|(dialog, side)| self.model.dialogs[dialog].sites[1 - side] == far)
        };
        let mut all = self.machines[found.node].node.instance.conversations().iter().filter(goes_there);
        let waiting = all.find(|endpoint| endpoint.sent.next_retry().is_some() && endpoint.far_end.is_none());
        waiting.map(|endpoint| endpoint.conversation)
    }

    pub(super) fn make_route(&mut self, site: usize, far: usize) {
        self.at_site(site, |mut party, sites| make_route(&mut party, sites, site, far));
    }

    pub(super) fn make_binding(&mut self, site: usize, far: usize) {
        self.at_site(site, |mut party, sites| make_binding(&mut party, sites, site, far));
    }

    /// Drops a binding, makes it again, or makes it anonymous and back.
    fn change_binding(&mut self, site: usize, far: usize) {
        let service = self.sites.all[far].service.clone();
        let name = format!("binding of {service}");
        let what = self.chance.below(4);
        self.note("binding", site, (10 * far + what) as u64);
        let anonymous = self.sites.mode(site, far) == Mode::Anonymous;
        let changed = self.at_site(site, |mut party, _| {
            let altered = match what {
                0 => party.ddl(|cx| alter_remote_service_binding(cx, &name, None, Some(!anonymous))),
                1 => party.ddl(|cx| alter_remote_service_binding(cx, &name, None, Some(anonymous))),
                _ => party.ddl(|cx| drop_remote_service_binding(cx, &name)),
            };
            altered.is_ok()
        });
        if !changed {
            self.make_binding(site, far);
        }
    }

    /// Faults stop: everything is as it was meant.
    pub(super) fn put_right(&mut self, site: usize) {
        self.switch_queue(site, true);
        self.mend_keys(site);
        if self.options.notices > 0 {
            // Whoever is asked for a route needs one to services nearby too.
            (0..self.sites.all.len()).for_each(|other| self.make_route(site, other));
        }
        let far: Vec<usize> = self.sites.far_from(site).collect();
        for far in far {
            self.make_route(site, far);
            let name = route_name(&self.sites, far);
            let address = Some(self.sites.address(site, far));
            let options = RouteOptions { address, ..RouteOptions::default() };
            self.at_site(site, |mut party, _| party.must(|cx| alter_route(cx, &name, &options)));
            self.make_binding(site, far);
        }
    }
}
