//! Prints an event as its platform prints a crash: the platform's own words and order, so that
//! nothing is left that only the form of the event told.

use super::event::{Event, Exception, Frame};
use std::fmt::{Arguments, Write};

/// What stands in events for a name that was taken out of them.
const TAKEN_OUT: &str = "stripped_application_code";

/// The text of an event.
pub fn text(event: &Event) -> String {
    let mut out = String::new();
    if event.exceptions.is_empty() {
        return event.message.clone();
    }
    match event.platform.as_str() {
        "python" => python(&mut out, event),
        "javascript" | "node" => js(&mut out, event),
        "java" | "kotlin" | "groovy" => java(&mut out, event),
        "go" => go(&mut out, event),
        "csharp" | "dotnet" | "fsharp" => dotnet(&mut out, event),
        "ruby" => ruby(&mut out, event),
        "php" => php(&mut out, event),
        "rust" => rust(&mut out, event),
        "native" | "cocoa" | "c" | "cpp" | "objc" | "swift" => native(&mut out, event),
        _ => other(&mut out, event),
    }
    out
}

/// Writes a line; writing to a string cannot fail.
fn say(out: &mut String, line: Arguments<'_>) {
    let _ = out.write_fmt(line);
    out.push('\n');
}

/// What was seen, which is the last of a chain.
fn seen(event: &Event) -> Exception {
    event.exceptions.last().cloned().unwrap_or_default()
}

fn or<'a>(text: &'a str, other: &'a str) -> &'a str {
    if text.is_empty() { other } else { text }
}

/// The name and what it says.
fn message(exception: &Exception) -> String {
    match exception.value.as_str() {
        "" => exception.kind.clone(),
        value if exception.kind.is_empty() => value.to_owned(),
        value => format!("{}: {value}", exception.kind),
    }
}

/// The name with its package, unless it has one.
fn full(exception: &Exception) -> String {
    match (exception.module.as_str(), message(exception)) {
        ("", message) => message,
        // .NET has an assembly there, which is no part of the name.
        (module, message) if message.starts_with(module) || module.contains(',') => message,
        (module, message) => format!("{module}.{message}"),
    }
}

fn python(out: &mut String, event: &Event) {
    for (number, exception) in event.exceptions.iter().enumerate() {
        if number > 0 {
            say(out, format_args!("\nDuring handling of the above exception, another exception occurred:\n"));
        }
        if !exception.frames.is_empty() {
            say(out, format_args!("Traceback (most recent call last):"));
        }
        for Frame { function, file, module, line, .. } in &exception.frames {
            say(out, format_args!("  File \"{}\", line {line}, in {}", or(file, module), or(function, "<module>")));
        }
        say(out, format_args!("{}", message(exception)));
    }
}

fn js(out: &mut String, event: &Event) {
    let seen = seen(event);
    say(
        out,
        format_args!("Uncaught {}", message(&Exception { kind: or(&seen.kind, "Error").to_owned(), ..seen.clone() })),
    );
    for Frame { function, file, module, line, column, .. } in seen.frames.iter().rev() {
        let place = or(or(file, module), "<anonymous>");
        match function.as_str() {
            "" | "?" => say(out, format_args!("    at {place}:{line}:{column}")),
            function => say(out, format_args!("    at {function} ({place}:{line}:{column})")),
        }
    }
}

/// The outermost exception comes first, what it was caused by behind it.
fn java(out: &mut String, event: &Event) {
    for (number, exception) in event.exceptions.iter().rev().enumerate() {
        let start = if number == 0 { "Exception in thread \"main\" " } else { "Caused by: " };
        say(out, format_args!("{start}{}", full(exception)));
        for Frame { function, file, module, line, .. } in exception.frames.iter().rev() {
            if function == TAKEN_OUT {
                continue;
            }
            let name = if module.is_empty() { function.clone() } else { format!("{module}.{function}") };
            let file = or(file.rsplit(['/', '\\']).next().unwrap_or(file), "Unknown Source");
            if *line > 0 {
                say(out, format_args!("\tat {name}({file}:{line})"));
            } else {
                say(out, format_args!("\tat {name}({file})"));
            }
        }
    }
}

