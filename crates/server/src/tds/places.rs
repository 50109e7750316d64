//! How many clients there may be: when all places are taken, those who have not logged in make room, oldest first.
//!
//! So a flood of connections that say nothing cannot keep others from logging in.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// For a connection that is to make room to do so.
const LEAVES_WITHIN: Duration = Duration::from_secs(1);

/// Room for connections.
pub(super) struct Places {
    room: Arc<Semaphore>,
    limit: usize,
    /// Oldest first; some have logged in or gone since.
    newcomers: Mutex<VecDeque<Weak<Place>>>,
}

/// A connection's place; given up when dropped.
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
    has_logged_in: AtomicBool,
    is_wanted: Notify,
}

impl Place {
    /// From now on nobody takes it away.
    pub(super) fn logged_in(&self) {
        self.has_logged_in.store(true, Ordering::Release);
    }

    /// Waits until somebody else needs it.
    pub(super) async fn wanted(&self) {
        self.is_wanted.notified().await;
    }
}

impl Places {
    pub(super) fn new(limit: usize) -> Self {
        let limit = limit.clamp(1, Semaphore::MAX_PERMITS);
        Self { room: Arc::new(Semaphore::new(limit)), limit, newcomers: Mutex::default() }
    }

    /// A place, if need be that of another; none when everybody there has logged in.
    pub(super) async fn take(&self) -> Option<Arc<Place>> {
        let permit = match self.room.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                self.oldest_newcomer()?.is_wanted.notify_one();
                tokio::time::timeout(LEAVES_WITHIN, self.room.clone().acquire_owned()).await.ok()?.ok()?
            }
        };
        let place =
            Place { _permit: permit, has_logged_in: AtomicBool::new(false), is_wanted: Notify::new() };
        let place = Arc::new(place);
        let mut newcomers = self.lock();
        if newcomers.len() >= 2 * self.limit {
            newcomers.retain(|newcomer| newcomer.upgrade().is_some_and(|place| is_new(&place)));
        }
        newcomers.push_back(Arc::downgrade(&place));
        Some(place)
    }

    fn oldest_newcomer(&self) -> Option<Arc<Place>> {
        let mut newcomers = self.lock();
        std::iter::from_fn(|| newcomers.pop_front())
            .filter_map(|place| place.upgrade())
            .find(|place| is_new(place))
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Weak<Place>>> {
        self.newcomers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_new(place: &Place) -> bool {
    !place.has_logged_in.load(Ordering::Acquire)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_oldest_that_has_not_logged_in_makes_room() {
        let places = Places::new(3);
        let first = places.take().await.unwrap();
        let second = places.take().await.unwrap();
        let third = places.take().await.unwrap();
        first.logged_in();
        let leaves = async {
            second.wanted().await;
            drop(second);
        };
        let (fourth, ()) = tokio::join!(places.take(), leaves);
        let fourth = fourth.expect("the second has left");
        for place in [&third, &fourth] {
            place.logged_in();
        }
        assert!(places.take().await.is_none(), "all have logged in");
    }

    #[tokio::test]
    async fn those_who_have_gone_are_forgotten() {
        let places = Places::new(2);
        for _ in 0..100 {
            drop(places.take().await.unwrap());
        }
        assert!(places.lock().len() <= 4);
    }
}
