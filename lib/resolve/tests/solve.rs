//! What is found.

mod memory;

use memory::{Memory, lines, linux, pins, problem, shown, solution};
use pyspec::name::Name;
use std::collections::BTreeSet;

#[test]
fn the_newest_of_everything_is_taken() {
    let memory = Memory::new("a 1.0\n a 2.0: b\n b 1.5\n b 0.9\n unrelated 1");
    assert_eq!(pins(&memory, &problem("a")), "a 2.0, b 1.5");
}

#[test]
fn a_conflict_walks_back() {
    let memory = Memory::new("a 1.0: b<2\n a 2.0: b>=2\n b 1.0\n b 2.0: c>=5\n c 1.0");
    assert_eq!(pins(&memory, &problem("a")), "a 1.0, b 1.0");
}

#[test]
fn the_order_of_lines_does_not_matter() {
    let memory = Memory::new("a 1.0\n a 2.0: c<2\n b 1.0\n b 2.0: c>=2\n c 1.0\n c 2.0");
    assert_eq!(pins(&memory, &problem("a\nb")), pins(&memory, &problem("b\na")));
}

#[test]
fn extras_bring_what_they_need() {
    let memory = Memory::new(
        "a 1.0 +fast: b & c>=2; extra == 'fast'\n a 2.0 +fast: b & c>=3; extra == 'fast'\n b 1\n c 1\n c 2",
    );
    let found = solution(&memory, &problem("a[fast]"));
    assert_eq!(shown(&found), "a 1.0, b 1, c 2");
    assert_eq!(
        found.pins[0].extras,
        BTreeSet::from([Name::parse("fast").unwrap()])
    );
}

#[test]
fn an_extra_may_ask_for_other_extras_of_its_project() {
    let memory =
        Memory::new("a 1 +all +x +y: a[x,y]; extra == 'all' & b; extra == 'x' & c; extra == 'y'\n b 1\n c 1");
    assert_eq!(pins(&memory, &problem("a[all]")), "a 1, b 1, c 1");
}

#[test]
fn versions_that_an_extra_cannot_have_are_not_looked_into() {
    // The pin of the extra is not what was taken first, and no other version of its project will do.
    let mut text = "app 1: pinned & host[more]>=1 & host>=100\n pinned 1\n pinned 2\n".to_owned();
    for number in 1..=100 {
        text += &format!("host {number} +more: pinned==1; extra == 'more'\n");
    }
    let memory = Memory::new(&text);
    assert_eq!(pins(&memory, &problem("app")), "app 1, host 100, pinned 1");
    assert!(memory.asked.borrow().len() <= 4, "{:?}", memory.asked);
}

#[test]
fn an_extra_that_is_not_there_is_told() {
    let memory = Memory::new("a 1");
    let found = solution(&memory, &problem("a\na[fats]"));
    assert_eq!(found.warnings, ["requirements.in:2: a 1 has no extra fats"]);
    let memory = Memory::new("a 1 +thin\n b 1: a[fats]");
    let found = solution(&memory, &problem("b"));
    assert_eq!(found.warnings, ["a 1 has no extra fats; it has thin"]);
}

#[test]
fn markers_are_those_of_the_target() {
    let memory = Memory::new("a 1: w; sys_platform == 'win32' & l; sys_platform == 'linux'\n w 1\n l 1");
    assert_eq!(
        pins(&memory, &problem("a\nw; python_version < '3.10'")),
        "a 1, l 1"
    );
}

#[test]
fn a_version_for_another_python_is_passed_over() {
    let memory = Memory::new("a 1\n a 2 !python>=3.13");
    assert_eq!(pins(&memory, &problem("a")), "a 1");
}

