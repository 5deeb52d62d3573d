//! One lock in each of its forms.

#![allow(clippy::unwrap_used, reason = "a test that cannot run has failed")]

use lock::{Lock, Outside, read};
use pyspec::target::Target;
use wire::{Fault, Kind};

const ONE: &str = "1111111111111111111111111111111111111111111111111111111111111111";
const TWO: &str = "2222222222222222222222222222222222222222222222222222222222222222";

fn parse(text: &str) -> Result<Lock, lock::Error> {
    let mut outside = Outside {
        read: &mut |_| Err("no such file".into()),
        variable: &|_| None,
    };
    read(text.as_bytes(), "requirements.txt", &mut outside)
}

fn sample() -> String {
    format!(
        "# reqlock 1\n\
         # input requirements.in sha256:{ONE}\n\
         # target cp312-manylinux_2_28_x86_64 sha256:{TWO}\n\
         asgiref==3.8.1 \\\n    --hash=sha256:{ONE} \\\n    --hash=sha256:{TWO}\n    # via django>=3.8.1,<4\n    # via requirements.in:3\n\
         colorama==0.4.6; sys_platform == \"win32\" \\\n    --hash=sha256:{TWO}\n    # index inner\n    # via requirements.in:4\n"
    )
}

#[test]
fn reads_what_it_writes() {
    let lock = parse(&sample()).unwrap();
    assert_eq!(lock.to_requirements(), sample());
    assert!(lock.is_locked());
    assert_eq!(lock.packages[0].via, ["django>=3.8.1,<4", "requirements.in:3"]);
    assert_eq!(lock.packages[1].index.as_deref(), Some("inner"));
}

#[test]
fn indexes_are_named_where_there_are_several_and_notes_come_back() {
    let mut lock = parse(&sample()).unwrap();
    lock.packages[0].origin = Some("https://index.example.com/simple".to_owned());
    lock.packages[0].because = Some("asgiref 4 has no wheel".to_owned());
    let text = lock.to_requirements();
    assert!(!text.contains("# from"), "there is only one: {text}");
    let mut other = lock.packages[0].clone();
    other.origin = Some("https://other.example.com/simple".to_owned());
    lock.packages.push(other);
    let text = lock.to_requirements();
    let notes = "\n    # from https://index.example.com/simple\n    # because asgiref 4 has no wheel\n";
    assert!(text.contains(notes), "{text}");
    assert_eq!(
        text.matches("# from").count(),
        2,
        "one is pinned to an index by name: {text}"
    );
    let document = serde_json::to_string(&lock.to_document()).unwrap();
    for form in [&text, &document] {
        assert_eq!(parse(form).unwrap().to_requirements(), text);
    }
}

#[test]
fn the_document_says_the_same() {
    let lock = parse(&sample()).unwrap();
    let text = serde_json::to_string(&lock.to_document()).unwrap();
    assert_eq!(parse(&text).unwrap().to_requirements(), sample());
}

#[test]
fn pylock_says_the_same_and_keeps_the_files() {
    let mut lock = parse(&sample()).unwrap();
    for package in &mut lock.packages {
        let named = |(number, hash): (usize, &pyspec::hash::Hash)| lock::File {
            name: format!(
                "{}-{}-{number}-py3-none-any.whl",
                package.requirement.name,
                package.version.as_ref().unwrap()
            ),
            hash: hash.clone(),
            size: Some(7),
            url: Some("https://index.example.com/a.whl".to_owned()),
            uploaded: Some("2026-01-02T03:04:05Z".to_owned()),
        };
        package.files = package.hashes.iter().enumerate().map(named).collect();
        package.date();
    }
    lock.packages[0].because = Some("asgiref 4 has no wheel".to_owned());
    let text = lock.to_pylock().to_toml();
    assert!(text.starts_with("lock-version = \"1.0\""), "{text}");
    let back = parse(&text).unwrap();
    assert_eq!(back.to_requirements(), lock.to_requirements());
    assert!(back.to_requirements().contains("    # released 2026-01-02\n"));
    assert_eq!(back.packages[0].files, lock.packages[0].files);
}

