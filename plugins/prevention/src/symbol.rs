//! Names of functions, files and libraries, without what changes from one build, machine or
//! compiler to the next: parameters, template arguments, numbers of closures, versions.

/// Endings that compilers and linkers put behind a function's name.
const CLONES: [&str; 12] = [
    ".cold",
    ".isra",
    ".constprop",
    ".part",
    ".llvm.",
    ".resume",
    ".destroy",
    "$VARIANT$",
    "@plt",
    "@@",
    " [clone",
    "[abi:",
];

/// Names of namespaces without a name.
const ANONYMOUS: [&str; 6] = [
    "(anonymous namespace)",
    "`anonymous namespace'",
    "`anonymous-namespace'",
    "{anonymous}",
    "_GLOBAL__N_1",
    "(anonymous)",
];

/// Namespaces that a version of a standard library puts in between.
const INLINE: [&str; 4] = ["__1", "__cxx11", "__ndk1", "__debug"];

/// Cleans the name of a compiled function: C, C++, Objective-C, Swift, Rust.
pub fn compiled(name: &str) -> String {
    let mut name = name.trim();
    if let Some(message) = objective(name) {
        return message.to_owned();
    }
    if name.contains(['.', '$', '@', '[']) {
        for clone in CLONES {
            name = name.split_once(clone).map_or(name, |(before, _)| before);
        }
    }
    for start in ["protocol witness for ", "merged ", "specialized ", "generic specialization "] {
        name = name.strip_prefix(start).unwrap_or(name);
    }
    name = name.split_once(" in conformance ").map_or(name, |(before, _)| before);
    // Swift says `closure #1 in Foo.bar()`.
    if name.starts_with("closure #") || name.starts_with("implicit closure #") {
        name = name.rsplit_once(" in ").map_or(name, |(_, outer)| outer);
    }
    name = block(name);
    let mut plain = name.to_owned();
    if plain.contains("anonymous") || plain.contains("_GLOBAL_") {
        for word in ANONYMOUS {
            plain = plain.replace(word, "");
        }
    }
    let bare = without_arguments(&of_trait(&plain));
    let bare = bare.trim();
    // A return type stands before the name; `operator new` and `operator bool` are names.
    let start = bare.find("operator ").map_or(bare.len(), |at| at);
    let (head, operator) = bare.split_at_checked(start).unwrap_or((bare, ""));
    let last = head.trim_end_matches([' ', '*', '&']).rsplit(' ').next().unwrap_or_default();
    let last = if operator.is_empty() { last } else { head.rsplit(' ').next().unwrap_or_default() };
    let whole = format!("{last}{operator}");
    let parts = whole.split("::").filter(|part| !part.is_empty() && !is_numbered(part));
    parts.collect::<Vec<_>>().join("::")
}

/// Whether a part of a name was given by a compiler.
fn is_numbered(part: &str) -> bool {
    let is_hex = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let numbered = [
        "_INTERNAL",
        "$_",
        "lambda_",
        "'lambda",
        "{lambda",
        "{closure",
        "{{closure",
        "{impl#",
        "<lambda",
        "__lambda",
        "?A0x",
    ];
    INLINE.contains(&part)
        || matches!(part, "lambda" | "operator()" | "{{closure}}" | "_FUN" | "__invoke" | "<lambda>")
        || numbered.iter().any(|start| part.starts_with(start))
        || part.strip_prefix('h').is_some_and(|hash| hash.len() == 16 && is_hex(hash))
}

/// `-[Foo bar:]`, wherever it stands in the name of a block.
fn objective(name: &str) -> Option<&str> {
    let at = name.find("-[").or_else(|| name.find("+["))?;
    let message = name.get(at..)?;
    let end = message.find(']')?;
    message.get(..=end).filter(|_| {
        name.get(..at).is_some_and(|before| before.bytes().all(|byte| byte == b'_' || byte.is_ascii_digit()))
    })
}

/// `foo` of `__foo_block_invoke_2`.
fn block(name: &str) -> &str {
    match name.split_once("_block_invoke") {
        Some((outer, _)) => outer.trim_start_matches('_').trim_start_matches(|first: char| first.is_ascii_digit()),
        None => name,
    }
}

/// `Box::poll` of `<Box<F> as Future>::poll`.
fn of_trait(name: &str) -> String {
    let Some(inside) = name.strip_prefix('<') else { return name.to_owned() };
    let mut depth = 1usize;
    for (at, character) in inside.char_indices() {
        match character {
            '<' => depth += 1,
            '>' if inside.get(..at).is_some_and(|before| before.ends_with('-')) => {}
            '>' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let (own, rest) = (inside.get(..at).unwrap_or_default(), inside.get(at + 1..).unwrap_or_default());
            let own = own.split(" as ").next().unwrap_or(own);
            return if rest.is_empty() { name.to_owned() } else { format!("{own}{rest}") };
        }
    }
    name.to_owned()
}

/// Leaves out what stands in angle and round brackets, those of `operator<` and the like apart.
fn without_arguments(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut depth = 0usize;
    let mut rest = name;
    while let Some(character) = rest.chars().next() {
        if depth == 0 && rest.starts_with("operator") {
            let sign = rest.get(8..).unwrap_or_default();
            let length = if sign.starts_with("()") {
                2
            } else {
                sign.bytes().take_while(|byte| b"<>=-!&|+*/^%~,".contains(byte)).count()
            };
            // `operator<<int>` cannot be told from `operator<` with an argument; both are fine.
            out.push_str(rest.get(..8 + length).unwrap_or_default());
            rest = rest.get(8 + length..).unwrap_or_default();
            continue;
        }
        match character {
            '(' if depth == 0 => break,
            '<' | '(' | '[' | '{' => depth += 1,
            '>' | ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(character),
            _ => {}
        }
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
    }
    out
}

