//! The client against a server that misbehaves on demand.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::time::Duration;

use index::{Address, Client, Error, File, Partial, Settings};
use kit::index::{Fault, Index, Published, Times};
use kit::wheel::Wheel;
use wire::{Fault as _, Kind};

fn settings(index: &Index) -> Settings {
    Settings {
        indexes: vec![(
            Address::parse(&index.url()).unwrap(),
            index::config::Origin::CommandLine,
        )],
        timeout: Duration::from_secs(2),
        retries: 2,
        pause: Duration::from_millis(5),
        ..Settings::default()
    }
}

fn client(index: &Index) -> Client {
    Client::new(settings(index))
}

/// A wheel large enough that its directory is not in the first tail read.
fn wheel() -> Wheel {
    let noise: Vec<u8> = (0..200_000u32)
        .flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes())
        .collect();
    let mut wheel = Wheel::new("demo", "1.0")
        .requires("other>=1")
        .file("demo/noise.bin", noise);
    for number in 0..400 {
        wheel = wheel.file(
            &format!("demo/module_with_a_long_name_{number}.py"),
            format!("x = {number}\n"),
        );
    }
    wheel
}

fn published() -> (Index, Vec<u8>) {
    let index = Index::start();
    let bytes = wheel().bytes();
    index.add(&wheel().file_name(), bytes.clone());
    (index, bytes)
}

fn only(client: &Client) -> File {
    client.page("demo").unwrap().files.pop().unwrap()
}

fn get(client: &Client, file: &File, folder: &tempfile::TempDir) -> Result<Vec<u8>, Error> {
    let mut partial = Partial::open(folder.path().join("part")).unwrap();
    client.download(file, &[], &mut partial, &|_| ())?;
    Ok(fs_err::read(partial.path()).unwrap())
}

#[test]
fn a_page_says_what_is_there() {
    let index = Index::start();
    let mut file = Published::new(&wheel().file_name(), wheel().bytes());
    file.yanked = Some("broken".into());
    file.requires_python = Some(">=3.8".into());
    file.uploaded = Some("2024-01-02T03:04:05Z".into());
    let size = file.bytes.len() as u64;
    index.publish(file);
    let found = only(&client(&index));
    assert_eq!(found.sha256.as_deref(), Some(wheel().sha256().as_str()));
    assert_eq!(found.size, Some(size));
    assert_eq!(found.yanked.as_deref(), Some("broken"));
    assert_eq!(found.requires_python.as_deref(), Some(">=3.8"));
    assert_eq!(found.uploaded.as_deref(), Some("2024-01-02T03:04:05Z"));
    assert_eq!(found.url.to_string(), index.file_url(&wheel().file_name()));
    assert_eq!(index.requests()[0].header("accept-encoding"), Some("gzip"));
}

#[test]
fn an_html_page_says_the_same() {
    let (index, _) = published();
    let json = only(&client(&index));
    index.set(|settings| settings.json = false);
    assert_eq!(only(&client(&index)), File { size: None, ..json });
}

#[test]
fn a_captive_portal_is_named() {
    let (index, _) = published();
    index.fault("/simple/", Fault::Html, Times::Always);
    let error = client(&index).page("demo").unwrap_err();
    assert_eq!(error.kind(), Kind::NotAPackage);
    assert!(
        error.to_string().contains("text/html") && error.to_string().contains("/simple/demo/"),
        "{error}"
    );
}

#[test]
fn an_index_of_files_works_like_another() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("simple/demo");
    fs_err::create_dir_all(&project).unwrap();
    let index = Address::of_path(&folder.path().join("simple"));
    let settings = Settings {
        indexes: vec![(index.clone(), index::config::Origin::CommandLine)],
        find_links: vec![(
            Address::of_path(&folder.path().join("links.html")),
            index::config::Origin::CommandLine,
        )],
        ..Settings::default()
    };
    wheel().write_to(&project);
    assert_eq!(only(&Client::new(settings.clone())).name, wheel().file_name());
    let link = format!(
        "<a href=\"{0}#sha256={1}\">{0}</a>",
        wheel().file_name(),
        wheel().sha256()
    );
    fs_err::write(project.join("index.html"), &link).unwrap();
    let client = Client::new(settings.clone());
    let file = only(&client);
    assert_eq!(file.sha256.as_deref(), Some(wheel().sha256().as_str()));
    assert_eq!(get(&client, &file, &folder).unwrap(), wheel().bytes());
    assert!(client.metadata(&file).is_ok());
    fs_err::write(folder.path().join("links.html"), link.replace("1.0", "0.5")).unwrap();
    assert_eq!(Client::new(settings).page("demo").unwrap().files.len(), 2);
}

