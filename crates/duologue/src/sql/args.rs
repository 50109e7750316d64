//! The command line of `duologue sql`: sqlcmd's letters.

use std::path::PathBuf;

use anyhow::{Context, bail};

/// Runs T-SQL against a server, from files, from the command line or from a prompt.
#[derive(clap::Args, Clone, Debug)]
#[command(disable_help_flag = true)]
pub(crate) struct SqlArgs {
    /// Server as HOST or HOST,PORT.
    #[arg(
        short = 'S',
        long = "server",
        env = "SQLCMDSERVER",
        default_value = "127.0.0.1,1433",
        value_name = "HOST,PORT"
    )]
    pub(super) server: String,
    /// Login name.
    #[arg(short = 'U', long = "user", env = "SQLCMDUSER", default_value = "sa", value_name = "LOGIN")]
    pub(super) user: String,
    /// Password.
    #[arg(
        short = 'P',
        long,
        env = "SQLCMDPASSWORD",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true
    )]
    pub(super) password: String,
    /// Database to start in; default: the login's.
    #[arg(short = 'd', long, value_name = "DATABASE")]
    pub(super) database: Option<String>,
    /// Script files, run in order; also separated by commas.
    #[arg(short = 'i', long = "input", value_name = "FILE", value_delimiter = ',', conflicts_with_all = ["query", "initial_query"])]
    pub(super) input: Vec<PathBuf>,
    /// Query to run before exiting.
    #[arg(short = 'Q', long, value_name = "QUERY", conflicts_with = "initial_query")]
    pub(super) query: Option<String>,
    /// Query to run before the prompt.
    #[arg(short = 'q', long, value_name = "QUERY")]
    pub(super) initial_query: Option<String>,
    /// Scripting variables, as $(Name) in scripts.
    #[arg(short = 'v', long = "variable", value_name = "NAME=VALUE", num_args = 1..)]
    pub(super) variables: Vec<String>,
    /// Stop at the first error, with exit code 1.
    #[arg(short = 'b', long)]
    pub(super) batch_abort: bool,
    /// Remove the blanks that fill columns.
    #[arg(short = 'W', long)]
    pub(super) trim: bool,
    /// Text between columns.
    #[arg(short = 's', long, default_value = " ", hide_default_value = true, value_name = "TEXT")]
    pub(super) separator: String,
    /// Rows between two headings: 0 for one heading, -1 for none.
    #[arg(short = 'h', long, default_value_t = 0, allow_hyphen_values = true, value_name = "ROWS")]
    pub(super) headers: i64,
    /// Characters shown of a column of a max type or xml; 0 for all.
    #[arg(short = 'y', long, default_value_t = 256, value_name = "CHARACTERS")]
    pub(super) variable_width: usize,
    /// Characters in an output line before it is wrapped; 0 for no wrapping.
    #[arg(short = 'w', long, default_value_t = 0, value_name = "CHARACTERS")]
    pub(super) width: usize,
    /// File for the output; default: standard output.
    #[arg(short = 'o', long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Trust the server's certificate unseen.
    #[arg(short = 'C', long)]
    pub(super) trust_certificate: bool,
    /// Seconds to wait for the connection; 0 to wait without end.
    #[arg(short = 'l', long, default_value_t = 8, value_name = "SECONDS")]
    pub(super) login_timeout: u64,
    /// Seconds to wait for a batch; 0 to wait without end.
    #[arg(short = 't', long, default_value_t = 0, value_name = "SECONDS")]
    pub(super) query_timeout: u64,
    /// Print help.
    #[arg(long, action = clap::ArgAction::Help)]
    help: Option<bool>,
}

const DEFAULT_PORT: u16 = 1433;

/// The host and port of `-S`.
pub(super) fn parse_server(server: &str) -> anyhow::Result<(String, u16)> {
    let address = server.strip_prefix("tcp:").unwrap_or(server);
    let (host, port) = match address.split_once(',') {
        Some((host, port)) => {
            (host, port.trim().parse().with_context(|| format!("'{port}' is not a port number"))?)
        }
        None => (address, DEFAULT_PORT),
    };
    if host.contains('\\') {
        bail!("named instances are not supported: write HOST,PORT");
    }
    let host = match host.trim() {
        "" | "." | "(local)" => "127.0.0.1",
        host => host,
    };
    Ok((host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        sql: SqlArgs,
    }

    fn parse(line: &str) -> SqlArgs {
        Command::try_parse_from(line.split(' ')).expect(line).sql
    }

    #[test]
    fn letters_of_sqlcmd() {
        let args = parse(
            "sql -S host,1500 -U me -P secret -d db -i a.sql,b.sql -i c.sql -v A=1 B=2 -b -W -s , -h -1 -o out.txt -C",
        );
        assert_eq!(args.input, ["a.sql", "b.sql", "c.sql"].map(PathBuf::from));
        assert_eq!(args.variables, ["A=1", "B=2"]);
        assert_eq!((args.headers, args.separator.as_str()), (-1, ","));
        assert!(args.batch_abort && args.trim && args.trust_certificate);
        assert!(Command::try_parse_from(["sql", "-Q", "x", "-i", "y"]).is_err());
    }

    #[test]
    fn servers() {
        for (text, host, port) in [
            ("host", "host", 1433),
            ("host,1500", "host", 1500),
            ("tcp:host,1500", "host", 1500),
            ("::1,1500", "::1", 1500),
            (".", "127.0.0.1", 1433),
            ("(local),99", "127.0.0.1", 99),
        ] {
            assert_eq!(parse_server(text).expect(text), (host.to_owned(), port));
        }
        assert!(parse_server("host,x").is_err());
        assert!(parse_server(r"host\instance").is_err());
    }
}
