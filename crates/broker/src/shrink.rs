//! Memory that is given back when what filled it is gone: maps only grow by themselves.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hash};

/// Below this many slots it is not worth it.
const KEPT_SLOTS: usize = 1024;

/// Shrinks a map that has become sparse. Costs a constant for each entry that was removed before.
pub(crate) fn shrink_sparse<K: Eq + Hash, V, S: BuildHasher>(map: &mut HashMap<K, V, S>) {
    if map.capacity() > KEPT_SLOTS && map.len() < map.capacity() / 8 {
        map.shrink_to(map.capacity() / 4);
    }
}

/// The same for a set.
pub(crate) fn shrink_sparse_set<K: Eq + Hash, S: BuildHasher>(set: &mut HashSet<K, S>) {
    if set.capacity() > KEPT_SLOTS && set.len() < set.capacity() / 8 {
        set.shrink_to(set.capacity() / 4);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emptied_map_is_small_again() {
        let mut map: HashMap<u32, u32> = (0..100_000).map(|number| (number, number)).collect();
        for number in 0..100_000 {
            map.remove(&number);
            shrink_sparse(&mut map);
        }
        assert!(map.capacity() <= 4 * KEPT_SLOTS, "{}", map.capacity());
    }
}
