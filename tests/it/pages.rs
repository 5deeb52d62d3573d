//! Manual page, `--help` and parser agree; the examples of the pages are command lines that parse.

use crate::workspace::{TOOLS, read, tool};
use kit::World;
use std::collections::{BTreeMap, BTreeSet};

type Flags = BTreeSet<String>;

fn page(tool: &str) -> String {
    read(&format!("man/{tool}.1"))
}

/// Returns the flags that a page explains: those of its `.It Fl` lines.
fn page_flags(page: &str) -> Flags {
    page.lines()
        .filter(|line| line.starts_with(".It Fl "))
        .flat_map(macro_flags)
        .collect()
}

/// Returns the flags that a page shows anywhere.
fn page_mentions(page: &str) -> Flags {
    page.lines()
        .filter(|line| line.starts_with('.'))
        .flat_map(macro_flags)
        .collect()
}

/// Returns the flags of one mdoc line: `.It Fl o Ar file , Fl -output Ar file` has `-o` and `--output`.
fn macro_flags(line: &str) -> Vec<String> {
    let words: Vec<_> = line.trim_start_matches('.').split_whitespace().collect();
    words
        .windows(2)
        .filter(|pair| pair[0] == "Fl")
        .map(|pair| format!("-{}", pair[1].replace("\\-", "-")))
        .collect()
}

/// Returns the subcommands that a page explains: those of its `.It Cm` lines.
fn page_commands(page: &str) -> BTreeSet<String> {
    page.lines()
        .filter_map(|line| line.strip_prefix(".It Cm "))
        .filter_map(|rest| rest.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

fn help(world: &World, name: &str, command: Option<&str>) -> String {
    world.run(tool(name)).args(command).arg("--help").succeed().text()
}

/// Returns the flags of a `--help`: what stands before two spaces on lines that begin with a dash.
fn help_flags(help: &str) -> Flags {
    help.lines()
        .map(str::trim_start)
        .filter(|line| line.starts_with('-'))
        .flat_map(|line| {
            line.split("  ")
                .next()
                .unwrap_or_default()
                .split([',', ' ', '[', '='])
        })
        .filter(|word| word.starts_with('-') && word.len() > 1)
        .map(|word| word.trim_end_matches("...").to_owned())
        .collect()
}

/// Returns the subcommands of a `--help`.
fn help_commands(help: &str) -> BTreeSet<String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

/// Returns the flags of a tool with those of each of its commands.
fn all_help_flags(world: &World, name: &str) -> BTreeMap<Option<String>, Flags> {
    let main = help(world, name, None);
    let mut all: BTreeMap<_, _> = help_commands(&main)
        .into_iter()
        .map(|command| {
            (
                Some(command.clone()),
                help_flags(&help(world, name, Some(&command))),
            )
        })
        .collect();
    all.insert(None, help_flags(&main));
    all
}

/// Tests a tool's page: one module for each tool.
macro_rules! pages {
    ($($module:ident $name:literal)*) => {$(
        mod $module {
            #[test]
            fn page_and_help_have_the_same_flags() {
                super::same_flags($name);
            }

            #[test]
            fn page_and_help_have_the_same_commands() {
                super::same_commands($name);
            }

            #[test]
            fn the_page_shows_no_flag_that_it_does_not_explain() {
                super::nothing_unexplained($name);
            }

            #[test]
            fn the_parser_knows_every_flag_of_the_page() {
                super::parser_knows_flags($name);
            }

            #[test]
            fn the_examples_parse() {
                super::examples_parse(&super::page($name));
            }

            #[test]
            fn the_page_has_the_sections_that_every_page_has() {
                super::has_sections($name);
            }
        }
    )*};
}

pages! {
    reqlock "reqlock"
    pyfetch "pyfetch"
    pyvenv_offline "pyvenv-offline"
    etcsync "etcsync"
    relswitch "relswitch"
    prodcheck "prodcheck"
}

#[test]
fn the_examples_of_the_whole_way_parse() {
    examples_parse(&read("man/pydeploy.7"));
}

fn same_flags(name: &str) {
    let shown: Flags = all_help_flags(&World::new(), name)
        .into_values()
        .flatten()
        .collect();
    let explained = page_flags(&page(name));
    let missing: Vec<_> = shown.difference(&explained).collect();
    let invented: Vec<_> = explained.difference(&shown).collect();
    assert!(
        missing.is_empty() && invented.is_empty(),
        "man/{name}.1 lacks {missing:?} and invents {invented:?}"
    );
}

fn same_commands(name: &str) {
    assert_eq!(
        page_commands(&page(name)),
        help_commands(&help(&World::new(), name, None))
    );
}

fn nothing_unexplained(name: &str) {
    let page = page(name);
    let unexplained: Vec<_> = page_mentions(&page)
        .difference(&page_flags(&page))
        .cloned()
        .collect();
    assert_eq!(unexplained, Vec::<String>::new(), "man/{name}.1");
}

fn parser_knows_flags(name: &str) {
    let world = World::new();
    for (command, flags) in all_help_flags(&world, name) {
        for flag in flags {
            let run = world.run(tool(name)).args(&command).arg(&flag).arg("--help");
            let said = run.output().stderr;
            assert!(
                !said.contains("unexpected argument"),
                "{command:?} {flag}: {said}"
            );
        }
    }
}

/// Insists that each example is a command line that its tool accepts.
fn examples_parse(page: &str) {
    let world = World::new();
    let examples = examples(page);
    assert!(!examples.is_empty(), "a page without an example");
    for words in examples {
        // What follows -- belongs to another program.
        let ours: Vec<_> = words[1..].iter().take_while(|word| *word != "--").collect();
        world.run(tool(&words[0])).args(ours).arg("--help").succeed();
    }
}

fn has_sections(name: &str) {
    let page = page(name);
    for section in [
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "EXIT STATUS",
        "EXAMPLES",
        "SEE ALSO",
    ] {
        assert!(
            page.contains(&format!(".Sh {section}\n")),
            "man/{name}.1 has no {section}"
        );
    }
}

/// Returns the command lines of a page's examples that begin with a tool, each as words.
fn examples(page: &str) -> Vec<Vec<String>> {
    let text = page.replace("\\e\n", " ").replace("\\-", "-");
    let commands = text.lines().filter_map(|line| line.strip_prefix("$ "));
    commands
        .flat_map(|line| line.split(['|', ';']))
        .flat_map(|part| part.split(" && "))
        .map(|part| part.split(" > ").next().unwrap_or_default())
        .map(|part| part.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .filter(|words| words.first().is_some_and(|word| TOOLS.contains(&word.as_str())))
        .collect()
}
