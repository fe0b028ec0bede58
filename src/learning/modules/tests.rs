use super::{Fate, Module, ModuleFile, Modules, content, files_in, module_states};
use crate::disk::RealDisk;
use crate::layout::House;
use crate::learning::marker::signed_markdown;
use crate::settings::{Layout, Settings};
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

fn layout() -> Layout {
    Settings::parse("", Path::new("x")).unwrap().0.layout
}

/// Does something with the modules of a fresh house.
fn with(task: impl FnOnce(&Modules<'_>, &Path)) {
    let folder = tempfile::tempdir().unwrap();
    let (house, layout) = (House::at(folder.path()), layout());
    let memory = folder.path().join("modules/memory");
    fs::create_dir_all(&memory).unwrap();
    let modules = Modules {
        house: &house,
        layout: &layout,
        now: 1_767_225_600_000,
        said: &str::to_owned,
        stop: &AtomicBool::new(false),
        progress: &|_| {},
    };
    task(&modules, &memory);
}

#[test]
fn a_file_is_ours_until_a_person_touches_it() {
    with(|modules, memory| {
        let path = memory.join("a.md");
        let planned = |body: &str| modules.file("modules/memory/a.md", body, signed_markdown).unwrap();
        let write = |file: &ModuleFile| modules.carry_out(&RealDisk, file).unwrap();
        let first = planned("# A\n");
        assert_eq!(first.fate, Fate::New);
        write(&first);
        assert_eq!(fs::read_to_string(&path).unwrap(), first.content);
        assert_eq!(planned("# A\n").fate, Fate::Same);
        let second = planned("# B\n");
        assert_eq!(second.fate, Fate::Changed);
        write(&second);
        assert!(fs::read_to_string(&path).unwrap().ends_with("\n# B\n"));
        fs::write(&path, fs::read_to_string(&path).unwrap() + "my own words\n").unwrap();
        let third = planned("# C\n");
        assert_eq!(third.fate, Fate::Theirs);
        write(&third);
        assert!(fs::read_to_string(&path).unwrap().ends_with("my own words\n"));
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/nowhere", &path).unwrap();
        assert_eq!(planned("# C\n").fate, Fate::Theirs, "a link is a person's");
        fs::remove_file(&path).unwrap();
        fs::write(&path, [0xff, b'\n']).unwrap();
        assert_eq!(planned("# C\n").fate, Fate::Theirs);
        let names: Vec<String> = files_in(memory).unwrap().into_iter().collect();
        assert_eq!(names, ["a.md"], "nothing is left aside");
    });
}

#[test]
fn what_is_removed_was_ours() {
    with(|modules, memory| {
        let planned = modules.file("modules/memory/a.md", "x\n", signed_markdown).unwrap();
        modules.carry_out(&RealDisk, &planned).unwrap();
        let removed = ModuleFile { fate: Fate::Removed, content: String::new(), ..planned };
        modules.carry_out(&RealDisk, &removed).unwrap();
        assert_eq!(content(&memory.join("a.md")).unwrap(), None);
        modules.carry_out(&RealDisk, &removed).unwrap();
    });
}

#[test]
fn states_count_what_lies_there() {
    with(|modules, memory| {
        let planned = modules.file("modules/memory/a.md", "x\n", signed_markdown).unwrap();
        modules.carry_out(&RealDisk, &planned).unwrap();
        fs::write(memory.join("mine.md"), "mine").unwrap();
        fs::create_dir(memory.join("folder")).unwrap();
        let states = module_states(modules.house, modules.layout).unwrap();
        let names: Vec<&str> = states.iter().map(|state| state.name.as_str()).collect();
        assert_eq!(names, ["memory", "config/errors", "meta", "operations"]);
        assert_eq!((states[0].own, states[0].theirs, states[0].written), (1, 1, Some(1_767_225_600_000)));
        assert_eq!((states[3].own, states[3].theirs, states[3].written), (0, 0, None));
    });
}

#[test]
fn the_modules_that_we_write_are_in_the_settings() {
    let layout = layout();
    for module in Module::ALL {
        assert!(layout.module_names.iter().any(|name| name == module.name()));
        assert_eq!(Module::of_name(module.name()), Some(module));
    }
    assert_eq!(Module::of_name("meta"), None);
}
