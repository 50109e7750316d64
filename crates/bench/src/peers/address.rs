//! Where a system is: `postgres=host:port,user,password[,database]` or `redis=host:port[,password]`.

use std::str::FromStr;

use super::Kind;

/// A system's address and how to log in.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PeerAddress {
    pub(crate) kind: Kind,
    /// `host:port`.
    pub(crate) address: String,
    pub(crate) user: String,
    pub(crate) password: String,
    pub(crate) database: String,
}

impl FromStr for PeerAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "postgres=host:port,user,password[,database] or redis=host:port[,password]".to_owned();
        let (kind, rest) = text.split_once('=').ok_or_else(wrong)?;
        let mut fields = rest.split(',');
        let address = fields.next().filter(|address| address.contains(':')).ok_or_else(wrong)?;
        let mut next = || fields.next().unwrap_or_default().to_owned();
        let (kind, user) = match kind {
            "postgres" => (Kind::Postgres, next()),
            "redis" => (Kind::Redis, String::new()),
            _ => return Err(wrong()),
        };
        if kind == Kind::Postgres && user.is_empty() {
            return Err(wrong());
        }
        let password = next();
        let database = Some(next()).filter(|name| !name.is_empty()).unwrap_or_else(|| "postgres".to_owned());
        Ok(Self { kind, address: address.to_owned(), user, password, database })
    }
}

/// Without the password.
impl std::fmt::Debug for PeerAddress {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} at {}", self.kind.name(), self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let postgres: PeerAddress = "postgres=h:5432,u,p".parse().expect("an address");
        assert_eq!(
            (postgres.user.as_str(), postgres.password.as_str(), postgres.database.as_str()),
            ("u", "p", "postgres")
        );
        let redis: PeerAddress = "redis=h:6379,p".parse().expect("an address");
        assert_eq!((redis.kind, redis.password.as_str()), (Kind::Redis, "p"));
        for wrong in ["postgres=h:1", "mysql=h:1,u", "redis=h", "h:1"] {
            assert!(wrong.parse::<PeerAddress>().is_err(), "{wrong}");
        }
    }
}
