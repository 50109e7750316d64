//! Broker Configuration Notice: asking the configuration service for a missing binding or route.
//!
//! For each database, kind and service name there is one question at a time, however many conversations wait for its
//! answer. The question is a conversation of its own with the longest lifetime, led by the broker; the answer is how
//! the configuration service ends it. Ended with an error, a question for a binding is remembered ten minutes; asked
//! again is only when a new conversation starts. States and questions are stored, so a restart changes nothing.

mod ask;
mod row;

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use duologue_messages::{SqlError, sql_error};
use duologue_store::Key;
use duologue_types::{ConversationHandle, DatabaseId, Timestamp};

use crate::conversations::SystemUse;
use crate::instance::Instance;
use crate::system::{BROKER_CONFIGURATION, is_exempt_from_notices};
use crate::transmission::Destination;

/// How long the answer "no" holds.
const NEGATIVE_ANSWER: Duration = Duration::from_secs(600);

/// Questions and answers that are kept.
const ANSWERS: usize = 10_000;

/// What is missing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Kind {
    /// A remote service binding.
    Binding,
    /// A route.
    Route,
}

/// How a question stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Notice {
    /// Asked in this conversation; no answer yet.
    Pending(ConversationHandle),
    /// Answered. Conversations that began later ask again.
    Answered {
        /// When.
        at: Timestamp,
        /// Not before this moment: the answer was an error.
        not_before: Timestamp,
    },
}

/// Database, kind, service name.
type NoticeKey = (DatabaseId, Kind, String);

/// All questions that were asked.
#[derive(Default)]
pub(crate) struct Notices {
    pub(super) by_service: HashMap<NoticeKey, Notice>,
    pub(super) by_conversation: HashMap<ConversationHandle, NoticeKey>,
}

impl Notices {
    /// The conversations of the questions that are open.
    pub(crate) fn questions(&self) -> impl Iterator<Item = ConversationHandle> {
        self.by_conversation.keys().copied()
    }

    /// Forgets the questions of a database; returns the names of their rows.
    pub(crate) fn forget_database(&mut self, database: DatabaseId) -> BTreeSet<String> {
        let of_database = |key: &NoticeKey| key.0 == database;
        let names = self.by_service.keys().filter(|key| of_database(key)).map(|key| key.2.clone()).collect();
        self.by_service.retain(|key, _| !of_database(key));
        self.by_conversation.retain(|_, key| !of_database(key));
        names
    }
}

/// Whether an answer still holds for a conversation that began at `begun`. One that began before, or while "no" was
/// remembered, never asks for a binding again; for a route it asks again after a while.
fn holds(kind: Kind, at: Timestamp, not_before: Timestamp, begun: Timestamp, now: Timestamp) -> bool {
    let asks_later = kind == Kind::Route && now >= at + NEGATIVE_ANSWER;
    (begun <= at || begun < not_before) && !asks_later
}

impl Instance {
    /// Asks for the binding of a conversation's target if that is called for. An error: the conversation waits for
    /// the answer.
    pub(crate) fn ask_for_binding(
        &mut self,
        handle: ConversationHandle,
        destination: &Destination,
        now: Timestamp,
    ) -> Result<(), SqlError> {
        let Some(endpoint) = self.conversations.get(handle) else { return Ok(()) };
        let (database, service) = (endpoint.database, endpoint.far_service.clone());
        let resolves_here = matches!(destination, Destination::Local(_));
        let called_for = endpoint.is_initiator
            && endpoint.system != Some(SystemUse::ConfigurationNotice)
            && !resolves_here
            && !is_exempt_from_notices(&service)
            && self.binding_for(database, &service).is_none()
            && self.has_configuration_route(database, now);
        if called_for {
            self.ask(handle, (database, Kind::Binding, service.to_string()), now)
        } else {
            Ok(())
        }
    }