#[test]
fn prereleases_are_taken_when_a_line_names_one_or_nothing_else_is_there() {
    let memory = Memory::new("a 1.0\n a 2.0b1\n only 1.0a1\n only 1.0a2\n b 1: a==2.0b1\n c 1: a>=2.0a1");
    assert_eq!(pins(&memory, &problem("a")), "a 1.0");
    assert_eq!(pins(&memory, &problem("a>=1.0a1")), "a 2.0b1");
    assert_eq!(pins(&memory, &problem("a>1.0")), "a 2.0b1");
    assert_eq!(pins(&memory, &problem("only")), "only 1.0a2");
    assert_eq!(pins(&memory, &problem("b")), "a 2.0b1, b 1");
    assert_eq!(pins(&memory, &problem("c")), "a 2.0b1, c 1");
    let mut allowing = problem("a");
    allowing.policy.all_prereleases = true;
    assert_eq!(pins(&memory, &allowing), "a 2.0b1");
}

#[test]
fn a_yanked_version_is_only_for_those_who_pin_it() {
    let memory = Memory::new("a 1\n a 2 !yanked\n b 1: a==2");
    assert_eq!(pins(&memory, &problem("a")), "a 1");
    assert_eq!(pins(&memory, &problem("a>=1")), "a 1");
    assert_eq!(pins(&memory, &problem("a==2")), "a 2");
    assert_eq!(pins(&memory, &problem("b")), "a 2, b 1");
}

#[test]
fn constraints_limit_and_do_not_add() {
    let memory = Memory::new("a 1: b\n b 1\n b 2");
    let mut limited = problem("a");
    limited.constraints = lines("constraints.txt", "b<2\nunrelated==5");
    assert_eq!(pins(&memory, &limited), "a 1, b 1");
}

#[test]
fn overrides_replace_what_projects_say() {
    let memory = Memory::new("a 1: b<2\n b 1\n b 2");
    let mut overridden = problem("a");
    overridden.overrides = lines("overrides.txt", "b>=2");
    assert_eq!(pins(&memory, &overridden), "a 1, b 2");
}

#[test]
fn an_override_for_another_target_does_not_count() {
    let memory = Memory::new("a 1: b<2\n b 1\n b 2");
    let mut overridden = problem("a\nb");
    overridden.overrides = lines(
        "overrides.txt",
        "b>=2; sys_platform == 'win32'\nb<2; sys_platform == 'linux'",
    );
    assert_eq!(pins(&memory, &overridden), "a 1, b 1");
}

#[test]
fn lines_for_other_targets_do_not_let_prereleases_in() {
    let memory = Memory::new("a 1\n a 2\n a 3b1");
    let split = "a<2; sys_platform == 'win32'\na>=2; sys_platform == 'linux'";
    assert_eq!(pins(&memory, &problem(split)), "a 2");
}

#[test]
fn excluded_projects_are_left_out() {
    let memory = Memory::new("a 1: b & c\n c 1");
    let mut without = problem("a");
    without.excludes.insert(Name::parse("b").unwrap());
    assert_eq!(pins(&memory, &without), "a 1, c 1");
}

#[test]
fn older_pins_are_kept_while_they_fit() {
    let memory = Memory::new("a 1\n a 2\n a 3\n b 1: a>=2");
    let mut again = problem("a");
    again
        .preferences
        .insert(Name::parse("a").unwrap(), vec!["1".parse().unwrap()]);
    assert_eq!(pins(&memory, &again), "a 1");
    again.wanted.extend(lines("more.in", "b"));
    assert_eq!(pins(&memory, &again), "a 3, b 1");
}

#[test]
fn cycles_end() {
    let memory = Memory::new("a 1: b\n b 1: a>=1");
    assert_eq!(pins(&memory, &problem("a")), "a 1, b 1");
}

