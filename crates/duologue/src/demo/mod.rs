//! `duologue demo`: the main job in one command. Two servers in this process, the five steps that let one send event
//! notifications to the other, encrypted from end to end, and the events that arrive.

mod pair;
mod script;
mod steps;

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use duologue_server::LogFormat;

use crate::serve::{Stop, say, start_log};
use pair::{Client, Pair, Side};
use script::{Variables, batches, readable};
use steps::{EVENT, RECEIVE, STEPS, Step};

/// The servers' own words would drown the demo's.
const LOG_FILTER: &str = "error";
/// One event more, whose notification is shown as it is.
const LAST_EVENT: &str = "DROP TABLE dbo.t1";
const RECEIVE_LAST: &str = "WAITFOR (RECEIVE TOP (1) CAST(message_body AS nvarchar(max)) AS body \
                            FROM Audit.AuditQueue), TIMEOUT 60000";

/// Set up two servers, send event notifications from one to the other, and show them.
#[derive(Args)]
pub(crate) struct DemoArgs {
    /// End when everything was shown, instead of keeping the servers up
    #[arg(long)]
    exit: bool,
}

pub(crate) async fn run(args: DemoArgs) -> anyhow::Result<ExitCode> {
    start_log(LogFormat::Text, LOG_FILTER);
    let mut stop = Stop::new()?;
    let pair = Pair::start().await?;
    let outcome = tokio::select! {
        shown = show(&pair) => shown.map(|()| true),
        () = stop.requested() => Ok(false),
    };
    if matches!(outcome, Ok(true)) {
        farewell(&pair, args.exit)?;
        if !args.exit {
            stop.requested().await;
        }
    }
    pair.stop().await;
    outcome.map(|_| ExitCode::SUCCESS)
}

async fn show(pair: &Pair) -> anyhow::Result<()> {
    say("Two servers have been started in a temporary folder: source and target.")?;
    let mut variables = pair.variables();
    for (title, steps) in STEPS {
        say(&format!("\n{title}"))?;
        for step in *steps {
            let identifier = run_step(pair, step, &variables).await?;
            if let (Some(name), Some(identifier)) = (step.identifies, identifier) {
                variables.set(name, identifier);
            }
        }
    }
    say("\nEvents on the source")?;
    run_step(pair, &EVENT, &variables).await?;
    say("\nWhat arrives at the target")?;
    receive(pair, &variables).await?;
    show_body(pair).await
}

/// Runs a script and tells each statement; the last identifier that it selects is returned.
async fn run_step(pair: &Pair, step: &Step, variables: &Variables) -> anyhow::Result<Option<String>> {
    let mut client = pair.connect(step.side, step.login).await?;
    let mut identifier = None;
    for batch in batches(step.script, variables) {
        for statement in readable(&batch) {
            say(&format!("  {:<6}  {:<13}  {statement}", step.side.name(), step.login.user()))?;
        }
        let results = client.run(&batch).await.with_context(|| format!("on the {}", step.side.name()))?;
        identifier = results.iter().flatten().flat_map(|row| row.identifier()).last().or(identifier);
    }
    Ok(identifier)
}

async fn receive(pair: &Pair, variables: &Variables) -> anyhow::Result<()> {
    let mut client = pair.connect(RECEIVE.side, RECEIVE.login).await?;
    let mut received = 0;
    for batch in batches(RECEIVE.script, variables) {
        for row in client.run(&batch).await.context("on the target")?.iter().flatten() {
            received += 1;
            say(&format!("  notification {received}"))?;
            for (name, text) in row.fields() {
                say(&format!("    {name:<22}{text}"))?;
            }
        }
    }
    if received < 2 {
        bail!("{received} of 2 notifications arrived within a minute");
    }
    Ok(())
}

/// The notification of one more event, as the target's queue holds it.
async fn show_body(pair: &Pair) -> anyhow::Result<()> {
    say(&format!("\n{LAST_EVENT} on the source arrives as"))?;
    let sa = steps::Login::Sa;
    let mut source = pair.connect(Side::Source, sa).await?;
    source.run("USE EN_Source").await?;
    source.run(LAST_EVENT).await.context("on the source")?;
    let mut target: Client = pair.connect(Side::Target, sa).await?;
    target.run("USE EN_Target").await?;
    let results = target.run(RECEIVE_LAST).await.context("on the target")?;
    let body = results.iter().flatten().flat_map(|row| row.fields()).map(|(_, text)| text).next();
    // An xml value begins with a byte order mark when it becomes a message.
    let body = body.context("no notification of it arrived within a minute")?.trim_start_matches('\u{feff}');
    say(&format!("  {body}"))
}

fn farewell(pair: &Pair, exits: bool) -> anyhow::Result<()> {
    if exits {
        return Ok(());
    }
    say("\nBoth servers stay up until Ctrl-C. From another terminal:")?;
    for side in [Side::Source, Side::Target] {
        let (address, password) = pair.access(side);
        let (host, port) = (address.ip(), address.port());
        say(&format!("  {:<6}  duologue sql -S {host},{port} -U sa -P '{password}'", side.name()))?;
    }
    Ok(())
}
