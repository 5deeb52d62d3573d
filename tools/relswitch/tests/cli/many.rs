//! Five thousand releases: everything still holds, and ends.

use kit::give;
use serde_json::{Value, json};

use crate::world::Site;

const MANY: usize = 5000;

/// Makes many releases of one: their folders, their pins, and lines in the log for the last few.
fn multiply(site: &Site, model: &str) -> Vec<String> {
    let text = site.world.read(format!("app/releases/{model}/.relswitch.json"));
    let mut release: Value = serde_json::from_str(&text).unwrap();
    let commit = release["commit"].as_str().unwrap().to_owned();
    let (mut ids, mut pins, mut log) = (vec![model.to_owned()], String::new(), String::new());
    for seq in 2..=MANY {
        // The names run against the sequence.
        let id = format!("20261126T{:06}Z-{}", MANY - seq, &commit[..12]);
        release["id"] = json!(id);
        release["seq"] = json!(seq);
        release["path"] = json!(format!("releases/{id}"));
        let folder = site.world.path(format!("app/releases/{id}"));
        fs_err::create_dir(&folder).unwrap();
        fs_err::write(folder.join(".relswitch.json"), release.to_string()).unwrap();
        give(&folder);
        give(&folder.join(".relswitch.json"));
        pins += &format!("create refs/relswitch/{id} {commit}\n");
        if seq > MANY - 3 {
            log += &format!("{{\"event\":\"switched\",\"id\":\"{id}\",\"at\":\"2026-11-26T00:00:00Z\"}}\n");
        }
        ids.push(id);
    }
    let git = site
        .world
        .run("git")
        .cwd("app/repo.git")
        .args(["update-ref", "--stdin"]);
    git.stdin(pins).succeed();
    let old = site.world.read("app/.relswitch/log.ndjson");
    site.world.write("app/.relswitch/log.ndjson", old + &log);
    ids
}

#[test]
fn five_thousand_releases_are_listed_switched_and_pruned() {
    let site = Site::with_commit();
    let model = site.deploy("main");
    let ids = multiply(&site, &model);
    fs_err::remove_file(site.world.path("app/.relswitch/state.json")).unwrap();
    assert_eq!(site.relswitch("recover").succeed().json()["rebuilt"], true);

    let list = site.relswitch("list").succeed().json();
    let listed = list["releases"].as_array().unwrap();
    assert!(
        listed.iter().map(|release| &release["id"]).eq(&ids),
        "by sequence, not by name"
    );
    let middle = &ids[MANY / 2];
    site.relswitch(&format!("switch {middle}")).succeed();
    let status = site.relswitch("status").succeed().json();
    assert_eq!(
        (&status["current"]["id"], &status["previous"]),
        (&json!(middle), &json!(model))
    );
    site.relswitch("rollback").succeed();
    assert_eq!(site.current().as_ref(), Some(&model));
    let next = site.relswitch("stage main").succeed().json();
    assert_eq!(next["seq"], MANY + 1);

    let report = site.relswitch("prune --keep 3").succeed().json();
    // What was never current and is newer than what runs may still be switched to, so all of that stays.
    assert_eq!(
        report["removed"],
        json!([ids[MANY - 3]]),
        "{}",
        report["removed"][0]
    );
    let last = &ids[MANY - 1];
    site.relswitch(&format!("switch {last}")).succeed();
    let report = site.relswitch("prune --keep 3").succeed().json();
    let kept: Vec<_> = report["kept"].as_array().unwrap().iter().collect();
    assert_eq!(report["removed"].as_array().unwrap().len() + kept.len(), MANY);
    assert!(kept.len() < 8, "{kept:#?}");
    assert_eq!(site.names("releases").len(), kept.len());
    let pins = site.git("app/repo.git", &["for-each-ref", "refs/relswitch"]);
    assert_eq!(pins.lines().count(), kept.len());
    assert_eq!(site.names(".relswitch/trash"), [""; 0]);
    site.relswitch("rollback").succeed();
}