#[test]
fn markers_choose_by_target() {
    let lock = parse(&sample()).unwrap();
    let names = |target: &str| {
        let target = Target::parse(target).unwrap();
        lock.select(&target)
            .unwrap()
            .iter()
            .map(|package| package.name().to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("cp312-manylinux_2_28_x86_64"), ["asgiref"]);
    assert_eq!(names("cp312-win_amd64"), ["asgiref", "colorama"]);
}

#[test]
fn one_name_twice_is_a_conflict_where_both_apply() {
    let text = format!("a==1 --hash=sha256:{ONE}\nA==2 --hash=sha256:{TWO}\n");
    let error = parse(&text)
        .unwrap()
        .select(&Target::parse("cp312-win_amd64").unwrap())
        .unwrap_err();
    assert_eq!((error.kind(), error.place().line), (Kind::Conflict, Some(2)));
}

#[test]
fn the_line_of_a_fault_is_named() {
    let error = parse("a==1\nb = 2\n").unwrap_err();
    assert_eq!((error.kind(), error.place().line), (Kind::BadSyntax, Some(2)));
}

#[test]
fn what_is_not_pinned_and_hashed_is_not_locked() {
    let lock = parse(&format!(
        "a==1\nb>=1 --hash=sha256:{ONE}\nc==1 --hash=sha256:{ONE}\n"
    ))
    .unwrap();
    assert_eq!(
        lock.unlocked()
            .map(|package| package.name().to_string())
            .collect::<Vec<_>>(),
        ["a", "b"]
    );
}

#[test]
fn a_hash_in_an_address_counts_but_asks_nothing_of_others() {
    let line = format!("a @ https://index.example.com/a-1-py3-none-any.whl#egg=a&sha256={ONE}");
    let lock = parse(&format!("{line}\nb==1\n")).unwrap();
    let [a, b] = lock.packages.as_slice() else {
        panic!("{lock:?}")
    };
    assert!(a.is_locked() && !a.requires_hashes() && !b.is_locked());
    assert_eq!(a.hashes.first().unwrap().to_string(), format!("sha256:{ONE}"));
    assert_eq!(
        a.address().unwrap(),
        "https://index.example.com/a-1-py3-none-any.whl"
    );
    let document = serde_json::to_string(&lock.to_document()).unwrap();
    for form in [&lock.to_requirements(), &document] {
        assert_eq!(parse(form).unwrap().packages[0].hashes, a.hashes, "{form}");
    }
    let both = parse(&format!("{line} --hash=sha256:{TWO}\n")).unwrap();
    assert!(both.packages[0].requires_hashes() && both.packages[0].hashes.len() == 2);
    for (fragment, kind) in [
        ("sha256=zz", Kind::BadSyntax),
        (&*format!("sha512={ONE}{ONE}"), Kind::MissingHash),
    ] {
        let error = parse(&format!("a @ https://index.example.com/a.zip#{fragment}\n")).unwrap_err();
        assert_eq!((error.kind(), error.place().line), (kind, Some(1)), "{error}");
    }
    let weak = parse("a @ https://index.example.com/a.zip#md5=d41d8cd98f00b204e9800998ecf8427e\n").unwrap();
    assert!(!weak.is_locked());
}

#[test]
fn what_cannot_be_locked_is_refused() {
    for line in [
        "-e .",
        "./a",
        "./a-1-py3-none-any.whl",
        "https://index.example.com/x.zip",
    ] {
        assert_eq!(parse(line).unwrap_err().kind(), Kind::Unsupported, "{line}");
    }
}

#[test]
fn a_document_cut_short_is_refused() {
    let text = serde_json::to_string(&parse(&sample()).unwrap().to_document()).unwrap();
    assert_eq!(
        parse(&text[..text.len() - 1]).unwrap_err().kind(),
        Kind::BadDocument
    );
    assert_eq!(
        parse(r#"{"schema":"etcsync.plan/1"}"#).unwrap_err().kind(),
        Kind::BadDocument
    );
}

#[test]
fn a_hash_that_nobody_compares_is_not_passed_over() {
    let error = parse(&format!("a==1 --hash=sha512:{ONE}{TWO}\n")).unwrap_err();
    assert_eq!((error.kind(), error.place().line), (Kind::MissingHash, Some(1)));
    assert!(parse(&format!("a==1 --hash=sha512:{ONE}{TWO} --hash=sha256:{ONE}\n")).is_ok());
}
