//! What people see while files come: a bar on a terminal, and nothing elsewhere.

use std::time::Duration;

use kit::Ran;
use kit::index::{Fault, Times};

use crate::crashes::binary;
use crate::{Setting, large, other};

/// A setting whose large file drips for about a second.
fn slow() -> Setting {
    let setting = Setting::with(&[large(), other()]);
    let drip = Fault::Drip {
        bytes: 60_000,
        pause: Duration::from_millis(50),
    };
    setting
        .index
        .fault(&format!("/files/{}", large().file_name()), drip, Times::Always);
    setting
}

/// Runs pyfetch with standard error on a terminal, and returns what the terminal was sent.
fn on_a_terminal(setting: &Setting, options: &str) -> Ran {
    let command = format!(
        "stty rows 24 cols 100; {} --python {} -r requirements.txt -o wheels {options} >report.json",
        binary(setting).display(),
        kit::PYTHON
    );
    let run = setting
        .world
        .run("script")
        .args(["-q", "-e", "-c", &command, "/dev/null"]);
    run.env("PIP_INDEX_URL", setting.index.url())
        .env("TERM", "xterm")
        .env("SHELL", "/bin/sh")
        .succeed()
}

#[test]
fn a_terminal_is_shown_bytes_rate_and_files() {
    for json in [true, false] {
        let setting = slow();
        // An HTML page does not say how large its files are.
        setting.index.set(|settings| settings.json = json);
        let ran = on_a_terminal(&setting, "");
        let text = ran.text();
        let bars: Vec<_> = text.split('\r').filter(|bar| bar.contains("fetching")).collect();
        assert!(bars.len() > 3, "{text:?}");
        let shown = |part: &str| bars.iter().any(|bar| bar.contains(part));
        for part in ["1/2 files", "KiB", "KiB/s"] {
            assert!(
                shown(part) || shown(&part.replace("Ki", "Mi")),
                "no {part} in {text:?}"
            );
        }
        let total = large().bytes().len() + other().bytes().len();
        let total = format!("/{:.2} MiB", total as f64 / f64::from(1 << 20));
        assert_eq!(shown(&total), json, "{total} in {text:?}");
        // The bar is gone at the end, and the answer is where it belongs.
        assert!(setting.world.read("report.json").contains("wheelhouse/1"));
        let last = text.rsplit('\r').next().unwrap();
        assert!(!last.contains("fetching"), "{text:?}");
    }
}

#[test]
fn who_has_no_terminal_or_wants_none_of_it_is_shown_no_bar() {
    let setting = slow();
    assert_eq!(setting.fetch().succeed().stderr, "");
    for (option, lines) in [("-q", false), ("-v", true)] {
        let setting = slow();
        let text = on_a_terminal(&setting, option).text();
        assert!(!text.contains("files ") && !text.contains("B/s"), "{text:?}");
        assert_eq!(text.contains("bytes from"), lines, "{text:?}");
    }
}
