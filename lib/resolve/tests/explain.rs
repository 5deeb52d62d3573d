//! What is said when nothing is found.

mod memory;

use memory::{Memory, explanation, lines, problem};
use wire::Kind;

#[test]
fn a_conflict_names_the_lines_and_the_facts() {
    let memory = Memory::new("a 1: c<2\n b 1: c>=2\n c 1\n c 2");
    let told = explanation(&memory, &problem("a\nb"));
    assert_eq!(told.kind, Kind::Conflict);
    assert_eq!(
        told.to_string(),
        "requirements.in:1 and requirements.in:2 contradict each other\n  \
         requirements.in:1 asks for a\n  \
         requirements.in:2 asks for b\n  \
         a 1 needs c<2\n  \
         b 1 needs c>=2"
    );
    assert_eq!(
        told.hint.as_deref(),
        Some("relax one of requirements.in:1, requirements.in:2")
    );
}

#[test]
fn an_unknown_package_is_named_with_its_line() {
    let memory = Memory::new("a 1");
    let told = explanation(&memory, &problem("a\nnonesuch>=1"));
    assert_eq!(told.kind, Kind::UnknownPackage);
    assert_eq!(told.summary, "no index has a package named nonesuch");
    assert_eq!(told.origin.unwrap().to_string(), "requirements.in:2");
}

#[test]
fn a_version_that_is_not_there_names_those_that_are() {
    let memory = Memory::new("a 1\n a 2");
    let told = explanation(&memory, &problem("a>=3"));
    assert_eq!(told.kind, Kind::NoVersion);
    assert_eq!(told.summary, "no version of a is >=3; there are 1 to 2");
    assert_eq!(told.facts, ["requirements.in:1 asks for a>=3"]);
}

#[test]
fn a_package_without_a_wheel_says_so() {
    let memory = Memory::new("a 1 !no-wheel\n a 2 !no-wheel");
    let told = explanation(&memory, &problem("a"));
    assert_eq!(told.kind, Kind::NoWheel);
    assert_eq!(
        told.summary,
        "no wheel of a fits: a 1 to 2 has no wheel for this target"
    );
    assert!(told.hint.unwrap().contains("--allow-sdist a"));
}

#[test]
fn a_dependency_without_a_version_names_who_needs_it() {
    let memory = Memory::new("a 1: b>=5\n b 1");
    let told = explanation(&memory, &problem("a"));
    assert_eq!(told.kind, Kind::NoVersion);
    assert!(told.facts.contains(&"a 1 needs b>=5".to_owned()), "{told}");
}

#[test]
fn a_constraint_is_named_where_it_excludes() {
    let memory = Memory::new("a 2");
    let mut limited = problem("a");
    limited.constraints = lines("constraints.txt", "a<2");
    let told = explanation(&memory, &limited);
    assert!(
        told.to_string()
            .contains("a 2 is excluded by constraints.txt:1 (a<2)"),
        "{told}"
    );
}

#[test]
fn another_python_is_named() {
    let memory = Memory::new("a 2 !python>=3.13");
    let told = explanation(&memory, &problem("a"));
    assert!(
        told.to_string()
            .contains("a 2 needs Python >=3.13, which cp3.12.4-manylinux_2_28_x86_64 is not"),
        "{told}"
    );
}

#[test]
fn a_prerelease_that_is_not_welcome_is_told() {
    let memory = Memory::new("a 1\n a 2b1\n b 1: a>1");
    let told = explanation(&memory, &problem("b"));
    assert!(told.to_string().contains("a 2b1 is a pre-release"), "{told}");
}

/// Writes a derivation, a line each step.
fn derived(memory: &Memory, requirements: &str) -> String {
    let steps = explanation(memory, &problem(requirements)).derivation;
    let lines = steps.iter().enumerate().map(|(place, step)| {
        let behind = match (&step.why, step.from) {
            (Some(why), None) => why.clone(),
            (None, Some([one, other])) => {
                assert!(place < one.min(other) && one.max(other) < steps.len());
                format!("{one} and {other}")
            }
            _ => panic!("a step is a fact or derived: {step:?}"),
        };
        format!("{place}. {{{}}} by {behind}", step.what.join(", "))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_derivation_is_told_step_by_step() {
    let memory = Memory::new("a 1: c<2\n b 1: c>=2\n c 1\n c 2");
    assert_eq!(
        derived(&memory, "a\nb"),
        "0. {the requirements} by 1 and 10\n\
         1. {b, the requirements} by 2 and 9\n\
         2. {a, b} by 3 and 8\n\
         3. {a, b==1} by 4 and 7\n\
         4. {a, not c<2} by 5 and 6\n\
         5. {a!=1} by there is no version of a !=1\n\
         6. {a==1, not c<2} by a 1 needs c<2\n\
         7. {b==1, not c>=2} by b 1 needs c>=2\n\
         8. {b!=1} by there is no version of b !=1\n\
         9. {the requirements, not a} by requirements.in:1 asks for a\n\
         10. {the requirements, not b} by requirements.in:2 asks for b"
    );
}

#[test]
fn a_long_derivation_has_each_step_once() {
    // Each version of each project needs one of the next that has to give way: along its branches the tree is endless.
    let mut text = String::new();
    for project in 0..12 {
        for version in 1..=6 {
            text += &format!("p{project} {version}: p{}=={version} & bound\n", project + 1);
        }
    }
    for version in 1..=6 {
        text += &format!("p12 {version}: nothing=={version}\n");
    }
    text += "bound 1: nothing==7\n nothing 7";
    let memory = Memory::new(&text);
    let told = explanation(&memory, &problem("p0"));
    assert!(
        (10..2000).contains(&told.derivation.len()),
        "{}",
        told.derivation.len()
    );
    let facts: std::collections::BTreeSet<_> = told
        .derivation
        .iter()
        .filter_map(|step| step.why.as_ref())
        .collect();
    assert!(
        facts.contains(&"requirements.in:1 asks for p0".to_owned()),
        "{facts:?}"
    );
}

#[test]
fn a_search_that_is_given_up_tells_who_fought_with_whom() {
    let mut text = "bound 1: right==99\n right 99\n".to_owned();
    for number in 1..=60 {
        text += &format!("left {number}: right=={number}\n right {number}\n");
    }
    let mut memory = Memory::new(&text);
    memory.patience = Some(30);
    let Err(resolve::Error::GaveUp { quarrel, .. }) = resolve::solve(&problem("left\nbound"), &memory) else {
        panic!("it was not given up");
    };
    let (dispute, times) = &quarrel.disputes[0];
    let between = dispute.between.each_ref().map(ToString::to_string);
    assert_eq!(
        (between, dispute.about.as_str()),
        (["bound".to_owned(), "left".to_owned()], "right")
    );
    assert!(*times > 10 && quarrel.tried > 10, "{quarrel:?}");
}
