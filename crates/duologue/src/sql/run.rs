//! Reading, running, showing.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};

use super::args::{SqlArgs, parse_server};
use super::client::{Client, Event, LoginError, Message, Target};
use super::layout::{Format, Layout};
use super::output::Output;
use super::prompt::{Input, Lines, read_script};
use super::script::{Command, Script, ScriptError};
use super::variables::Variables;

/// Runs the command. The exit code is 0, or 1 after an error that ends the run, or what `:exit(query)` says.
///
/// # Errors
/// No connection, a file that can't be read or written, a script that can't be obeyed: the caller shows it and
/// exits with 1.
pub(crate) async fn run(args: SqlArgs) -> anyhow::Result<ExitCode> {
    let variables = Variables::from_arguments(&args.variables)?;
    let mut output = Output::open(args.output.as_deref())?;
    let client = match connect(&args).await {
        Ok(client) => client,
        Err(LoginError::Failed(error)) => return Err(error),
        Err(LoginError::Refused(messages)) => {
            show_messages(&mut output, &messages)?;
            return Ok(ExitCode::FAILURE);
        }
    };
    let timeout = (args.query_timeout > 0).then(|| Duration::from_secs(args.query_timeout));
    let format = format(&args);
    let mut runner = Runner {
        client,
        variables,
        output,
        format,
        stop_on_error: args.batch_abort,
        timeout,
        first_value: None,
    };
    let exit = runner.run_all(&args).await;
    runner.output.flush()?;
    Ok(ExitCode::from(exit?.unwrap_or(0)))
}

fn format(args: &SqlArgs) -> Format {
    Format {
        separator: args.separator.clone(),
        headers: args.headers,
        trim: args.trim,
        variable_width: args.variable_width,
        line_width: args.width,
    }
}

async fn connect(args: &SqlArgs) -> Result<Client, LoginError> {
    let (host, port) = parse_server(&args.server)?;
    let target = Target {
        host,
        port,
        user: args.user.clone(),
        password: args.password.clone(),
        database: args.database.clone(),
        trust_certificate: args.trust_certificate,
    };
    let connecting = Client::connect(&target);
    if args.login_timeout == 0 {
        return connecting.await;
    }
    let limit = Duration::from_secs(args.login_timeout);
    let in_time = tokio::time::timeout(limit, connecting).await;
    in_time
        .unwrap_or_else(|_| Err(anyhow::anyhow!("no connection to {} within {limit:?}", args.server).into()))
}

/// The exit code, once something has decided it.
type Exit = Option<u8>;

/// How a batch ended.
#[derive(Debug, Default)]
struct Outcome {
    /// A message above severity 10 came, or time ran out.
    has_error: bool,
    /// A message with state 127 ends the run and its number is the exit code.
    exit: Exit,
    /// Ctrl-C.
    was_cancelled: bool,
}

struct Runner {
    client: Client,
    variables: Variables,
    output: Output,
    format: Format,
    stop_on_error: bool,
    timeout: Option<Duration>,
    /// First value of the last result, for `:exit(query)`.
    first_value: Option<String>,
}

impl Runner {
    async fn run_all(&mut self, args: &SqlArgs) -> anyhow::Result<Exit> {
        for path in &args.input {
            let exit = self.run_lines(Lines::of_text(&read_script(path)?)).await;
            if let Some(code) = exit.with_context(|| format!("in '{}'", path.display()))? {
                return Ok(Some(code));
            }
        }
        match &args.query {
            Some(query) => self.run_lines(Lines::of_text(query)).await,
            None if args.input.is_empty() => {
                self.run_lines(Lines::of_standard_input(args.initial_query.as_deref())?).await
            }
            None => Ok(None),
        }
    }

    /// Obeys line after line; what is left at the end is run, unless a person typed it.
    async fn run_lines(&mut self, mut lines: Lines) -> anyhow::Result<Exit> {
        let mut script = Script::default();
        loop {
            self.output.flush()?;
            let line = match lines.next(script.next_line())? {
                Input::Line(line) => line,
                Input::Interrupted => {
                    script = Script::default();
                    continue;
                }
                Input::End if lines.is_interactive() => return Ok(None),
                Input::End => return self.run_batch(script.take(), 1, &lines).await,
            };
            let exit = match script.line(&line, &self.variables) {
                Ok(None) => None,
                Ok(Some(command)) => self.obey(command, &mut script, &mut lines).await?,
                Err(error) if lines.is_interactive() => {
                    self.refuse(&error)?;
                    script = Script::default();
                    None
                }
                Err(error) => bail!(error),
            };
            if exit.is_some() {
                return Ok(exit);
            }
        }
    }

    fn refuse(&mut self, error: &ScriptError) -> anyhow::Result<()> {
        self.output.line(&error.to_string())
    }

    async fn obey(
        &mut self,
        command: Command,
        script: &mut Script,
        lines: &mut Lines,
    ) -> anyhow::Result<Exit> {
        match command {
            Command::Go(count) => return self.run_batch(script.take(), count, lines).await,
            Command::Include(path) => lines.include(path.as_ref())?,
            Command::Set(name, value) => {
                self.set_format(&name, value.as_deref())?;
                self.variables.set(&name, value);
            }
            Command::ListVariables => {
                for (name, value) in self.variables.list() {
                    self.output.line(&format!("{name} = \"{value}\""))?;
                }
            }
            Command::OnError(stop) => self.stop_on_error = stop,
            Command::Reset => drop(script.take()),
            Command::List => self.output.line(script.text().trim_end())?,
            Command::Quit => return Ok(Some(0)),
            Command::ExitWith(query) => return self.exit_with(script.take(), query, lines).await,
        }
        Ok(None)
    }

