//! Permission rows, of a database and of the server alike.

use duologue_messages::{SqlError, sql_error};
use duologue_types::{LoginId, PrincipalId};

use super::GrantVerb;
use crate::ddl::context::DdlContext;
use crate::objects::{GrantState, Permission as PermissionRow, SecurableClass, ServerPermission};
use crate::permissions::{Permission, Securable};

/// Where the rows are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Database,
    Server,
}

impl Scope {
    pub(super) fn of(securable: Securable) -> Self {
        if securable.is_server_scoped() { Self::Server } else { Self::Database }
    }
}

/// What a row is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct PermissionKey {
    pub(super) class: SecurableClass,
    pub(super) major_id: i32,
    pub(super) permission: Permission,
}

/// A row; `id` 0 is not stored yet.
#[derive(Clone, PartialEq)]
struct Row {
    id: i32,
    class: SecurableClass,
    major_id: i32,
    permission: String,
    state: GrantState,
    grantee: i32,
    grantor: i32,
}

impl Row {
    fn is(&self, key: PermissionKey) -> bool {
        self.class == key.class && self.major_id == key.major_id && self.permission == key.permission.name()
    }
}

/// The rows of a scope as a statement changes them; nothing is written before the whole statement is checked.
pub(super) struct Changes {
    scope: Scope,
    rows: Vec<Row>,
    before: Vec<Row>,
}

impl Changes {
    pub(super) fn new(cx: &DdlContext<'_>, scope: Scope) -> Self {
        let rows = match scope {
            Scope::Server => cx.catalog().server.permissions.iter().map(|row| from_server(row)).collect(),
            Scope::Database => cx
                .db()
                .map(|database| database.permissions.iter().map(|row| from_database(row)).collect())
                .unwrap_or_default(),
        };
        let rows: Vec<Row> = rows;
        Self { scope, before: rows.clone(), rows }
    }

    pub(super) fn apply(
        &mut self,
        verb: GrantVerb,
        key: PermissionKey,
        grantee: i32,
        grantor: i32,
    ) -> Result<(), SqlError> {
        match verb {
            GrantVerb::Grant { with_grant_option } => self.grant(key, grantee, grantor, with_grant_option),
            GrantVerb::Deny { cascade } => {
                self.check_cascade(key, grantee, cascade)?;
                for dependent in self.dependents(key, grantee) {
                    self.set_denied(key, dependent, grantor);
                }
                self.set_denied(key, grantee, grantor);
            }
            GrantVerb::Revoke { grant_option_for, cascade } => {
                self.check_cascade(key, grantee, cascade)?;
                for dependent in self.dependents(key, grantee) {
                    self.rows.retain(|row| !(row.is(key) && row.grantee == dependent));
                }
                if grant_option_for {
                    self.take_grant_option(key, grantee);
                } else {
                    self.rows.retain(|row| !(row.is(key) && row.grantee == grantee));
                }
            }
        }
        Ok(())
    }

    fn grant(&mut self, key: PermissionKey, grantee: i32, grantor: i32, with_grant_option: bool) {
        self.rows.retain(|row| !(row.is(key) && row.grantee == grantee && row.state == GrantState::Deny));
        let state = if with_grant_option { GrantState::GrantWithGrantOption } else { GrantState::Grant };
        let same = |row: &&mut Row| row.is(key) && row.grantee == grantee && row.grantor == grantor;
        match self.rows.iter_mut().find(same) {
            // A plain GRANT does not take the grant option away.
            Some(row) if with_grant_option => row.state = state,
            Some(_) => {}
            None => self.add(key, state, grantee, grantor),
        }
    }

    fn set_denied(&mut self, key: PermissionKey, grantee: i32, grantor: i32) {
        self.rows.retain(|row| !(row.is(key) && row.grantee == grantee));
        self.add(key, GrantState::Deny, grantee, grantor);
    }

    fn take_grant_option(&mut self, key: PermissionKey, grantee: i32) {
        for row in self.rows.iter_mut().filter(|row| row.is(key) && row.grantee == grantee) {
            if row.state == GrantState::GrantWithGrantOption {
                row.state = GrantState::Grant;
            }
        }
    }

    fn add(&mut self, key: PermissionKey, state: GrantState, grantee: i32, grantor: i32) {
        let PermissionKey { class, major_id, permission } = key;
        self.rows.push(Row {
            id: 0,
            class,
            major_id,
            permission: permission.name().into(),
            state,
            grantee,
            grantor,
        });
    }

    /// What was granted WITH GRANT OPTION is only taken away with CASCADE (4611).
    fn check_cascade(&self, key: PermissionKey, grantee: i32, cascade: bool) -> Result<(), SqlError> {
        let mut rows = self.rows.iter().filter(|row| row.is(key) && row.grantee == grantee);
        let is_grantable = rows.any(|row| row.state == GrantState::GrantWithGrantOption);
        if is_grantable && !cascade { Err(sql_error!(4611)) } else { Ok(()) }
    }

    /// Everybody to whom `grantee` passed the permission on, directly and through others.
    fn dependents(&self, key: PermissionKey, grantee: i32) -> Vec<i32> {
        let mut found = vec![grantee];
        let mut next = 0;
        while let Some(&grantor) = found.get(next) {
            let passed_on = self.rows.iter().filter(|row| row.is(key) && row.grantor == grantor);
            for row in passed_on.filter(|row| row.state != GrantState::Deny) {
                if !found.contains(&row.grantee) {
                    found.push(row.grantee);
                }
            }
            next += 1;
        }
        found.split_off(1)
    }

    pub(super) fn write(self, cx: &mut DdlContext<'_>) {
        let is_kept = |id: i32| self.rows.iter().any(|row| row.id == id);
        for gone in self.before.iter().filter(|row| !is_kept(row.id)) {
            match self.scope {
                Scope::Server => drop(cx.draft.remove::<ServerPermission>(cx.database, gone.id)),
                Scope::Database => drop(cx.draft.remove::<PermissionRow>(cx.database, gone.id)),
            }
        }
        let mut next_id = self.before.iter().map(|row| row.id).max().unwrap_or_default();
        for mut row in self.rows.into_iter().filter(|row| !self.before.contains(row)) {
            if row.id == 0 {
                next_id += 1;
                row.id = next_id;
            }
            match self.scope {
                Scope::Server => cx.draft.put(cx.database, to_server(row)),
                Scope::Database => cx.draft.put(cx.database, to_database(row)),
            }
        }
    }
}

fn from_server(row: &ServerPermission) -> Row {
    let ServerPermission { id, class, major_id, permission, state, grantee, grantor } = row.clone();
    Row { id, class, major_id, permission, state, grantee: grantee.0, grantor: grantor.0 }
}

fn from_database(row: &PermissionRow) -> Row {
    let PermissionRow { id, class, major_id, permission, state, grantee, grantor } = row.clone();
    Row { id, class, major_id, permission, state, grantee: grantee.0, grantor: grantor.0 }
}

fn to_server(row: Row) -> ServerPermission {
    let Row { id, class, major_id, permission, state, grantee, grantor } = row;
    ServerPermission {
        id,
        class,
        major_id,
        permission,
        state,
        grantee: LoginId(grantee),
        grantor: LoginId(grantor),
    }
}

fn to_database(row: Row) -> PermissionRow {
    let Row { id, class, major_id, permission, state, grantee, grantor } = row;
    let (grantee, grantor) = (PrincipalId(grantee), PrincipalId(grantor));
    PermissionRow { id, class, major_id, permission, state, grantee, grantor }
}
