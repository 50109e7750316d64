//! Everything that arrives while one commit is in flight goes into the next one, with no artificial delay.
//!
//! This is the queue only. A leader thread above takes a group, commits it and reports the outcome; the callers'
//! threads push and wait for their sequence.

use std::ops::RangeInclusive;

use crate::WriteBatch;

/// Position of a batch in the order of commits; the first one is 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct CommitSequence(pub u64);

/// The queue holds as many bytes as it may: wait until the commit in flight has ended, and push again.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{queued} bytes wait to be committed; the limit is {limit}")]
pub struct GroupCommitFull {
    /// Bytes queued and in flight.
    pub queued: usize,
    /// Bytes allowed.
    pub limit: usize,
    /// The batch that did not fit.
    pub batch: WriteBatch,
}

/// Batches on their way to the store.
#[derive(Debug)]
pub struct GroupCommit {
    limit: usize,
    waiting: WriteBatch,
    last_pushed: CommitSequence,
    in_flight: Option<InFlight>,
    ended: CommitSequence,
}

#[derive(Debug)]
struct InFlight {
    up_to: CommitSequence,
    size: usize,
}

impl GroupCommit {
    /// A queue that holds at most `limit` bytes of keys and values, the group in flight included.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            waiting: WriteBatch::new(),
            last_pushed: CommitSequence(0),
            in_flight: None,
            ended: CommitSequence(0),
        }
    }

    /// Queues a batch. It is durable once [`GroupCommit::completed`] was called with this sequence or a later one.
    ///
    /// A batch larger than the whole limit is taken when nothing else is queued, or it could never be committed.
    pub fn push(&mut self, batch: WriteBatch) -> Result<CommitSequence, Box<GroupCommitFull>> {
        let queued = self.queued();
        if queued > 0 && queued + batch.size() > self.limit {
            return Err(Box::new(GroupCommitFull { queued, limit: self.limit, batch }));
        }
        self.waiting.append(batch);
        self.last_pushed.0 += 1;
        Ok(self.last_pushed)
    }

    /// Bytes queued and in flight.
    pub fn queued(&self) -> usize {
        self.waiting.size() + self.in_flight.as_ref().map_or(0, |group| group.size)
    }

    /// Everything that waits, as one batch, and the last sequence in it. None when nothing waits or when a group
    /// is still in flight: groups are committed one after another.
    pub fn take_all(&mut self) -> Option<(WriteBatch, CommitSequence)> {
        if self.in_flight.is_some() || self.last_pushed == self.ended {
            return None;
        }
        let batch = std::mem::take(&mut self.waiting);
        let up_to = self.last_pushed;
        self.in_flight = Some(InFlight { up_to, size: batch.size() });
        Some((batch, up_to))
    }

    /// The group in flight, which ended with `up_to`, is durable. Returns the sequences whose callers are to be told.
    pub fn completed(&mut self, up_to: CommitSequence) -> RangeInclusive<u64> {
        debug_assert_eq!(
            self.in_flight.as_ref().map(|group| group.up_to),
            Some(up_to),
            "one group at a time"
        );
        self.in_flight = None;
        self.end(up_to)
    }

    /// The store refused the group in flight. What waits behind it was decided on top of it, so it falls too.
    /// Returns the sequences whose callers are to be told that nothing of theirs is stored.
    pub fn failed(&mut self) -> RangeInclusive<u64> {
        self.in_flight = None;
        self.waiting = WriteBatch::new();
        self.end(self.last_pushed)
    }

    fn end(&mut self, up_to: CommitSequence) -> RangeInclusive<u64> {
        let first = self.ended.0 + 1;
        self.ended = up_to;
        first..=up_to.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(key: &'static str, value_size: usize) -> WriteBatch {
        let mut batch = WriteBatch::new();
        batch.put(key, vec![0; value_size]);
        batch
    }

    #[test]
    fn what_arrives_during_a_commit_is_the_next_group() {
        let mut queue = GroupCommit::new(1000);
        assert_eq!(queue.take_all(), None);
        assert_eq!(queue.push(batch("a", 1)), Ok(CommitSequence(1)));
        let (group, up_to) = queue.take_all().unwrap();
        assert_eq!((group.len(), up_to), (1, CommitSequence(1)));

        queue.push(batch("b", 1)).unwrap();
        queue.push(batch("c", 1)).unwrap();
        assert_eq!(queue.take_all(), None, "one group in flight at a time");
        assert_eq!(queue.completed(up_to), 1..=1);

        let (group, up_to) = queue.take_all().unwrap();
        let keys: Vec<_> = group.iter().map(|operation| operation.key().clone()).collect();
        assert_eq!((keys, up_to), (vec!["b".into(), "c".into()], CommitSequence(3)));
        assert_eq!(queue.completed(up_to), 2..=3);
        assert_eq!((queue.take_all(), queue.queued()), (None, 0));
    }

    #[test]
    fn an_empty_batch_waits_for_its_turn_too() {
        let mut queue = GroupCommit::new(1000);
        queue.push(WriteBatch::new()).unwrap();
        assert_eq!(queue.take_all(), Some((WriteBatch::new(), CommitSequence(1))));
    }

    #[test]
    fn a_failed_group_takes_its_followers_with_it() {
        let mut queue = GroupCommit::new(1000);
        queue.push(batch("a", 1)).unwrap();
        queue.take_all().unwrap();
        queue.push(batch("b", 1)).unwrap();
        assert_eq!(queue.failed(), 1..=2);
        assert_eq!((queue.take_all(), queue.queued()), (None, 0));
        assert_eq!(queue.push(batch("c", 1)), Ok(CommitSequence(3)));
        let (group, up_to) = queue.take_all().unwrap();
        assert_eq!((group.len(), queue.completed(up_to)), (1, 3..=3));
    }

    #[test]
    fn bytes_are_bounded_and_a_large_batch_goes_alone() {
        let mut queue = GroupCommit::new(100);
        queue.push(batch("a", 59)).unwrap();
        let full = queue.push(batch("b", 40)).unwrap_err();
        assert_eq!((full.queued, full.limit, full.batch), (60, 100, batch("b", 40)));
        let (_, up_to) = queue.take_all().unwrap();
        assert!(queue.push(batch("b", 40)).is_err(), "the group in flight counts");
        queue.completed(up_to);
        queue.push(batch("large", 500)).unwrap();
        assert!(queue.push(batch("b", 1)).is_err());
    }
}
