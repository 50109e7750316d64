//! The binary: one file per command.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod demo;
mod serve;
mod sql;

/// SQL Server Service Broker as a standalone server.
#[derive(Parser)]
#[command(name = "duologue", version, about)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::ServeArgs),
    Demo(demo::DemoArgs),
    /// Run T-SQL against a server, with sqlcmd's options and habits.
    Sql(sql::SqlArgs),
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match CommandLine::parse().command {
        Command::Serve(args) => serve::run(args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Sql(args) => sql::run(args).await,
    };
    outcome.unwrap_or_else(|error| {
        report(&error);
        ExitCode::FAILURE
    })
}

/// Errors with their causes, on one line.
#[allow(clippy::print_stderr)]
fn report(error: &anyhow::Error) {
    eprintln!("duologue: {error:#}");
}