    /// Asks for a route to a conversation's target. An error: the conversation waits, for the answer or for a route.
    pub(crate) fn ask_for_route(
        &mut self,
        handle: ConversationHandle,
        now: Timestamp,
    ) -> Result<(), SqlError> {
        let Some(endpoint) = self.conversations.get(handle) else { return Ok(()) };
        let key = (endpoint.database, Kind::Route, endpoint.far_service.to_string());
        self.ask(handle, key, now)?;
        Err(sql_error!(9750))
    }

    /// One question at a time: 9770 while it is open; nothing while the answer holds; else a new question.
    fn ask(&mut self, handle: ConversationHandle, key: NoticeKey, now: Timestamp) -> Result<(), SqlError> {
        // After a clock was set back it may seem to begin later: no answer would ever be for it.
        let begun = self.conversations.get(handle).map_or(now, |endpoint| endpoint.begun.min(now));
        match self.notices.by_service.get(&key) {
            Some(Notice::Pending(_)) => return Err(sql_error!(9770)),
            Some(Notice::Answered { at, not_before }) if holds(key.1, *at, *not_before, begun, now) => {
                return Ok(());
            }
            Some(Notice::Answered { .. }) | None => {}
        }
        self.begin_question(key, now)?;
        Err(sql_error!(9770))
    }

    /// The configuration service ended the question: with an error, or not.
    pub(crate) fn question_answered(
        &mut self,
        conversation: ConversationHandle,
        error: Option<&str>,
        now: Timestamp,
    ) {
        let Some(key) = self.notices.by_conversation.remove(&conversation) else { return };
        if let Some(text) = error {
            let logged = sql_error!(9761, conversation, text);
            self.log(&logged);
        }
        let remembered = if error.is_some() { NEGATIVE_ANSWER } else { Duration::ZERO };
        let answer = Notice::Answered { at: now, not_before: now + remembered };
        self.set_notice(key, answer);
        self.reclassify(now);
    }

    /// A question's conversation is gone without an answer: the next conversation asks again.
    pub(crate) fn forget_question(&mut self, conversation: ConversationHandle) {
        let Some(key) = self.notices.by_conversation.remove(&conversation) else { return };
        self.notices.by_service.remove(&key);
        self.write_notices(key.0, key.2);
    }

    /// Writes the row of one service's questions; without any it goes.
    fn write_notices(&mut self, database: DatabaseId, name: String) {
        let row = row::encode(&self.notices, database, &name);
        let key = Key::Notice { database, name };
        match row {
            Some(row) => self.batch.put(key, row),
            None => self.batch.delete(key),
        }
    }

    /// Forgets the older half of the answers when there are too many: conversations from before ask again.
    fn bound_answers(&mut self) {
        if self.notices.by_service.len() <= ANSWERS {
            return;
        }
        let answer = |(key, notice): (&NoticeKey, &Notice)| match notice {
            Notice::Answered { at, .. } => Some((*at, key.clone())),
            Notice::Pending(_) => None,
        };
        let mut answers: Vec<_> = self.notices.by_service.iter().filter_map(answer).collect();
        answers.sort_unstable();
        answers.truncate(answers.len() / 2);
        for (_, key) in answers {
            self.notices.by_service.remove(&key);
            self.write_notices(key.0, key.2);
        }
    }

    pub(super) fn set_notice(&mut self, key: NoticeKey, notice: Notice) {
        if let Notice::Pending(conversation) = notice {
            self.notices.by_conversation.insert(conversation, key.clone());
        }
        let (database, _, name) = &key;
        let (database, name) = (*database, name.clone());
        self.notices.by_service.insert(key, notice);
        self.write_notices(database, name);
        self.bound_answers();
    }

    fn has_configuration_route(&self, database: DatabaseId, now: Timestamp) -> bool {
        self.catalog.databases.get(&database).is_some_and(|found| {
            found.routes.iter().any(|route| {
                route.remote_service_name.as_deref() == Some(BROKER_CONFIGURATION)
                    && route.expires.is_none_or(|expires| expires > now)
            })
        })
    }
}
