//! `logwright retain schedule`.

use super::super::context::Context;
use super::super::failure::{DONE, Failure};
use crate::store::DurableHand;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Print what runs `ingest`, and so retention, every day; with --install, set it up
///
/// Where systemd runs services of a user it is a timer of theirs, elsewhere a line for
/// cron. Nothing is changed without --install, and cron never.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Arguments {
    /// Write the timer into your systemd folder and start it
    #[arg(long)]
    install: bool,
    /// Print the line for cron, wherever this runs
    #[arg(long, conflicts_with = "install")]
    cron: bool,
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    let program = env::current_exe()?;
    let root = context.house.root().to_owned();
    if arguments.cron || !(has_systemd() || arguments.install) {
        context.terminal.verbatim(cron_line(&program, &root).as_bytes())?;
        context.terminal.hint("`crontab -e` takes this line");
        return Ok(DONE);
    }
    let units = [("logwright.service", service(&program, &root)), ("logwright.timer", TIMER.to_owned())];
    if !arguments.install {
        for (name, text) in &units {
            context.terminal.verbatim(format!("# {name}\n{text}\n").as_bytes())?;
        }
        context.terminal.hint("`logwright retain schedule --install` sets this timer up");
        return Ok(DONE);
    }
    if !has_systemd() {
        return Err(Failure::usage("systemd runs no services of yours here")
            .hint("`logwright retain schedule --cron` prints a line for cron"));
    }
    let folder = unit_folder()?;
    DurableHand::new(context.disk).create_folders(std::slice::from_ref(&folder))?;
    for (name, text) in &units {
        let path = folder.join(name);
        let write = context.disk.replace(&path, text.as_bytes());
        write.map_err(|error| Failure::io(error, format!("cannot write {}", path.display())))?;
        context.terminal.note(&format!("wrote {}", path.display()));
    }
    for arguments in [&["daemon-reload"][..], &["enable", "--now", "logwright.timer"]] {
        systemctl(arguments)?;
    }
    context.terminal.note("the timer is started; `systemctl --user list-timers` shows when it runs next");
    Ok(DONE)
}

/// Whether systemd runs services of this user.
fn has_systemd() -> bool {
    let runtime = env::var_os("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty());
    runtime.is_some_and(|folder| Path::new(&folder).join("systemd").is_dir())
}

fn unit_folder() -> Result<PathBuf, Failure> {
    let config = env::var_os("XDG_CONFIG_HOME").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let config = match config {
        Some(config) => config,
        None => {
            let home = etcetera::home_dir().map_err(|error| Failure::usage(error).hint("set HOME"))?;
            home.join(".config")
        }
    };
    Ok(config.join("systemd/user"))
}

fn systemctl(arguments: &[&str]) -> Result<(), Failure> {
    let said = || format!("systemctl --user {}", arguments.join(" "));
    let done = Command::new("systemctl").arg("--user").args(arguments).stdout(Stdio::null()).output();
    let done = done.map_err(|error| Failure::io(error, format!("cannot run {}", said())))?;
    if done.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&done.stderr).trim().to_owned();
    Err(Failure::usage(format!("{} failed: {why}", said())).hint("the units are written; start the timer yourself"))
}

const TIMER: &str = "\
[Unit]
Description=Keep the logs of coding agents, once a day

[Timer]
OnCalendar=daily
RandomizedDelaySec=1h
Persistent=true

[Install]
WantedBy=timers.target
";

fn service(program: &Path, root: &Path) -> String {
    format!(
        "[Unit]\nDescription=Keep the logs of coding agents\n\n[Service]\nType=oneshot\nNice=10\nIOSchedulingClass=idle\n\
         ExecStart={} --root {} ingest --yes\n",
        unit_word(program),
        unit_word(root)
    )
}

/// A path as a word of a unit: quoted, and without anything that systemd would fill in.
fn unit_word(path: &Path) -> String {
    let mut word = String::from("\"");
    for character in path.to_string_lossy().chars() {
        match character {
            '"' | '\\' => word.extend(['\\', character]),
            '%' => word.push_str("%%"),
            '$' => word.push_str("$$"),
            control if control.is_control() => word.push_str(&format!("\\x{:02x}", u32::from(control))),
            other => word.push(other),
        }
    }
    word + "\""
}

fn cron_line(program: &Path, root: &Path) -> String {
    format!("17 3 * * * {} --root {} ingest --yes\n", cron_word(program), cron_word(root))
}

/// A path as a word of a shell in a line of cron, where `%` would end the line.
fn cron_word(path: &Path) -> String {
    let text = path.to_string_lossy();
    format!("'{}'", text.replace('\'', "'\\''").replace('%', "\\%"))
}

#[cfg(test)]
mod tests {
    use super::{cron_line, service};
    use std::path::Path;

    #[test]
    fn odd_paths_are_quoted() {
        let (program, root) = (Path::new("/opt/a b/logwright"), Path::new("/h/it's 100% $mine\"\n"));
        assert_eq!(
            cron_line(program, Path::new("/h/it's 100%")),
            "17 3 * * * '/opt/a b/logwright' --root '/h/it'\\''s 100\\%' ingest --yes\n"
        );
        let unit = service(program, root);
        let start = unit.lines().last().unwrap();
        assert_eq!(start, r#"ExecStart="/opt/a b/logwright" --root "/h/it's 100%% $$mine\"\x0a" ingest --yes"#);
    }
}
