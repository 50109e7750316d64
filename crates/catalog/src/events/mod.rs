//! Event types: what event notifications can listen to, and how groups expand.

mod table;

pub use table::EVENT_TYPES;

use duologue_messages::{SqlError, sql_error};

/// A row of `sys.event_notification_event_types`: an event or a group of events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventType {
    /// `type`.
    pub number: i32,
    /// `type_name`.
    pub name: &'static str,
    /// `parent_type`: the group it belongs to.
    pub parent: Option<i32>,
}

/// `QUEUE_ACTIVATION`.
pub const QUEUE_ACTIVATION: i32 = 173;
/// `BROKER_QUEUE_DISABLED`.
pub const BROKER_QUEUE_DISABLED: i32 = 160;

/// Events of one database and below.
const DDL_DATABASE_LEVEL_EVENTS: i32 = 10016;
/// Events of DDL triggers only, and of DML triggers.
const TRIGGER_ONLY: [&str; 4] = ["LOGON", "INSERT", "UPDATE", "DELETE"];

/// `ON SERVER`, `ON DATABASE` or `ON QUEUE` of an event notification.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotificationScope {
    /// DDL events of every level and trace events.
    Server,
    /// DDL events of the database level.
    Database,
    /// QUEUE_ACTIVATION and BROKER_QUEUE_DISABLED.
    Queue,
}

/// The single events that the names of a statement stand for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ExpandedEvents {
    /// Numbers, ascending, each once.
    pub events: Vec<i32>,
    /// (event, named group) for each event that came from a group.
    pub groups: Vec<(i32, i32)>,
}

impl EventType {
    /// The row with that number.
    pub fn by_number(number: i32) -> Option<&'static Self> {
        EVENT_TYPES.binary_search_by_key(&number, |row| row.number).ok().map(|index| &EVENT_TYPES[index])
    }

    /// The row with that name, in any case.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        EVENT_TYPES.iter().find(|row| row.name.eq_ignore_ascii_case(name))
    }

    /// Whether it is a group.
    pub const fn is_group(&self) -> bool {
        self.number >= 10_000
    }

    /// Whether it comes from tracing rather than from a statement.
    pub const fn is_trace(&self) -> bool {
        (self.number >= 1_000 && self.number < 10_000) || self.number >= 11_000
    }

    /// Whether it is `group` or within it.
    fn is_within(&self, group: i32) -> bool {
        let mut current = Some(self);
        while let Some(row) = current {
            if row.number == group {
                return true;
            }
            current = row.parent.and_then(Self::by_number);
        }
        false
    }

    fn is_valid_on(&self, scope: NotificationScope) -> bool {
        let of_queue = matches!(self.number, QUEUE_ACTIVATION | BROKER_QUEUE_DISABLED);
        match scope {
            NotificationScope::Server => !of_queue,
            NotificationScope::Database => self.is_within(DDL_DATABASE_LEVEL_EVENTS),
            NotificationScope::Queue => of_queue,
        }
    }
}

/// Expands the names of `CREATE EVENT NOTIFICATION … FOR`: 1084 for an unknown name, 1085 for events that only
/// triggers have, 1095 for a name given twice, 1098 for events that the scope does not have.
pub fn expand(names: &[String], scope: NotificationScope) -> Result<ExpandedEvents, SqlError> {
    let mut named: Vec<i32> = Vec::new();
    let mut expanded = ExpandedEvents::default();
    for name in names {
        let row = named_event(name)?;
        if named.contains(&row.number) {
            return Err(sql_error!(1095, name));
        }
        if !row.is_valid_on(scope) {
            return Err(sql_error!(1098));
        }
        named.push(row.number);
        expanded.add(row);
    }
    expanded.events.sort_unstable();
    expanded.events.dedup();
    Ok(expanded)
}

fn named_event(name: &str) -> Result<&'static EventType, SqlError> {
    if TRIGGER_ONLY.iter().any(|trigger| trigger.eq_ignore_ascii_case(name)) {
        return Err(sql_error!(1085, name));
    }
    EventType::by_name(name).ok_or_else(|| sql_error!(1084, name))
}

impl ExpandedEvents {
    fn add(&mut self, named: &EventType) {
        if !named.is_group() {
            self.events.push(named.number);
            return;
        }
        for event in EVENT_TYPES.iter().filter(|row| !row.is_group() && row.is_within(named.number)) {
            self.events.push(event.number);
            self.groups.push((event.number, named.number));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &str) -> Vec<String> {
        list.split(' ').map(Into::into).collect()
    }

    #[test]
    fn table_is_sorted_and_every_parent_is_a_group() {
        assert!(EVENT_TYPES.is_sorted_by_key(|row| row.number));
        for row in EVENT_TYPES {
            let parent = row.parent.map(|parent| EventType::by_number(parent).unwrap());
            assert!(parent.is_none_or(EventType::is_group), "{}", row.name);
            assert_eq!(EventType::by_name(row.name), Some(row));
        }
    }

    #[test]
    fn groups_expand_to_their_events() {
        let queue_events = expand(&names("DDL_QUEUE_EVENTS"), NotificationScope::Database).unwrap();
        assert_eq!(queue_events.events, [157, 158, 159]);
        assert_eq!(queue_events.groups, [(157, 10044), (158, 10044), (159, 10044)]);
        let broker = expand(&names("DDL_SSB_EVENTS"), NotificationScope::Database).unwrap();
        assert_eq!(broker.events.len(), 20);
        assert!(broker.groups.iter().all(|(_, group)| *group == 10041));
        let mixed = expand(&names("create_table DDL_TABLE_EVENTS"), NotificationScope::Server).unwrap();
        assert_eq!(mixed.events, [21, 22, 23]);
        let all = expand(&names("DDL_EVENTS"), NotificationScope::Server).unwrap();
        assert!(all.events.contains(&144) && all.events.contains(&157) && !all.events.contains(&1014));
        assert!(!all.events.contains(&QUEUE_ACTIVATION));
        let trace = expand(&names("TRC_ALL_EVENTS"), NotificationScope::Server).unwrap();
        assert!(trace.events.iter().all(|event| (1000..2000).contains(event)) && trace.events.len() > 90);
    }

    #[test]
    fn invalid_events_have_their_numbers() {
        use NotificationScope::{Database, Queue, Server};
        let cases = [
            ("CREATE_TROUBLE", Database, 1084),
            ("LOGON", Server, 1085),
            ("CREATE_TABLE ALTER_TABLE create_table", Database, 1095),
            ("CREATE_LOGIN", Database, 1098),
            ("DDL_EVENTS", Database, 1098),
            ("DDL_SERVER_LEVEL_EVENTS", Database, 1098),
            ("AUDIT_LOGIN", Database, 1098),
            ("QUEUE_ACTIVATION", Database, 1098),
            ("QUEUE_ACTIVATION", Server, 1098),
            ("CREATE_QUEUE", Queue, 1098),
        ];
        for (list, scope, number) in cases {
            assert_eq!(expand(&names(list), scope).unwrap_err().number, number, "{list}");
        }
        assert_eq!(
            expand(&names("QUEUE_ACTIVATION BROKER_QUEUE_DISABLED"), Queue).unwrap().events,
            [160, 173]
        );
    }
}
