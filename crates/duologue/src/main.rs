//! The binary: one file per command.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod demo;
mod serve;
mod sql;
mod store;

/// Messages are made on one thread and freed on another all the time, which this allocator is good at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
    Bench(duologue_bench::BenchArgs),
    /// Run T-SQL against a server, with sqlcmd's options and habits.
    Sql(sql::SqlArgs),
    Store(store::StoreArgs),
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match CommandLine::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    let outcome = match arguments.command {
        Command::Serve(args) => serve::run(args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Bench(args) => duologue_bench::run(args).await,
        Command::Sql(args) => sql::run(args).await,
        Command::Store(args) => store::run(&args),
    };
    outcome.unwrap_or_else(|error| {
        report(&error);
        ExitCode::FAILURE
    })
}

/// Help that was asked for is a success; clap's own code for mistakes is `serve`'s for the data directory.
fn usage(error: &clap::Error) -> ExitCode {
    // Without a terminal there is nobody to tell.
    let _ = error.print();
    if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Errors with their causes, on one line.
#[allow(clippy::print_stderr)]
fn report(error: &anyhow::Error) {
    eprintln!("duologue: {error:#}");
}