#[test]
fn the_first_index_that_knows_a_name_wins() {
    let (first, second) = (Index::start(), Index::start());
    second.add("demo-2.0.tar.gz", b"two".to_vec());
    let mut both = settings(&first);
    both.indexes.extend(settings(&second).indexes);
    let found = Client::new(both.clone()).page("demo").unwrap();
    assert_eq!(
        (found.files[0].name.as_str(), &*found.index),
        ("demo-2.0.tar.gz", second.url().as_str())
    );
    first.add("demo-1.0.tar.gz", b"one".to_vec());
    second.forget();
    let client = Client::new(both);
    assert_eq!(client.page("demo").unwrap().files[0].name, "demo-1.0.tar.gz");
    assert_eq!(second.requests().len(), 0);
    assert_eq!(client.pages("demo").count(), 2);
    let error = client.page("nobody").unwrap_err();
    assert_eq!(error.kind(), Kind::UnknownPackage);
    assert!(
        error.to_string().contains(&first.url()) && error.to_string().contains("nobody"),
        "{error}"
    );
}

#[test]
fn links_come_before_indexes() {
    let (index, _) = published();
    let folder = tempfile::tempdir().unwrap();
    Wheel::new("demo", "0.9").write_to(folder.path());
    Wheel::new("demo_extra", "0.9").write_to(folder.path());
    let mut settings = settings(&index);
    settings.find_links = vec![(
        Address::of_path(folder.path()),
        index::config::Origin::CommandLine,
    )];
    let client = Client::new(settings.clone());
    let names: Vec<String> = client
        .page("demo")
        .unwrap()
        .files
        .into_iter()
        .map(|file| file.name)
        .collect();
    assert_eq!(names, ["demo-0.9-py3-none-any.whl", "demo-1.0-py3-none-any.whl"]);
    let file = client.page("demo-extra").unwrap().files.remove(0);
    assert!(
        String::from_utf8(client.metadata(&file).unwrap())
            .unwrap()
            .contains("Version: 0.9")
    );
    let target = tempfile::tempdir().unwrap();
    assert_eq!(
        get(&client, &file, &target).unwrap(),
        Wheel::new("demo_extra", "0.9").bytes()
    );
    settings.find_links[0].0 = Address::parse("file:///nowhere").unwrap();
    assert!(Client::new(settings).missing_links()[0].contains("/nowhere"));
}

#[test]
fn metadata_comes_from_the_cheapest_place() {
    let (index, _) = published();
    let name = format!("{}.metadata", wheel().file_name());
    let expected = "Requires-Dist: other>=1";
    let metadata = |client: &Client| String::from_utf8(client.metadata(&only(client)).unwrap()).unwrap();

    assert!(metadata(&client(&index)).contains(expected));
    assert_eq!((index.count(&name), index.count("/files/")), (1, 1));

    // Served though not announced: tried, and found.
    index.set(|settings| settings.announce_metadata = false);
    index.forget();
    assert!(metadata(&client(&index)).contains(expected));
    assert_eq!(index.count("/files/"), 1);

    // Neither: ranges, and the host is not asked for it again.
    index.set(|settings| settings.metadata = false);
    index.forget();
    let client_of_ranges = client(&index);
    assert!(metadata(&client_of_ranges).contains(expected));
    assert!(metadata(&client_of_ranges).contains(expected));
    assert_eq!(index.count(&name), 1);
    let sent: usize = index
        .requests()
        .iter()
        .filter(|request| request.path.contains("/files/"))
        .map(|request| request.sent)
        .sum();
    assert!(sent < 2 * 150_000, "{sent}");

    // Without sizes on the page the end is asked for by its distance.
    index.set(|settings| settings.sizes = false);
    assert!(metadata(&client(&index)).contains(expected));

    // No ranges either: the whole wheel.
    index.set(|settings| settings.ranges = false);
    assert!(metadata(&client(&index)).contains(expected));
}

