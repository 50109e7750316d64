//! Links: the connections that this broker opens, one for each address, and who waits to use them.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use duologue_messages::{SqlError, sql_error};
use duologue_types::{ConversationHandle, DatabaseId, Timestamp};

use crate::action::Action;
use crate::instance::Instance;
use crate::shrink::{shrink_sparse, shrink_sparse_set};
use crate::transmission::Destination;

/// Why a link could not be opened, or broke.
pub(crate) type LinkFailure = SqlError;

/// Errors that may wait for one link.
const UNSEQUENCED_LIMIT: usize = 1024;
/// Addresses in use at once. Service names can carry their own, so peers can name any.
const ADDRESS_LIMIT: usize = 10_000;

/// Delayed conversations that are looked at before others get on.
const REVIEWED_AT_ONCE: usize = 256;

/// The way to one address.
#[derive(Default)]
struct Link {
    /// Conversations in turn; those that are gone meanwhile are passed over.
    due: VecDeque<ConversationHandle>,
    /// Conversations that have something to send now.
    is_due: HashSet<ConversationHandle>,
    /// Errors for messages that were refused; made again when their cause comes again.
    unsequenced: VecDeque<Bytes>,
    /// Conversations that have something for this address that is not acknowledged.
    users: BTreeSet<ConversationHandle>,
}

impl Link {
    fn is_empty(&self) -> bool {
        self.is_due.is_empty() && self.unsequenced.is_empty() && self.users.is_empty()
    }
}

/// All links, and the conversations without one.
#[derive(Default)]
pub struct Links {
    by_address: HashMap<Arc<str>, Link>,
    /// The link that a conversation uses.
    by_user: HashMap<ConversationHandle, Arc<str>>,
    /// Conversations whose messages cannot go anywhere now.
    pub(crate) delayed: BTreeSet<ConversationHandle>,
    review: Review,
}

/// How far the delayed conversations have been looked at again.
#[derive(Default)]
struct Review {
    last: Option<ConversationHandle>,
    remaining: usize,
}

impl Links {
    /// Forgets a conversation that is gone.
    pub(crate) fn forget(&mut self, handle: ConversationHandle) {
        self.delayed.remove(&handle);
        self.leave(handle);
    }

    /// Everything that a conversation sent is acknowledged: its link need not know of it until it sends again.
    pub(crate) fn settle(&mut self, handle: ConversationHandle) {
        let link = self.by_user.get(&handle).and_then(|address| self.by_address.get(address));
        if link.is_some_and(|link| !link.is_due.contains(&handle)) {
            self.leave(handle);
        }
    }

    /// All delayed conversations are to be looked at, from where the last review is.
    pub(crate) fn begin_review(&mut self) {
        self.review.remaining = self.delayed.len();
    }

    /// Whether some are still to be looked at.
    pub(crate) fn is_in_review(&self) -> bool {
        self.review.remaining > 0
    }

    /// Takes out the next ones to look at.
    pub(crate) fn next_in_review(&mut self) -> Vec<ConversationHandle> {
        let count = self.review.remaining.min(REVIEWED_AT_ONCE);
        let from = self.review.last.map_or(Bound::Unbounded, Bound::Excluded);
        let later = self.delayed.range((from, Bound::Unbounded));
        let all: Vec<_> = later.chain(&self.delayed).take(count.min(self.delayed.len())).copied().collect();
        for handle in &all {
            self.delayed.remove(handle);
        }
        self.review.last = all.last().copied().or(self.review.last);
        self.review.remaining = (self.review.remaining - all.len()).min(self.delayed.len());
        all
    }

    /// Addresses in use.
    pub(crate) fn len(&self) -> usize {
        self.by_address.len()
    }

    /// The next conversation in turn on a link.
    pub(crate) fn next_due(&mut self, address: &str) -> Option<ConversationHandle> {
        let link = self.by_address.get_mut(address)?;
        while let Some(handle) = link.due.pop_front() {
            if link.is_due.remove(&handle) {
                return Some(handle);
            }
        }
        None
    }

    /// Whether a link has something to send.
    pub fn has_due(&self, address: &str) -> bool {
        let is_due = |link: &Link| !link.is_due.is_empty() || !link.unsequenced.is_empty();
        self.by_address.get(address).is_some_and(is_due)
    }