fn go(out: &mut String, event: &Event) {
    let seen = seen(event);
    say(out, format_args!("panic: {}\n\ngoroutine 1 [running]:", message(&seen)));
    for Frame { function, file, module, line, .. } in seen.frames.iter().rev() {
        match module.as_str() {
            "" => say(out, format_args!("{function}(...)")),
            module => say(out, format_args!("{module}.{function}(...)")),
        }
        say(out, format_args!("\t{}:{line} +0x0", or(file, "?")));
    }
}

fn dotnet(out: &mut String, event: &Event) {
    let mut causes = event.exceptions.iter().rev();
    say(out, format_args!("Unhandled exception. {}", causes.next().map(full).unwrap_or_default()));
    for cause in causes {
        say(out, format_args!(" ---> {}", full(cause)));
    }
    for (number, exception) in event.exceptions.iter().enumerate() {
        if number > 0 {
            say(out, format_args!("   --- End of inner exception stack trace ---"));
        }
        for Frame { function, file, module, line, .. } in exception.frames.iter().rev() {
            let name = if module.is_empty() || function.starts_with(module.as_str()) {
                function.clone()
            } else {
                format!("{module}.{function}")
            };
            let name = name.split('(').next().unwrap_or_default().trim().replace(' ', "");
            match file.as_str() {
                "" => say(out, format_args!("   at {name}()")),
                file => say(out, format_args!("   at {name}() in {file}:line {line}")),
            }
        }
    }
}

fn ruby(out: &mut String, event: &Event) {
    let seen = seen(event);
    for (number, Frame { function, file, line, .. }) in seen.frames.iter().rev().enumerate() {
        let (start, end) = match number {
            0 => ("", format!(": {} ({})", seen.value, seen.kind)),
            _ => ("\tfrom ", String::new()),
        };
        say(out, format_args!("{start}{file}:{line}:in '{}'{end}", or(function, "<main>")));
    }
    if seen.frames.is_empty() {
        say(out, format_args!("{} ({})", seen.value, seen.kind));
    }
}

/// A call stands where the frame outside of it is.
fn php(out: &mut String, event: &Event) {
    let seen = seen(event);
    let inner = seen.frames.last().cloned().unwrap_or_default();
    say(
        out,
        format_args!("PHP Fatal error:  Uncaught {} in {}:{}\nStack trace:", message(&seen), inner.file, inner.line),
    );
    let outside = seen.frames.iter().rev().skip(1).map(|outer| (outer.file.as_str(), outer.line));
    let places = outside.chain([("[internal function]", 0)]);
    for (number, (frame, (place, line))) in seen.frames.iter().rev().zip(places).enumerate() {
        let name = or(&frame.function, "{main}");
        say(out, format_args!("#{number} {place}({line}): {name}()"));
    }
}

fn rust(out: &mut String, event: &Event) {
    let seen = seen(event);
    say(out, format_args!("thread 'main' panicked at {}\nstack backtrace:", message(&seen)));
    for (number, Frame { function, file, line, .. }) in seen.frames.iter().rev().enumerate() {
        say(out, format_args!("{number:4}: {}\n             at {}:{line}", or(function, "<unknown>"), or(file, "?")));
    }
}

/// The reason as Breakpad tells it, the frames as sanitizers print them.
fn native(out: &mut String, event: &Event) {
    let seen = seen(event);
    say(out, format_args!("Crash reason: {}\n{}\nThread 0 (crashed)", or(&seen.kind, &seen.value), seen.value));
    for (number, frame) in seen.frames.iter().rev().enumerate() {
        let Frame { function, file, package, line, address, .. } = frame;
        let address = or(address, "0x0");
        let name = match function.as_str() {
            TAKEN_OUT => "<redacted>",
            "" => "",
            name => name,
        };
        let package = if package == TAKEN_OUT { "" } else { package.as_str() };
        let mut text = format!("    #{number} {address}");
        if !name.is_empty() {
            let _ = write!(text, " in {name}");
        }
        match (package, file.as_str()) {
            ("", "") => {}
            ("", file) if !name.is_empty() => {
                let _ = write!(text, " {file}:{line}:0");
            }
            ("", _) => {}
            (package, _) => {
                let _ = write!(text, " ({package}+0x0)");
            }
        }
        say(out, format_args!("{text}"));
    }
}

fn other(out: &mut String, event: &Event) {
    let seen = seen(event);
    say(out, format_args!("error: {}", message(&seen)));
    for Frame { function, file, line, .. } in seen.frames.iter().rev() {
        say(out, format_args!("  from {file}:{line}:in '{function}'"));
    }
}
