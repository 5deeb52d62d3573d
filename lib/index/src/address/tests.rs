use super::*;

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

#[test]
fn credentials_are_kept_but_not_shown() {
    let found = address("https://me:p%40ss@index.example.com:8443/simple/?a=b#frag");
    assert_eq!(found.to_string(), "https://index.example.com:8443/simple/?a=b");
    assert_eq!(format!("{found:?}"), found.to_string());
    assert_eq!(found.credentials().unwrap().password, "p@ss");
    assert_eq!(found.host(), "index.example.com");
    assert!(!format!("{:?}", found.credentials()).contains("p@ss"));
}

#[test]
fn references_are_resolved() {
    let page = address("https://u:p@index.example.com/simple/demo/");
    let cases = [
        (
            "../../files/demo-1.0.tar.gz#sha256=00",
            "https://index.example.com/files/demo-1.0.tar.gz",
        ),
        ("/a b.whl", "https://index.example.com/a%20b.whl"),
        ("//files.example.com/x", "https://files.example.com/x"),
        ("http://files.example.com/x?y", "http://files.example.com/x?y"),
        ("x/../y/./z", "https://index.example.com/simple/demo/y/z"),
        ("../../../../..", "https://index.example.com/"),
        ("?q", "https://index.example.com/simple/demo/?q"),
    ];
    for (reference, expected) in cases {
        assert_eq!(page.join(reference).unwrap().to_string(), expected, "{reference}");
    }
    assert!(page.join("../x").unwrap().credentials().is_some());
    assert!(
        page.join("https://files.example.com/x")
            .unwrap()
            .credentials()
            .is_none()
    );
    assert!(page.join("ftp://files.example.com/x").is_err());
    assert!(page.join("javascript:void(0)").is_err());
}

#[test]
fn what_is_no_address_is_refused() {
    for text in [
        "",
        "index.example.com/simple",
        "https://",
        "ftp://x/",
        "file://host/x",
        "http://a b/",
    ] {
        assert!(Address::parse(text).is_err(), "{text}");
    }
    let error = Address::parse("ssh://me:secret@x/").unwrap_err();
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[test]
fn paths_go_there_and_back() {
    let path = Path::new("/srv/my wheels/ä#?.whl");
    let there = Address::of_path(path);
    assert_eq!(there.to_path(), path);
    assert_eq!(Address::parse(&there.to_string()).unwrap().to_path(), path);
    assert_eq!(there.file_name(), "ä#?.whl");
}

#[test]
fn origins_know_default_ports() {
    assert!(address("https://a/x").same_origin(&address("https://A:443/y")));
    assert!(!address("https://a/x").same_origin(&address("http://a/x")));
    assert!(!address("http://[::1]:80/").same_origin(&address("http://[::1]:81/")));
    assert!(address("http://[::1]:80/").same_origin(&address("http://[::1]/")));
}