#[test]
fn who_asks_is_remembered() {
    let memory = Memory::new("a 1 +x: b>=1,<3 & c; extra == 'x'\n b 2\n c 1");
    let found = solution(&memory, &problem("a[x]\nb"));
    let via = |at: usize| {
        found.pins[at]
            .via
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(via(0), ["requirements.in:1"]);
    assert_eq!(via(1), ["a<3,>=1", "requirements.in:2"]);
    assert_eq!(via(2), ["a[x]"]);
}

#[test]
fn a_long_walk_back_asks_for_little() {
    let mut text = "top 1: core & plugin\n plugin 1: core<2\n core 1.5".to_owned();
    for version in 0..500 {
        text.push_str(&format!(
            "\n core 2.{version}: helper=={version}\n helper {version}"
        ));
    }
    let memory = Memory::new(&text);
    assert_eq!(pins(&memory, &problem("top")), "core 1.5, plugin 1, top 1");
    assert!(memory.asked.borrow().len() < 10, "{:?}", memory.asked);
}

#[test]
fn targets_share_a_version_where_they_can() {
    let memory = Memory::new("a 1\n a 2 !no-wheel1\n b 3");
    let mut both = problem("a\nb");
    both.targets.push(linux("3.9.1"));
    assert_eq!(pins(&memory, &both), "a 1, b 3");
}

#[test]
fn a_target_that_does_not_need_a_project_does_not_hold_it_back() {
    let memory = Memory::new("a 1\n a 2 !no-wheel1\n b 1: a; python_version >= '3.10'");
    let mut both = problem("b");
    both.targets.push(linux("3.9.1"));
    let found = solution(&memory, &both);
    assert_eq!(shown(&found), "a 2, b 1");
    assert_eq!(found.pins[0].targets, BTreeSet::from([0]));
}

#[test]
fn targets_differ_where_they_must() {
    let memory = Memory::new("a 1 !no-wheel0\n a 2 !no-wheel1\n b 1\n b 2");
    let mut both = problem("a\nb");
    both.targets.push(linux("3.9.1"));
    let found = solution(&memory, &both);
    assert_eq!(shown(&found), "a 1, a 2, b 2");
    assert_eq!(found.pins[0].targets, BTreeSet::from([1]));
    assert_eq!(found.pins[1].targets, BTreeSet::from([0]));
    let because = found.pins.iter().map(|pin| pin.because.as_deref());
    assert_eq!(
        because.collect::<Vec<_>>(),
        [Some("a 2 has no wheel for this target"), None, None]
    );
}

#[test]
fn who_holds_a_target_back_is_told() {
    let because = |text: &str, lines: &str| {
        let mut both = problem(lines);
        both.targets.push(linux("3.9.1"));
        let found = solution(&Memory::new(text), &both);
        let told = found
            .pins
            .iter()
            .filter_map(|pin| Some(format!("{} {}: {}", pin.name, pin.version, pin.because.as_ref()?)));
        told.collect::<Vec<_>>()
    };
    assert_eq!(
        because(
            "a 1: c==1\n a 2 !no-wheel1: c==2\n b 1: a==2; python_version >= '3.10'\n c 1\n c 2",
            "a\nb"
        ),
        ["a 1: a 2 has no wheel for this target", "c 1: a needs c==1"]
    );
    assert_eq!(
        because(
            "a 1\n a 2",
            "a<2; python_version < '3.10'\na>=2; python_version >= '3.10'"
        ),
        ["a 1: requirements.in:1 asks for a<2"]
    );
    assert_eq!(
        because(
            "a 1\n a 2 !python>=3.10\n b 1: a==2; python_version >= '3.10'",
            "a\nb"
        ),
        ["a 1: a 2 needs Python >=3.10, which cp3.9.1-manylinux_2_28_x86_64 is not"]
    );
}

#[test]
fn targets_that_nothing_tells_apart_share_or_conflict() {
    let memory = Memory::new("a 1 !no-wheel0\n a 2 !no-wheel1");
    let mut twins = problem("a");
    twins.targets.push(linux("3.12.4"));
    assert!(resolve::solve(&twins, &memory).is_err());
}
