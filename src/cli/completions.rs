//! `logwright completions`.

use super::context::Context;
use super::failure::{DONE, Failure};
use clap_complete::{Shell, generate};

/// Print completions for a shell
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The shell, such as `logwright completions bash > ~/.local/share/bash-completion/completions/logwright`
    shell: Shell,
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments, mut command: clap::Command) -> Result<u8, Failure> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut command, "logwright", &mut script);
    context.terminal.verbatim(&script)?;
    Ok(DONE)
}
