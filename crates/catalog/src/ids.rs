//! Numbers of new objects. Nothing that was dropped lends its number to something new: stored messages and
//! conversations may still name it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::object_set::Class;

/// Message types, contracts, services, routes, bindings, priorities and endpoints below it are system objects.
pub const FIRST_USER_ID: i32 = 65_536;
/// First number of a user's object of `class`.
const fn first_user_id(class: Class) -> i32 {
    match class {
        Class::Principal | Class::Schema | Class::DatabaseSettings => 5,
        Class::Login => 256,
        Class::Permission | Class::ServerPermission => 2,
        Class::Certificate => 257,
        _ => FIRST_USER_ID,
    }
}

/// How many numbers of each class were given out, by the class's number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IdCounters(BTreeMap<u8, i32>);

impl IdCounters {
    /// The next number of `class`.
    pub(crate) fn take(&mut self, class: Class) -> i32 {
        loop {
            let id = first_user_id(class).saturating_add(self.count(class));
            let is_taken = class == Class::Principal || class == Class::Schema;
            if !(is_taken && FIXED_ROLE_IDS.contains(&id)) {
                return id;
            }
        }
    }

    fn count(&mut self, class: Class) -> i32 {
        let given = self.0.entry(class as u8).or_default();
        *given = given.saturating_add(1);
        *given - 1
    }

    /// The next `object_id`: queues, tables and event notifications of a database share them.
    pub(crate) fn take_object_id(&mut self) -> i32 {
        loop {
            let id = object_id(self.count(Class::Queue));
            if !SYSTEM_OBJECT_IDS.contains(&id) {
                return id;
            }
        }
    }
}

/// Ids that belong to the fixed roles of every database and their schemas.
const FIXED_ROLE_IDS: std::ops::RangeInclusive<i32> = 16_384..=16_393;

/// Ids that belong to the system queues of every database.
pub(crate) const SYSTEM_OBJECT_IDS: [i32; 3] = [1_977_058_079, 2_009_058_193, 2_041_058_307];

/// The `number`th object id: strides through the positive ints without repeating, as SQL Server's do.
fn object_id(number: i32) -> i32 {
    const FIRST: i64 = 245_575_913;
    const STRIDE: i64 = 16_000_057;
    // 2^31 − 1 is prime: every stride visits all residues. 0 is no object's id; the last residue stands for it.
    const MODULUS: i64 = i32::MAX as i64;
    let residue = (FIRST + i64::from(number) * STRIDE) % MODULUS;
    if residue == 0 { i32::MAX } else { i32::try_from(residue).unwrap_or(i32::MAX) }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn object_ids_are_positive_and_differ() {
        let mut counters = IdCounters::default();
        let ids: HashSet<i32> = (0..20_000).map(|_| counters.take_object_id()).collect();
        assert_eq!(ids.len(), 20_000);
        assert!(ids.iter().all(|id| *id > 0 && !SYSTEM_OBJECT_IDS.contains(id)));
    }

    #[test]
    fn classes_count_separately() {
        let mut counters = IdCounters::default();
        assert_eq!(counters.take(Class::Service), 65_536);
        assert_eq!(counters.take(Class::Service), 65_537);
        assert_eq!(counters.take(Class::Contract), 65_536);
        let users: HashSet<i32> = (0..20_000).map(|_| counters.take(Class::Principal)).collect();
        assert!(users.contains(&5) && users.contains(&16_383) && users.contains(&16_394));
        assert!(!users.contains(&16_384) && !users.contains(&16_393));
    }
}
