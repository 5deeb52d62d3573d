use std::collections::BTreeMap;

use super::*;
use crate::Address;

fn environment(variables: &[(&str, &str)]) -> Environment {
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Environment {
        variables,
        prefix: None,
    }
}

fn load(environment: &Environment, files: &[(&str, &str)]) -> Config {
    let files: BTreeMap<&Path, &str> = files
        .iter()
        .map(|(path, text)| (Path::new(*path), *text))
        .collect();
    Config::load_with(environment, |path| {
        Ok(files.get(path).map(|text| text.as_bytes().to_vec()))
    })
    .unwrap()
}

fn settings(environment: &Environment, files: &[(&str, &str)], options: &Options) -> Result<Settings, Error> {
    Settings::new(&load(environment, files), options, environment, || None)
}

fn value(config: &Config, key: &str) -> String {
    config
        .get(key)
        .map(|setting| format!("{} {}", setting.value, setting.origin))
        .unwrap_or_default()
}

#[test]
fn later_places_win() {
    let home = environment(&[("HOME", "/home/me"), ("PIP_RETRIES", "9")]).with_prefix("/venv");
    let config = load(
        &home,
        &[
            ("/etc/xdg/pip/pip.conf", "[global]\ntimeout = 1\nproxy = a\n"),
            (
                "/etc/pip.conf",
                "[global]\ntimeout = 2\nretries = 2\n[download]\npre = yes\n",
            ),
            ("/home/me/.pip/pip.conf", "[global]\ntimeout = 3\n"),
            (
                "/home/me/.config/pip/pip.conf",
                "[global]\ntimeout = 4\npre = no\n[list]\nproxy = b\n",
            ),
            ("/venv/pip.conf", "[global]\ntimeout = 5\n"),
        ],
    );
    assert_eq!(value(&config, "timeout"), "5 /venv/pip.conf:2 [global]");
    assert_eq!(value(&config, "proxy"), "a /etc/xdg/pip/pip.conf:3 [global]");
    assert_eq!(value(&config, "pre"), "yes /etc/pip.conf:5 [download]");
    assert_eq!(value(&config, "retries"), "9 PIP_RETRIES");
}

#[test]
fn a_named_file_stands_in_for_the_users_own() {
    let named = tempfile::NamedTempFile::new().unwrap();
    let path = named.path().to_str().unwrap();
    let with = environment(&[("HOME", "/home/me"), ("PIP_CONFIG_FILE", path)]);
    assert_eq!(with.config_files().last().unwrap(), named.path());
    assert!(!with.config_files().iter().any(|path| path.starts_with("/home")));
    assert!(
        environment(&[("PIP_CONFIG_FILE", "/dev/null"), ("HOME", "/h")])
            .config_files()
            .is_empty()
    );
}

#[test]
fn indexes_come_in_order_and_once() {
    let text = "[global]\nindex-url = https://u:secret@one.example.com/simple\n\
                extra-index-url =\n  https://two.example.com/simple\n  https://three.example.com/simple\n";
    let home = environment(&[
        ("HOME", "/h"),
        (
            "PIP_EXTRA_INDEX_URL",
            "https://four.example.com/ https://five.example.com/",
        ),
    ]);
    let found = settings(&home, &[("/etc/pip.conf", text)], &Options::default()).unwrap();
    let names: Vec<String> = found
        .indexes
        .iter()
        .map(|(address, _)| address.to_string())
        .collect();
    assert_eq!(
        names,
        [
            "https://one.example.com/simple",
            "https://four.example.com/",
            "https://five.example.com/"
        ]
    );
    let shown = load(&home, &[("/etc/pip.conf", text)]).to_text();
    assert!(
        shown.contains("index-url = https://****@one.example.com/simple  # /etc/pip.conf:2 [global]"),
        "{shown}"
    );
    let given = Options {
        index_url: Some("https://four.example.com/".into()),
        ..Options::default()
    };
    assert_eq!(settings(&home, &[], &given).unwrap().indexes.len(), 2);
}

#[test]
fn without_an_index_the_default_is_asked_and_else_it_is_an_error() {
    let bare = environment(&[]);
    let error = settings(&bare, &[], &Options::default()).unwrap_err();
    assert!(matches!(error, Error::NoIndex));
    let config = Config::default();
    let asked = Settings::new(&config, &Options::default(), &bare, || {
        Some("https://index.example.com/simple/".into())
    });
    assert_eq!(asked.unwrap().indexes[0].1, Origin::BuiltIn);
    let none = Options {
        no_index: true,
        find_links: vec!["/srv/wheels".into()],
        ..Options::default()
    };
    let found = settings(&bare, &[], &none).unwrap();
    assert!(found.indexes.is_empty());
    assert_eq!(
        found.find_links[0].0,
        Address::parse("file:///srv/wheels").unwrap()
    );
}

#[test]
fn values_that_make_no_sense_name_their_place() {
    let home = environment(&[]);
    for (text, words) in [
        ("no-index = perhaps", "no-index"),
        ("timeout = soon", "seconds"),
        ("retries = -1", "a number"),
        ("index-url = ftp://x/", "ftp://x/"),
    ] {
        let file = format!("[global]\n{text}\n");
        let error = settings(&home, &[("/etc/pip.conf", &file)], &Options::default()).unwrap_err();
        let message = error.to_string();
        assert!(
            message.contains("/etc/pip.conf:2") && message.contains(words),
            "{message}"
        );
    }
}

/// What pip itself says of the same files and variables.
#[test]
fn pip_agrees() {
    let home = tempfile::tempdir().unwrap();
    let text = "[global]\nindex-url = https://index.example.com/simple\ntimeout = 7\nfind-links =\n  /a\n  /b\n\
                [install]\nretries = 3\n[download]\nretries : 4\n";
    fs_err::create_dir_all(home.path().join(".config/pip")).unwrap();
    fs_err::write(home.path().join(".config/pip/pip.conf"), text).unwrap();
    fs_err::create_dir_all(home.path().join(".pip")).unwrap();
    fs_err::write(
        home.path().join(".pip/pip.conf"),
        "[global]\ntimeout = 6\nproxy = p:1\n",
    )
    .unwrap();
    let home_text = home.path().to_str().unwrap();
    let variables = [
        ("HOME", home_text),
        ("PIP_NO_BINARY", "x,y"),
        ("XDG_CONFIG_DIRS", "/nowhere"),
    ];
    let output = std::process::Command::new("/usr/bin/python3")
        .args(["-m", "pip", "config", "list"])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .envs(variables)
        .output()
        .unwrap();
    if !output.status.success() {
        return; // This python has no pip to compare with.
    }
    let config = Config::load(&environment(&variables)).unwrap();
    let mut lines = 0;
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let (key, said) = line.split_once('=').unwrap();
        let (section, key) = key.rsplit_once('.').unwrap();
        // pip lists each section for itself; ours are merged, the later winning.
        if section == "install" && key == "retries" {
            continue;
        }
        let found = config.get(key).unwrap_or_else(|| panic!("pip knows {line}"));
        let escaped = found.value.replace('\n', "\\n");
        assert_eq!(
            said.trim_matches('\'').trim_start_matches("\\n"),
            escaped,
            "{line}"
        );
        lines += 1;
    }
    assert!(lines >= 6, "{lines}");
}
