//! Whether the index answers: asked only when told, and only the one that pip is configured with.

use crate::host::found;
use kit::{World, index::Index};

fn look(world: &World) -> kit::Run {
    let empty = world.folder("empty");
    let run = world
        .run(env!("CARGO_BIN_EXE_prodcheck"))
        .arg("--root")
        .arg(empty);
    run.env("PIP_CONFIG_FILE", world.path("pip.conf"))
}

#[test]
fn an_index_that_answers_is_a_finding() {
    let world = World::new();
    let index = Index::start();
    let address = index.url().replace("http://", "http://me:s3cret@");
    world.write("pip.conf", format!("[global]\nindex-url = {address}\n"));
    look(&world).succeed();
    let ran = look(&world).arg("--probe-network").output().expect(1);
    let [finding] = found(&ran.json()).try_into().unwrap();
    assert!(
        finding.starts_with(&format!(
            "network-reachable {}: 127.0.0.1 answers on port",
            index.url()
        )),
        "{finding}"
    );
    assert!(!ran.text().contains("s3cret"));
}

#[test]
fn one_that_does_not_answer_is_none() {
    let world = World::new();
    // A port that nobody listens on: it was ours a moment ago.
    let address = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    world.write(
        "pip.conf",
        format!("[install]\nindex-url = http://{address}/simple\n"),
    );
    let audit = look(&world).arg("--probe-network").succeed().json();
    assert_eq!(found(&audit), [""; 0]);
}
