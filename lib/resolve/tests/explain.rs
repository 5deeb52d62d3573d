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