#[test]
fn changed_metadata_is_refused() {
    let (index, _) = published();
    index.fault(".metadata", Fault::ChangedBytes, Times::Always);
    let client = client(&index);
    let error = client.metadata(&only(&client)).unwrap_err();
    assert_eq!(error.kind(), Kind::HashMismatch);
}

#[test]
fn a_download_cut_again_and_again_goes_on_where_it_was() {
    let (index, bytes) = published();
    let step = bytes.len() / 10;
    index.fault(".whl", Fault::Cut { after: step }, Times::First(9));
    let client = client(&index);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(get(&client, &only(&client), &folder).unwrap(), bytes);
    let files: Vec<_> = index
        .requests()
        .into_iter()
        .filter(|request| request.path.ends_with(".whl"))
        .collect();
    assert_eq!(files.len(), 10);
    assert_eq!(files[1].header("range"), Some(format!("bytes={step}-").as_str()));
    assert!(files[1].header("if-range").is_some());
    assert_eq!(files[0].header("accept-encoding"), Some("identity"));
    assert!(files.iter().map(|request| request.sent).sum::<usize>() <= bytes.len());
}

#[test]
fn a_later_run_goes_on_too() {
    let (index, bytes) = published();
    let folder = tempfile::tempdir().unwrap();
    index.fault(".whl", Fault::Cut { after: 1000 }, Times::First(1));
    index.fault(".whl", Fault::Status(403), Times::First(1));
    let first = client(&index);
    let error = get(&first, &only(&first), &folder).unwrap_err();
    assert_eq!(error.kind(), Kind::Http403);
    let second = client(&index);
    assert_eq!(get(&second, &only(&second), &folder).unwrap(), bytes);
    assert_eq!(index.requests().last().unwrap().sent, bytes.len() - 1000);
}

#[test]
fn a_file_that_changed_in_between_is_begun_anew() {
    for etag in [true, false] {
        let (index, bytes) = published();
        index.set(|settings| settings.etag = etag);
        let folder = tempfile::tempdir().unwrap();
        fs_err::write(folder.path().join("part"), b"these are other bytes").unwrap();
        fs_err::write(folder.path().join("part.validator"), b"\"old\"").unwrap();
        let client = client(&index);
        assert_eq!(
            get(&client, &only(&client), &folder).unwrap(),
            bytes,
            "etag {etag}"
        );
    }
}

#[test]
fn odd_answers_are_borne() {
    for fault in [
        Fault::IgnoreRange,
        Fault::WrongRange,
        Fault::Gzip,
        Fault::LyingLength(10),
        Fault::LyingLength(-10),
        Fault::Truncated,
        Fault::NoAnswer,
        Fault::Status(503),
        Fault::RetryAfter(429, 0),
    ] {
        let (index, bytes) = published();
        let client = client(&index);
        let file = only(&client);
        index.fault(".whl", Fault::Cut { after: 5000 }, Times::First(1));
        index.fault(".whl", fault.clone(), Times::First(1));
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(get(&client, &file, &folder).unwrap(), bytes, "{fault:?}");
    }
}

#[test]
fn failures_are_told_apart() {
    let cases = [
        (Fault::Html, Kind::NotAPackage, "text/html"),
        (Fault::Status(401), Kind::Http401, "401"),
        (Fault::Status(403), Kind::Http403, "403"),
        (Fault::Status(404), Kind::NotFound, "404"),
        (Fault::Status(500), Kind::Http5xx, "tried 3 times"),
        (Fault::RetryAfter(429, 3600), Kind::Http429, "429"),
        (Fault::NoAnswer, Kind::Network, "tried 3 times"),
        (Fault::ChangedBytes, Kind::HashMismatch, "expected sha256:"),
        (
            Fault::Redirect("ftp://index.example.com/".into()),
            Kind::Network,
            "ftp://",
        ),
        (
            Fault::Redirect("file:///etc/passwd".into()),
            Kind::Network,
            "file:///etc/passwd",
        ),
    ];
    for (fault, kind, words) in cases {
        let (index, _) = published();
        let client = client(&index);
        let file = only(&client);
        index.fault(".whl", fault.clone(), Times::Always);
        let folder = tempfile::tempdir().unwrap();
        let error = get(&client, &file, &folder).unwrap_err();
        assert_eq!(error.kind(), kind, "{fault:?}: {error}");
        assert!(error.to_string().contains(words), "{fault:?}: {error}");
        assert!(error.to_string().contains(&index.base()), "{fault:?}: {error}");
    }
}