    /// Variables that are options: what `-s`, `-h`, `-y` and `-w` set at the start.
    fn set_format(&mut self, name: &str, value: Option<&str>) -> anyhow::Result<()> {
        let value = value.unwrap_or_default();
        let not_a_number = || format!(":setvar {name}: '{value}' is not a number");
        match name.to_ascii_uppercase().as_str() {
            "SQLCMDCOLSEP" => self.format.separator = value.to_owned(),
            "SQLCMDHEADERS" => self.format.headers = value.parse().with_context(not_a_number)?,
            "SQLCMDMAXVARTYPEWIDTH" => {
                self.format.variable_width = value.parse().with_context(not_a_number)?
            }
            "SQLCMDCOLWIDTH" => self.format.line_width = value.parse().with_context(not_a_number)?,
            _ => {}
        }
        Ok(())
    }

    async fn exit_with(
        &mut self,
        batch: Option<String>,
        query: String,
        lines: &Lines,
    ) -> anyhow::Result<Exit> {
        if let Some(code) = self.run_batch(batch, 1, lines).await? {
            return Ok(Some(code));
        }
        if query.is_empty() {
            return Ok(Some(0));
        }
        self.first_value = None;
        if let Some(code) = self.run_batch(Some(query), 1, lines).await? {
            return Ok(Some(code));
        }
        Ok(Some(exit_code(self.first_value.as_deref())))
    }

    async fn run_batch(&mut self, batch: Option<String>, count: u32, lines: &Lines) -> anyhow::Result<Exit> {
        let Some(batch) = batch else { return Ok(None) };
        for _ in 0..count {
            self.client.run(&batch).await?;
            let outcome = self.show_reply().await?;
            if outcome.exit.is_some() {
                return Ok(outcome.exit);
            }
            if (outcome.has_error && self.stop_on_error) || (outcome.was_cancelled && !lines.is_interactive())
            {
                return Ok(Some(1));
            }
        }
        Ok(None)
    }

    async fn show_reply(&mut self) -> anyhow::Result<Outcome> {
        let format = self.format.clone();
        let mut layout = Layout::new(&format, Vec::new());
        let mut outcome = Outcome::default();
        let deadline = self.timeout.map(|timeout| tokio::time::Instant::now() + timeout);
        loop {
            let Some(event) = self.next_event(deadline, &mut outcome).await? else { return Ok(outcome) };
            match event {
                Event::Columns(columns) => {
                    layout = Layout::new(&format, columns);
                    self.first_value = None;
                    self.lines(&layout.begin())?;
                }
                Event::Row(values) => {
                    if self.first_value.is_none() {
                        self.first_value = values.first().cloned().flatten();
                    }
                    self.lines(&layout.row(&values))?;
                }
                Event::Message(message) => self.message(&message, &mut outcome)?,
                Event::Done(Some(count)) => {
                    self.lines(&[String::new(), format!("({count} rows affected)")])?;
                }
                Event::Done(None) | Event::Session(_) | Event::Cancelled => {}
            }
        }
    }

    /// The next event; at Ctrl-C or the deadline the batch is interrupted and there is none.
    async fn next_event(
        &mut self,
        deadline: Option<tokio::time::Instant>,
        outcome: &mut Outcome,
    ) -> anyhow::Result<Option<Event>> {
        let deadline = async {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            event = self.client.next() => return event,
            _ = tokio::signal::ctrl_c() => outcome.was_cancelled = true,
            () = deadline => {
                outcome.has_error = true;
                self.output.line("Timeout expired.")?;
            }
        }
        self.client.cancel().await?;
        Ok(None)
    }

    fn message(&mut self, message: &Message, outcome: &mut Outcome) -> anyhow::Result<()> {
        outcome.has_error |= message.severity > 10;
        if message.state == 127 {
            outcome.exit = Some(message.number.to_le_bytes()[0]);
        }
        show_messages(&mut self.output, std::slice::from_ref(message))?;
        // PRINT and RAISERROR … WITH NOWAIT are progress: they are seen while the batch runs.
        self.output.flush()
    }

    fn lines(&mut self, lines: &[String]) -> anyhow::Result<()> {
        lines.iter().try_for_each(|line| self.output.line(line))
    }
}

/// Errors with their numbers; what PRINT says as it is.
fn show_messages(output: &mut Output, messages: &[Message]) -> anyhow::Result<()> {
    for message in messages {
        if message.severity > 0 {
            let Message { number, severity, state, server, procedure, line, .. } = message;
            let procedure =
                if procedure.is_empty() { String::new() } else { format!("Procedure {procedure}, ") };
            let place = format!("Server {server}, {procedure}Line {line}");
            output.line(&format!("Msg {number}, Level {severity}, State {state}, {place}"))?;
        }
        output.line(&message.text)?;
    }
    Ok(())
}

/// The exit code for the value of `:exit(query)`: its low byte; as sqlcmd, −101 for no value, −102 for no number.
fn exit_code(value: Option<&str>) -> u8 {
    let number = match value {
        None => -101_i64,
        Some(text) => text.trim().parse().unwrap_or(-102),
    };
    number.to_le_bytes()[0]
}