/// What a library's file ends in; a version may follow.
const LIBRARIES: [&str; 7] = [".so", ".dll", ".dylib", ".exe", ".tbd", ".drv", ".sys"];

/// Whether a text is a library's file.
pub fn is_library(text: &str) -> bool {
    !text.contains([' ', ',']) && LIBRARIES.iter().any(|end| text.contains(end))
}

/// A library by its file, without folder, version and ending: `libc` of `/lib/libc.so.6`.
pub fn library(place: &str) -> String {
    let place = place.split(", Version=").next().unwrap_or(place);
    let file = place.rsplit(['/', '\\']).next().unwrap_or(place).to_ascii_lowercase();
    let end = LIBRARIES.iter().filter_map(|end| file.find(end)).min().unwrap_or(file.len());
    let stem = file.get(..end).unwrap_or_default();
    let bare = stem.trim_end_matches(|last: char| last.is_ascii_digit() || matches!(last, '.' | '-' | '_'));
    if bare.is_empty() { stem.to_owned() } else { bare.to_owned() }
}

/// A file's name without folder, ending, hashes and long numbers.
pub fn stem(place: &str) -> String {
    let place = place.split(['?', '#']).next().unwrap_or(place);
    let file = place.trim_end_matches('/').rsplit(['/', '\\']).next().unwrap_or(place);
    if file.starts_with('<') {
        return String::new();
    }
    let (stem, _) = file.split_once('.').filter(|(stem, _)| !stem.is_empty()).unwrap_or((file, ""));
    let is_given = |part: &&str| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        !part.is_empty() && digits < part.len() && !(digits > 0 && part.len() >= 8) && digits < 4
    };
    let parts: Vec<_> = stem.split('-').filter(is_given).collect();
    parts.join("-")
}

/// A function of a scripting language, without the block inside of it.
pub fn plain(name: &str) -> &str {
    let inner = ["block ", "rescue ", "ensure ", "<locals>"].iter().any(|start| name.starts_with(start));
    let name = if inner { name.rsplit_once(" in ").map_or(name, |(_, outer)| outer) } else { name };
    // `Foo#bar`, `Foo.bar` of Ruby and `Foo.bar.<locals>.<lambda>` of Python are methods.
    let name = name.split(".<locals>").next().unwrap_or(name);
    name.rsplit(['#', '.']).next().unwrap_or(name)
}

/// A function of JavaScript: the engines do not agree on what stands before it and behind.
pub fn script(name: &str) -> &str {
    let name = name.split(" [as ").next().unwrap_or(name);
    let name = name.strip_prefix("async ").unwrap_or(name);
    let name = name.strip_prefix("new ").unwrap_or(name);
    let name = name.split("/<").next().unwrap_or(name);
    let name = name.trim_end_matches(".<anonymous>").trim_end_matches("<anonymous>");
    let last = name.rsplit(['.', '/', '#']).next().unwrap_or(name);
    let last = last.trim_end_matches(|end: char| end.is_ascii_digit()).trim_end_matches('$');
    match last {
        "Object" | "Module" | "null" | "?" | "eval" | "anonymous" | "Function" => "",
        last => last,
    }
}

/// The class and method of a name with a package.
pub fn java(name: &str) -> String {
    let mut parts = name.rsplit('.');
    let method = parts.next().unwrap_or_default();
    let method = method.strip_prefix("lambda$").unwrap_or(method);
    let method = method.split('$').find(|part| !part.is_empty()).unwrap_or(method);
    let class = parts.next().unwrap_or_default();
    let class = class.split("$$").next().unwrap_or_default();
    let class = class.split('$').filter(|part| !part.bytes().all(|byte| byte.is_ascii_digit()));
    let class = class.collect::<Vec<_>>().join("$");
    if class.is_empty() { method.to_owned() } else { format!("{class}.{method}") }
}

/// The package, type and function of a name with a module's path.
pub fn go(name: &str) -> String {
    let name = name.rsplit('/').next().unwrap_or(name).replace("[...]", "").replace(['(', ')', '*'], "");
    let is_closure = |part: &&str| {
        let number = part.strip_prefix("func").or_else(|| part.strip_prefix("gowrap")).unwrap_or(part);
        !number.bytes().all(|byte| byte.is_ascii_digit())
    };
    name.split('.').filter(is_closure).collect::<Vec<_>>().join(".")
}

/// The class and method of a .NET name, whatever the compiler made of an async method or a lambda.
pub fn dotnet(name: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split(['.', '+', ':']) {
        let part = part.trim_start();
        if part.is_empty() || part.starts_with("<>") || part == "MoveNext" {
            continue;
        }
        let part = match part.strip_prefix('<') {
            Some(inside) => inside.trim_start_matches('<').split('>').next().unwrap_or_default(),
            None => part,
        };
        parts.push(part.split(['`', '[', '|', '<']).next().unwrap_or(part));
    }
    let from = parts.len().saturating_sub(2);
    parts.get(from..).unwrap_or_default().join(".")
}

/// The class and method of a PHP name.
pub fn php(name: &str) -> String {
    let name = name.split('(').next().unwrap_or(name).replace("->", "::");
    let name = name.split("@anonymous").next().unwrap_or_default();
    let parts = name.split("::").map(|part| part.rsplit('\\').next().unwrap_or(part)).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("::")
}
