//! Made-up values for property tests.

use proptest::prelude::*;
use proptest::sample::select;

use crate::specifier::Specifiers;
use crate::version::Version;

/// Makes one of a few texts.
fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    select(texts)
}

/// Makes numbers around the limits of the forms in which they are kept.
fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => (0_u64..4).prop_map(|number| number.to_string()),
        1 => select(vec![254_u64, 255, 1022, 1023, 65534, 65535, 131_070, 131_071, u64::from(u32::MAX), u64::MAX])
            .prop_map(|number| number.to_string()),
        1 => one_of(&["18446744073709551616", "99999999999999999999", "007"]).prop_map(str::to_owned),
    ]
}

fn release() -> impl Strategy<Value = String> {
    prop::collection::vec(number(), 1..6).prop_map(|segments| segments.join("."))
}

/// Makes a suffix such as `.post1`, or none.
fn suffix(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop_oneof![
        2 => Just(String::new()),
        1 => (one_of(words), number()).prop_map(|(word, number)| format!("{word}{number}")),
    ]
}

/// Makes a version without a local segment, in any spelling.
fn public_version() -> impl Strategy<Value = String> {
    (
        one_of(&["", "", "", "v", "0!", "1!", "99999999999999999999!"]),
        release(),
        suffix(&["a", "b", "rc", ".alpha-", "_PRE."]),
        suffix(&[".post", "-", "rev"]),
        suffix(&[".dev", "dev_"]),
    )
        .prop_map(|(lead, release, pre, post, dev)| format!("{lead}{release}{pre}{post}{dev}"))
}

/// Makes the text of a version.
pub(crate) fn version_text() -> impl Strategy<Value = String> {
    let local = one_of(&["", "", "", "+x", "+1", "+X-01.y", "+99999999999999999999"]);
    (public_version(), local).prop_map(|(public, local)| format!("{public}{local}"))
}

/// Makes a version.
pub(crate) fn version() -> impl Strategy<Value = Version> {
    version_text().prop_map(|text| text.parse().unwrap())
}

/// Makes the text of one clause, `===` included if it is wanted.
pub(crate) fn clause_text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => (one_of(&["<", "<=", ">", ">=", "==", "!="]), public_version()).prop_map(|(op, version)| op.to_owned() + &version),
        1 => (one_of(&["==", "!="]), version_text()).prop_map(|(op, version)| op.to_owned() + &version),
        2 => (one_of(&["==", "!="]), release()).prop_map(|(op, release)| format!("{op} {release}.*")),
        2 => release().prop_map(|release| format!("~={release}.1")),
    ]
}

/// Makes specifiers without `===`.
pub(crate) fn specifiers() -> impl Strategy<Value = Specifiers> {
    prop::collection::vec(clause_text(), 0..4).prop_map(|clauses| clauses.join(" , ").parse().unwrap())
}

/// Makes the text of a marker.
pub(crate) fn marker_text() -> impl Strategy<Value = String> {
    let variable = one_of(&[
        "os_name",
        "python_version",
        "extra",
        "sys.platform",
        "implementation_version",
    ]);
    let value = prop_oneof![
        one_of(&["'nt'", "\"3.8\"", "'Foo_Bar'", "'posix'", "''", "'\"'"]).prop_map(str::to_owned),
        "[^'\\\\\\n\\r\\x00]{0,5}".prop_map(|text| format!("'{text}'")),
    ];
    let operator = one_of(&["==", "!=", "<", "<=", ">", ">=", "in", "not in"]);
    let comparison =
        (variable, operator, value, any::<bool>()).prop_map(|(variable, operator, value, turned)| {
            if turned {
                format!("{value} {operator} {variable}")
            } else {
                format!("{variable} {operator} {value}")
            }
        });
    comparison.prop_recursive(3, 12, 3, |inner| {
        let joined = prop::collection::vec((inner, one_of(&[" and ", " or "])), 1..4);
        joined.prop_map(|parts| {
            let text: String = parts.into_iter().map(|(part, joiner)| part + joiner).collect();
            format!(
                "({})",
                text.trim_end().trim_end_matches(" and").trim_end_matches(" or")
            )
        })
    })
}

/// Makes the text of a requirement.
pub(crate) fn requirement_text() -> impl Strategy<Value = String> {
    let source = prop_oneof![
        prop::collection::vec(clause_text(), 0..3).prop_map(|clauses| clauses.join(",")),
        prop::collection::vec(clause_text(), 0..3).prop_map(|clauses| format!("({})", clauses.join(" ,"))),
        one_of(&[
            "@ https://example.com/a.whl ",
            "@file:./a ",
            "===any-thing",
            "@ git+ssh://git@example.com:a "
        ])
        .prop_map(str::to_owned),
    ];
    let marker = prop_oneof![
        Just(String::new()),
        marker_text().prop_map(|marker| format!(" ; {marker}"))
    ];
    (
        one_of(&["a", "Foo.Bar", "x_1"]),
        one_of(&["", "[]", "[b, A.c]", " [ A,a ]"]),
        source,
        marker,
    )
        .prop_map(|(name, extras, source, marker)| format!("{name}{extras} {source}{marker}"))
}

/// Makes noise in which the words of the standards are frequent.
pub(crate) fn noise() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        one_of(&[
            "1",
            ".",
            "0",
            "!",
            "a",
            "rc",
            "post",
            "dev",
            "+",
            "*",
            "=",
            "==",
            "~=",
            "<",
            ">",
            " ",
            ",",
            ";",
            "(",
            ")",
            "[",
            "]",
            "@",
            "'",
            "\"",
            "\\",
            "and",
            "or",
            "not",
            "in",
            "os_name",
            "extra",
            "é",
            "\u{1f}",
            "\u{3000}",
            "-",
            "_",
            "18446744073709551616",
            "\\x",
            "\\N",
            "\n",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}