    /// Puts a conversation in turn; 49909 when too many addresses are in use.
    pub(crate) fn push_due(
        &mut self,
        address: &Arc<str>,
        handle: ConversationHandle,
    ) -> Result<(), LinkFailure> {
        if self.by_user.get(&handle).is_some_and(|known| known != address) {
            self.leave(handle);
        }
        let link = self.link(address)?;
        if link.users.insert(handle) {
            self.by_user.insert(handle, address.clone());
        }
        let link = self.link(address)?;
        if link.is_due.insert(handle) {
            link.due.push_back(handle);
        }
        Ok(())
    }

    fn link(&mut self, address: &Arc<str>) -> Result<&mut Link, LinkFailure> {
        if self.by_address.len() >= ADDRESS_LIMIT && !self.by_address.contains_key(address) {
            return Err(sql_error!(49909, format!("{ADDRESS_LIMIT} addresses are in use")));
        }
        Ok(self.by_address.entry(address.clone()).or_default())
    }

    /// The errors that wait for the link.
    pub(crate) fn take_unsequenced(&mut self, address: &str) -> Vec<Bytes> {
        let Some(link) = self.by_address.get_mut(address) else { return Vec::new() };
        let taken = link.unsequenced.drain(..).collect();
        if link.is_empty() {
            self.by_address.remove(address);
        }
        taken
    }

    /// Whether a conversation uses a link.
    pub(crate) fn is_used_by(&self, address: &str, handle: ConversationHandle) -> bool {
        self.by_user.get(&handle).is_some_and(|known| **known == *address)
    }

    /// Everybody who uses a link or waits for one.
    pub(crate) fn handles(&self) -> impl Iterator<Item = ConversationHandle> {
        let users = self.by_address.values().flat_map(|link| link.users.iter().chain(&link.is_due));
        users.chain(&self.delayed).copied()
    }

    /// Whether a conversation is in turn on any link.
    pub(crate) fn is_due_somewhere(&self, handle: ConversationHandle) -> bool {
        self.by_address.values().any(|link| link.is_due.contains(&handle))
    }

    /// Every conversation that uses a link, with the link's address.
    fn all_users(&self) -> Vec<(Arc<str>, ConversationHandle)> {
        let users = |(address, link): (&Arc<str>, &Link)| {
            let address = address.clone();
            link.users.iter().map(move |handle| (address.clone(), *handle)).collect::<Vec<_>>()
        };
        self.by_address.iter().flat_map(users).collect()
    }

    /// Takes a conversation off its link: it is passed over when its turn comes.
    fn leave(&mut self, handle: ConversationHandle) {
        let Some(address) = self.by_user.remove(&handle) else { return };
        shrink_sparse(&mut self.by_user);
        let Some(link) = self.by_address.get_mut(&address) else { return };
        link.users.remove(&handle);
        if link.is_due.remove(&handle) && link.is_due.is_empty() {
            link.due.clear();
        }
        shrink_sparse_set(&mut link.is_due);
        if link.is_empty() {
            self.by_address.remove(&address);
        }
    }

    fn users(&self, address: &str) -> Vec<ConversationHandle> {
        self.by_address.get(address).map(|link| link.users.iter().copied().collect()).unwrap_or_default()
    }
}

impl Instance {
    /// The links.
    pub fn links(&self) -> &Links {
        &self.links
    }

    /// Puts a conversation in turn on a link, and has the link opened and used.
    pub(crate) fn queue_on_link(
        &mut self,
        handle: ConversationHandle,
        address: Arc<str>,
    ) -> Result<(), LinkFailure> {
        self.links.push_due(&address, handle)?;
        self.act(Action::Pump(address));
        Ok(())
    }

    /// The routes of a database changed: conversations whose messages go another way now leave their link, and send
    /// there again what was not acknowledged.
    pub(crate) fn reroute(&mut self, database: DatabaseId, now: Timestamp) {
        for (address, handle) in self.links.all_users() {
            if self.conversations.get(handle).is_none_or(|endpoint| endpoint.database != database) {
                continue;
            }
            let stays =
                matches!(self.destination(handle, now), Ok(Destination::Remote(found)) if found == address);
            if stays {
                continue;
            }
            self.links.leave(handle);
            if let Some(endpoint) = self.conversations.get_mut(handle) {
                endpoint.sent.on_reconnected();
            }
            self.transmit(handle, now);
        }
    }

