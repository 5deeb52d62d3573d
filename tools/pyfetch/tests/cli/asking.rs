//! What an index is asked for: in which order, over how many connections, and what need not be asked for again.

use std::time::Duration;

use kit::index::{Fault, Times};
use kit::wheel::Wheel;

use crate::{Setting, demo, large, other};

/// The paths under `start` that were asked for, in their order.
fn asked(setting: &Setting, start: &str) -> Vec<String> {
    let paths = setting.index.requests().into_iter().map(|request| request.path);
    paths.filter(|path| path.starts_with(start)).collect()
}

#[test]
fn a_page_is_kept_and_asked_for_again_only_if_it_has_changed() {
    let setting = Setting::with(&[demo(), other()]);
    let anew = |more: &[&str]| {
        let wheels = setting.world.path("wheels");
        if wheels.exists() {
            fs_err::remove_dir_all(wheels).unwrap();
        }
        setting.index.forget();
        setting.fetch().args(more).succeed();
        let pages = setting.index.requests().into_iter();
        let pages = pages.filter(|request| request.path.starts_with("/simple/"));
        pages.map(|request| request.status).collect::<Vec<_>>()
    };
    assert_eq!(anew(&["--no-cache"]), [200, 200]);
    assert_eq!(anew(&[]), [200, 200]);
    assert_eq!(anew(&[]), [304, 304]);
    setting.publish(&Wheel::new("other", "3.0"));
    let mut statuses = anew(&[]);
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 304]);
    assert_eq!(anew(&[]), [304, 304]);
    assert_eq!(anew(&["--no-cache"]), [200, 200]);
    // Of a page that has not changed, other files may be wanted than before.
    setting.lock(&[demo(), Wheel::new("other", "3.0")]);
    let mut statuses = anew(&[]);
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 304, 304]);
    assert!(setting.names().contains(&"other-3.0-py3-none-any.whl".to_owned()));
    assert_eq!(anew(&[]), [304, 304]);
}

#[test]
fn the_largest_file_comes_first() {
    let middle = Wheel::new("middle", "1.0").file("middle.bin", vec![7; 40_000]);
    let wheels = [other(), middle, large()];
    let setting = Setting::with(&wheels);
    setting.fetch().args(["--jobs", "1"]).succeed();
    let expected: Vec<_> = wheels
        .iter()
        .rev()
        .map(|wheel| format!("/files/{}", wheel.file_name()))
        .collect();
    assert_eq!(asked(&setting, "/files/"), expected);
}

#[test]
fn sixteen_connections_serve_for_everything() {
    let wheels: Vec<_> = (0..40)
        .map(|number| Wheel::new(&format!("part{number}"), "1.0").file("x.py", ""))
        .collect();
    for (options, most) in [(&[][..], 16), (&["--jobs", "3"], 3)] {
        let setting = Setting::with(&wheels);
        // Slow enough for all of them to be busy at once.
        setting
            .index
            .set(|settings| settings.latency = Duration::from_millis(30));
        setting.fetch().args(options).succeed();
        assert_eq!(asked(&setting, "/").len(), 80);
        let connections = setting.index.connections();
        assert!((most / 2..=most).contains(&connections), "{connections}");
    }
}

#[test]
fn a_pylock_that_says_where_its_files_are_needs_no_page() {
    let setting = Setting::with(&[demo(), other()]);
    let package = |wheel: &Wheel, name: &str, version: &str| {
        format!(
            "[[packages]]\nname = '{name}'\nversion = '{version}'\n[[packages.wheels]]\nname = '{file}'\nurl = '{url}'\n\
             size = {size}\nhashes = {{sha256 = '{hash}'}}\n",
            file = wheel.file_name(),
            url = setting.index.file_url(&wheel.file_name()),
            size = wheel.bytes().len(),
            hash = wheel.sha256(),
        )
    };
    let lock = format!(
        "lock-version = '1.0'\ncreated-by = 'hand'\n{}{}",
        package(&demo(), "demo", "1.0"),
        package(&other(), "other", "2.0")
    );
    setting.world.write("pylock.toml", &lock);
    let by_name = setting.bare().args(["-r", "pylock.toml", "-o", "wheels"]);
    let document = by_name.succeed().json();
    assert_eq!(document["files"].as_array().unwrap().len(), 2);
    assert_eq!(asked(&setting, "/simple/"), [""; 0]);
    assert_eq!(asked(&setting, "/files/").len(), 2);
    let names = setting.names();
    // Standard input has no name: the first key tells.
    fs_err::remove_dir_all(setting.world.path("wheels")).unwrap();
    setting
        .bare()
        .args(["-r", "-", "-o", "wheels"])
        .stdin(lock)
        .succeed();
    assert_eq!(setting.names(), names);
    // Bytes that are not the lock's are refused there, too.
    fs_err::remove_dir_all(setting.world.path("wheels")).unwrap();
    setting
        .index
        .fault("/files/demo", Fault::ChangedBytes, Times::Always);
    let again = setting.bare().args(["-r", "pylock.toml", "-o", "wheels"]);
    again.output().fails(65, "hash-mismatch");
}
