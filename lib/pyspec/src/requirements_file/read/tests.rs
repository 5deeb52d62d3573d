//! Tests of reading requirements files.

use super::*;
use crate::requirements_file::Setting;

fn parse_alone(text: &str) -> Result<RequirementsFile, Error> {
    let mut outside = Outside {
        read: &mut |name| Err(format!("{name} is not there")),
        variable: &|name| (name == "SET").then(|| "value".to_owned()),
    };
    parse(text.as_bytes(), "requirements.in", &mut outside)
}

fn items(text: &str) -> Vec<Item> {
    parse_alone(text).unwrap().items
}

fn message(text: &str) -> String {
    parse_alone(text).unwrap_err().to_string()
}

#[test]
fn a_lock_is_read_with_its_comments() {
    let hash = "0".repeat(64);
    let text = format!(
        "# reqlock 1\n# input requirements.in sha256:{hash}\nasgiref==3.8.1 \\\n    --hash=sha256:{hash} \\\n    \
         --hash=sha256:{hash}\n    # via django>=3.8.1,<4\n    # via requirements.in:3\ndocopt==0.6.2  # index inner\n"
    );
    let file = parse_alone(&text).unwrap();
    assert_eq!(file.to_string(), text);
    let comments: Vec<&[String]> = file.items.iter().map(|item| &*item.comments).collect();
    assert_eq!(comments[0], ["reqlock 1"]);
    assert_eq!(comments[2], ["via django>=3.8.1,<4", "via requirements.in:3"]);
    assert_eq!(comments[3], ["index inner"]);
    assert_eq!(file.items[2].hashes.len(), 2);
    assert_eq!((file.items[2].line, file.items[3].line), (3, 8));
}

#[test]
fn comments_in_the_first_column_stand_alone() {
    let items = items("a\n# b\n  # c\n");
    assert_eq!(items.len(), 3);
    assert_eq!(items[2].comments, ["c"]);
}

#[test]
fn variables_are_replaced_and_stay_written() {
    let items = items("--index-url https://${SET}@index.example.com/${lower}/\n");
    assert_eq!(
        items[0].written,
        "--index-url https://${SET}@index.example.com/${lower}/"
    );
    let url = "https://value@index.example.com/${lower}/".to_owned();
    assert_eq!(items[0].kind, Kind::Setting(Setting::IndexUrl(url)));
    assert_eq!(
        message("\n a==1 ; os_name == '${UNSET}'"),
        "requirements.in line 2: variable UNSET is not set"
    );
}

#[test]
fn faults_have_line_and_column() {
    let Error::RequirementsFile { line, column, .. } =
        parse_alone("# x\na>=1 ; \\\n  nonsense == 1").unwrap_err()
    else {
        panic!()
    };
    assert_eq!((line, column), (3, 3));
}

#[test]
fn what_cannot_be_is_named() {
    for (text, part) in [
        ("a\n<<<<<<< HEAD\n", "line 2: a merge left its conflict marker"),
        ("=======", "conflict marker"),
        (">>>>>>> x", "conflict marker"),
        ("a\n\n\0", "line 3: a NUL"),
        ("a --global-option=x", "removed"),
        ("--hash=sha256:00", "64"),
        ("a --pre", "line of its own"),
        ("-r", "needs a value"),
        ("-r b.in", "b.in is not there"),
        ("a -- ", "no option"),
        ("-C a=b", "without a requirement"),
        ("a=1", "`==` may be meant"),
        ("-r .", "is not there"),
    ] {
        let message = message(text);
        assert!(message.contains(part), "{text:?}: {message}");
    }
    let alone = format!("--hash=sha256:{}", "0".repeat(64));
    assert!(message(&alone).contains("without a requirement"));
}

#[test]
fn bad_utf8_names_its_line_and_byte() {
    let mut outside = Outside {
        read: &mut |_| Err(String::new()),
        variable: &|_| None,
    };
    let error = parse(b"a\nb \xff", "r.in", &mut outside).unwrap_err();
    assert!(
        error.to_string().starts_with("r.in line 2: not UTF-8 at byte 4"),
        "{error}"
    );
    assert_eq!(error.line(), Some(2));
}

#[test]
fn nested_files_are_relative_to_the_one_that_names_them() {
    let mut asked = Vec::new();
    let mut read = |name: &str| {
        asked.push(name.to_owned());
        Ok(match name {
            "a/b/c.in" => b"-c ../d.in\n".to_vec(),
            "https://example.com/x/y.in" => b"-r z.in".to_vec(),
            _ => b"e".to_vec(),
        })
    };
    let mut outside = Outside {
        read: &mut read,
        variable: &|_| None,
    };
    let text = b"-r b/./c.in\n-r /abs/f.in\n--requirement=https://example.com/x/y.in";
    let file = parse(text, "./a/r.in", &mut outside).unwrap();
    assert_eq!(
        asked,
        [
            "a/b/c.in",
            "a/d.in",
            "/abs/f.in",
            "https://example.com/x/y.in",
            "https://example.com/x/z.in"
        ]
    );
    let bounds: Vec<bool> = file.items.iter().map(|item| item.constraint).collect();
    assert_eq!(bounds, [false, false, true, false, false, false, false, false]);
}

#[test]
fn a_file_may_be_included_twice_but_not_by_itself() {
    let mut outside = Outside {
        read: &mut |_| Ok(b"x".to_vec()),
        variable: &|_| None,
    };
    assert!(parse(b"-r b.in\n-r b.in", "a.in", &mut outside).is_ok());
    assert!(parse(b"-r ../q/a.in", "/q/a.in", &mut outside).is_err());
}

#[test]
fn endless_files_end() {
    let mut outside = Outside {
        read: &mut |_| Ok(b"-r sub/a.in\n-r sub/a.in".to_vec()),
        variable: &|_| None,
    };
    let error = parse(b"-r a.in", "r.in", &mut outside).unwrap_err();
    assert!(error.to_string().contains("too many files"), "{error}");
}

#[test]
fn several_options_of_a_line_are_several_items() {
    let items = items("-e ./a -e ./b --pre -C x=y");
    assert_eq!(items.len(), 3);
    assert_eq!(items[1].config_settings, [("x".to_owned(), "y".to_owned())]);
    assert!(items[2].config_settings.is_empty());
}