    /// Sends an envelope that nobody acknowledges; the oldest goes when too many wait.
    pub(crate) fn send_unsequenced(&mut self, address: &Arc<str>, envelope: Bytes) {
        let Ok(link) = self.links.link(address) else { return };
        if link.unsequenced.len() >= UNSEQUENCED_LIMIT {
            link.unsequenced.pop_front();
        }
        link.unsequenced.push_back(envelope);
        self.act(Action::Pump(address.clone()));
    }

    /// A link is open and the peer accepted: what was under way on an older connection goes again at once.
    pub fn link_online(&mut self, address: &Arc<str>) {
        for handle in self.links.users(address) {
            let Some(endpoint) = self.conversations.get_mut(handle) else { continue };
            endpoint.sent.on_reconnected();
            if endpoint.far_end.is_none() {
                endpoint.transmission.status = None;
            }
            // The link is there: it has this user.
            let _ = self.links.push_due(address, handle);
        }
    }

    /// A link could not be opened, or broke: everybody who uses it can read why.
    pub fn link_failed(&mut self, address: &Arc<str>, failure: &LinkFailure, _now: Timestamp) {
        // Errors are made again when their cause comes again: a link that does not open is not kept for them alone.
        let _dropped = self.links.take_unsequenced(address);
        let failure = Arc::new(failure.clone());
        for handle in self.links.users(address) {
            if let Some(endpoint) = self.conversations.get_mut(handle)
                && !endpoint.outgoing.is_empty()
            {
                endpoint.transmission.status = Some(failure.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use duologue_types::Guid;

    use super::*;

    #[test]
    fn links_that_nobody_uses_go_and_their_number_has_a_limit() {
        let mut links = Links::default();
        let handle = |number: usize| ConversationHandle(Guid((number as u128).to_le_bytes()));
        for number in 0..ADDRESS_LIMIT {
            links.push_due(&format!("host{number}:1").into(), handle(number)).expect("there is room");
        }
        let other = handle(ADDRESS_LIMIT);
        let error = links.push_due(&"one-more:1".into(), other).expect_err("there is none");
        assert_eq!(error.number, 49909);
        assert!(links.push_due(&"host7:1".into(), other).is_ok(), "a known one");
        assert_eq!([links.next_due("host7:1"), links.next_due("host7:1")], [Some(handle(7)), Some(other)]);
        assert!(links.is_used_by("host7:1", other) && !links.is_used_by("one-more:1", other));
        (0..=ADDRESS_LIMIT).for_each(|number| links.forget(handle(number)));
        assert_eq!((links.len(), links.by_user.len()), (0, 0));
        let address: Arc<str> = "errors:1".into();
        links.link(&address).expect("there is room again").unsequenced.push_back(Bytes::from_static(b"x"));
        assert_eq!(links.take_unsequenced(&address).len(), 1);
        assert_eq!(links.len(), 0);
    }

    #[test]
    fn a_conversation_is_on_one_link_until_it_is_settled() {
        let mut links = Links::default();
        let handle = ConversationHandle(Guid([1; 16]));
        links.push_due(&"old:1".into(), handle).expect("there is room");
        links.settle(handle);
        assert!(links.has_due("old:1"), "it has something to send");
        links.push_due(&"new:1".into(), handle).expect("there is room");
        assert!(!links.has_due("old:1") && links.len() == 1);
        assert_eq!(links.next_due("new:1"), Some(handle));
        assert!(links.is_used_by("new:1", handle), "until it is acknowledged");
        links.settle(handle);
        assert!(!links.is_used_by("new:1", handle) && links.len() == 0);
    }

    #[test]
    fn a_review_looks_at_everybody_once_in_parts() {
        let mut links = Links::default();
        let count = 3 * REVIEWED_AT_ONCE + 5;
        links.delayed =
            (0..count).map(|number| ConversationHandle(Guid((number as u128).to_le_bytes()))).collect();
        let mut seen = BTreeSet::new();
        links.begin_review();
        while links.is_in_review() {
            let part = links.next_in_review();
            assert!(part.len() <= REVIEWED_AT_ONCE);
            seen.extend(part.iter().copied());
            // They are still delayed.
            links.delayed.extend(part);
        }
        assert_eq!((seen.len(), links.delayed.len()), (count, count));
        links.delayed.clear();
        links.begin_review();
        assert!(!links.is_in_review() && links.next_in_review().is_empty());
    }
}