#[test]
fn a_hash_mismatch_says_everything() {
    let (index, bytes) = published();
    let client = client(&index);
    let file = only(&client);
    let folder = tempfile::tempdir().unwrap();
    let mut partial = Partial::open(folder.path().join("part")).unwrap();
    let wanted = "0".repeat(64);
    let error = client
        .download(&file, std::slice::from_ref(&wanted), &mut partial, &|_| ())
        .unwrap_err();
    let message = error.to_string();
    for part in [
        &file.name,
        &index.url(),
        &wanted,
        &wheel().sha256(),
        &bytes.len().to_string(),
    ] {
        assert!(message.contains(part.as_str()), "{message}");
    }
    assert!(partial.is_empty(), "nobody may go on from wrong bytes");
}

#[test]
fn a_slow_loris_is_given_up() {
    let (index, _) = published();
    let mut settings = settings(&index);
    settings.patience = Duration::from_millis(600);
    settings.retries = 0;
    let client = Client::new(settings);
    let mut file = only(&client);
    file.size = None;
    index.fault(
        ".whl",
        Fault::Drip {
            bytes: 10,
            pause: Duration::from_millis(50),
        },
        Times::Always,
    );
    let folder = tempfile::tempdir().unwrap();
    let begun = std::time::Instant::now();
    let error = get(&client, &file, &folder).unwrap_err();
    assert_eq!(error.kind(), Kind::Timeout, "{error}");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_trickle_is_given_up_however_often_it_goes_on() {
    let (index, _) = published();
    let mut settings = settings(&index);
    settings.patience = Duration::from_secs(1);
    settings.timeout = Duration::from_millis(100);
    settings.retries = 1000;
    let client = Client::new(settings);
    let mut file = only(&client);
    file.size = None;
    let trickle = Fault::Drip {
        bytes: 10,
        pause: Duration::from_secs(30),
    };
    index.fault(".whl", trickle, Times::Always);
    let folder = tempfile::tempdir().unwrap();
    let begun = std::time::Instant::now();
    let error = get(&client, &file, &folder).unwrap_err();
    assert_eq!(error.kind(), Kind::Timeout, "{error}");
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert!(index.count(".whl") > 2, "it went on");
}

#[test]
fn credentials_go_to_their_own_host_only() {
    let (index, bytes) = published();
    let other = Index::start();
    other.add(&wheel().file_name(), bytes.clone());
    index.set(|settings| settings.auth = Some(("me".into(), "se:cret".into())));
    let mut settings = settings(&index);
    let denied = Client::new(settings.clone()).page("demo").unwrap_err();
    assert_eq!(denied.kind(), Kind::Http401);
    assert!(denied.hint().unwrap().contains("127.0.0.1"), "{denied}");

    settings.indexes[0].0 = Address::parse(&index.url_with("me", "se%3Acret")).unwrap();
    let client = Client::new(settings);
    let file = only(&client);
    assert!(!format!("{file:?} {client:?}").contains("cret"));
    index.fault(".whl", Fault::Redirect(other.base()), Times::Always);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(get(&client, &file, &folder).unwrap(), bytes);
    let request = other.requests().pop().unwrap();
    assert!(request.path.ends_with(".whl"));
    assert_eq!(request.header("authorization"), None);
}

#[test]
fn netrc_opens_the_door() {
    let (index, _) = published();
    index.set(|settings| settings.auth = Some(("me".into(), "secret".into())));
    let file = tempfile::NamedTempFile::new().unwrap();
    fs_err::write(file.path(), "machine 127.0.0.1 login me password secret\n").unwrap();
    let mut settings = settings(&index);
    settings
        .environment
        .variables
        .insert("NETRC".into(), file.path().to_str().unwrap().into());
    assert_eq!(Client::new(settings).page("demo").unwrap().files.len(), 1);
}

#[test]
fn redirects_end() {
    let (index, _) = published();
    index.fault(
        "/simple/",
        Fault::Redirect(format!("{}simple/demo/", index.base())),
        Times::Always,
    );
    let error = client(&index).page("demo").unwrap_err();
    assert!(error.to_string().contains("more than 10 redirects"), "{error}");
    assert_eq!(index.requests().len(), 11);
}

#[test]
fn an_index_that_is_closed_may_be_open_later() {
    let closed = Index::start();
    let mut settings = settings(&closed);
    drop(closed);
    settings.retries = 0;
    assert_eq!(
        Client::new(settings).page("demo").unwrap_err().kind(),
        Kind::Network
    );
}

#[test]
fn a_proxy_is_asked_for_whole_addresses() {
    let (index, bytes) = published();
    index.set(|settings| settings.files_at = Some("http://files.example.com/".to_owned()));
    let mut settings = settings(&index);
    settings.indexes[0].0 = Address::parse("http://index.example.com:8080/simple/").unwrap();
    settings.proxy = Some(index.base().replace("http://", "http://me:hunter2@"));
    let client = Client::new(settings.clone());
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(get(&client, &only(&client), &folder).unwrap(), bytes);
    let requests = index.requests();
    assert_eq!(requests[0].path, "http://index.example.com:8080/simple/demo/");
    assert_eq!(requests[0].header("host"), Some("index.example.com:8080"));
    assert_eq!(
        requests[0].header("proxy-authorization"),
        Some("Basic bWU6aHVudGVyMg==")
    );
    assert!(
        requests[1]
            .path
            .starts_with("http://files.example.com/files/demo")
    );
    // Https goes through a tunnel, which this proxy does not give.
    settings.indexes[0].0 = Address::parse("https://index.example.com/simple/").unwrap();
    settings.retries = 0;
    assert!(Client::new(settings.clone()).page("demo").is_err());
    assert_eq!(index.requests().last().unwrap().method, "CONNECT");
    // And a proxy that is not there is none.
    settings.proxy = Some("http://127.0.0.1:9".into());
    assert!(Client::new(settings).page("demo").is_err());
}

#[test]
fn one_connection_serves_many_requests() {
    let (index, _) = published();
    let client = client(&index);
    for _ in 0..5 {
        client.page("demo").unwrap();
    }
    assert_eq!(index.connections(), 1);
}

#[test]
fn pages_and_metadata_are_kept_between_runs() {
    let (index, _) = published();
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(&index);
    settings.cache = Some(folder.path().to_owned());
    let ask = || {
        let client = Client::new(settings.clone());
        let file = only(&client);
        (client.metadata(&file).unwrap(), file)
    };
    let first = ask();
    index.forget();
    assert_eq!(ask(), first);
    let requests = index.requests();
    assert_eq!(requests.len(), 1, "the page is asked for, the metadata is not");
    assert_eq!((requests[0].status, requests[0].sent), (304, 0));

    // A page that has changed is read anew, and a damaged copy is none.
    index.add("demo-2.0.tar.gz", b"two".to_vec());
    assert_eq!(Client::new(settings.clone()).page("demo").unwrap().files.len(), 2);
    for entry in walk(folder.path()) {
        fs_err::write(entry, "rubbish").unwrap();
    }
    assert_eq!(ask(), first);
}

#[test]
fn who_trusts_an_index_does_not_ask_before_its_time() {
    let (index, _) = published();
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(&index);
    settings.cache = Some(folder.path().to_owned());
    let requests = |client: &Client| {
        index.forget();
        client.page("demo").unwrap();
        index.requests().len()
    };
    let trusting = || Client::new(settings.clone()).trusting_freshness();
    assert_eq!(
        (requests(&trusting()), requests(&trusting())),
        (1, 1),
        "it said nothing"
    );
    index.set(|settings| settings.max_age = Some(600));
    index.add("demo-2.0.tar.gz", b"two".to_vec());
    let (first, second) = (trusting(), trusting());
    assert_eq!(requests(&first), 1);
    drop(first);
    assert_eq!(requests(&second), 0);
    assert!(second.has_trusted());
    assert_eq!(
        requests(&Client::new(settings.clone())),
        1,
        "this one does not trust"
    );
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = fs_err::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] })
        .collect()
}
