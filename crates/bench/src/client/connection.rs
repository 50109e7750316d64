//! Sessions are used again: a login costs the server as much as thousands of messages, on purpose.

use std::cell::RefCell;
use std::rc::Rc;

use super::wire::Wire;
use super::{Reply, Request, Target};

/// Sessions of a server that nobody uses now.
#[derive(Clone, Default)]
pub(crate) struct Pool(Rc<RefCell<Vec<Wire>>>);

/// A session; it goes back to its server's pool when it is dropped.
pub(crate) struct Connection {
    /// None only while it is dropped.
    wire: Option<Wire>,
    pool: Pool,
}

impl Connection {
    /// A session with `database` as the current one.
    pub(crate) async fn open(target: &Target, database: &str) -> anyhow::Result<Self> {
        let pooled = target.pool.0.borrow_mut().pop();
        let wire = match pooled {
            Some(mut wire) => {
                wire.reset(database).await?;
                wire
            }
            None => Wire::open(target, database).await?,
        };
        Ok(Self { wire: Some(wire), pool: target.pool.clone() })
    }

    /// Runs a batch of T-SQL.
    pub(crate) async fn batch(&mut self, text: &str) -> anyhow::Result<&Reply> {
        self.wire()?.batch(text).await
    }

    /// Runs a prepared call.
    pub(crate) async fn call(&mut self, request: &Request) -> anyhow::Result<&Reply> {
        self.wire()?.call(request).await
    }

    fn wire(&mut self) -> anyhow::Result<&mut Wire> {
        self.wire.as_mut().ok_or_else(|| anyhow::anyhow!("the connection is gone"))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // One that waits for an answer is closed instead, which ends what it waits for.
        let idle = self.wire.take().filter(Wire::is_idle);
        self.pool.0.borrow_mut().extend(idle);
    }
}

impl Pool {
    /// Sends all sessions to `master`, so that databases can be dropped.
    pub(crate) async fn leave_databases(&self) -> anyhow::Result<()> {
        let mut wires = std::mem::take(&mut *self.0.borrow_mut());
        for wire in &mut wires {
            wire.reset("master").await?;
        }
        self.0.borrow_mut().extend(wires);
        Ok(())
    }
}
