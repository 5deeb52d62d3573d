//! Addresses, as far as somebody has to know where they lead.

/// Returns the host that an address of git's leads to; nothing for a path on this machine.
pub(crate) fn git_host(address: &str) -> Option<String> {
    if let Some((scheme, rest)) = address.split_once("://") {
        return (scheme != "file").then(|| host(rest).to_owned());
    }
    // `user@host:path`, but `./a:b` and `/a:b` are paths.
    let (place, _) = address.split_once(':')?;
    (!place.contains('/')).then(|| host(place).to_owned())
}

/// Returns host and port of an http address.
pub(crate) fn http(address: &str) -> Option<(String, u16)> {
    let (scheme, rest) = address.split_once("://")?;
    let usual = match scheme {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    let place = authority(rest);
    let bare = host(rest);
    let behind = place
        .rsplit_once(&*bare.replace(['[', ']'], ""))
        .map_or("", |(_, port)| port);
    let port = behind
        .trim_start_matches(']')
        .strip_prefix(':')
        .map_or(Ok(usual), str::parse);
    Some((bare.to_owned(), port.ok()?))
}

/// Returns an address without name and password.
pub(crate) fn redacted(address: &str) -> String {
    match address.split_once("://") {
        Some((scheme, rest)) => {
            let place = authority(rest);
            let bare = place.rsplit_once('@').map_or(place, |(_, bare)| bare);
            format!("{scheme}://{bare}{}", &rest[place.len()..])
        }
        None => address.to_owned(),
    }
}

fn authority(rest: &str) -> &str {
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

/// Returns the host of what stands behind a scheme.
fn host(rest: &str) -> &str {
    let place = authority(rest);
    let place = place.rsplit_once('@').map_or(place, |(_, bare)| bare);
    if let Some(inner) = place.strip_prefix('[') {
        return inner.split(']').next().unwrap_or(inner);
    }
    place.split(':').next().unwrap_or(place)
}

#[cfg(test)]
mod tests {
    use super::{git_host, http, redacted};

    #[test]
    fn remotes_and_paths() {
        let host = |text: &str| git_host(text);
        assert_eq!(
            host("git@code.example.com:a/b.git").as_deref(),
            Some("code.example.com")
        );
        assert_eq!(
            host("https://u:p@code.example.com/a").as_deref(),
            Some("code.example.com")
        );
        for path in [
            "/srv/notes/repo.git",
            "../repo.git",
            "file:///srv/repo.git",
            "./a:b",
        ] {
            assert_eq!(host(path), None, "{path}");
        }
    }

    #[test]
    fn hosts_and_ports() {
        let at = |text: &str| http(text).unwrap();
        assert_eq!(
            at("https://index.example.com/simple"),
            ("index.example.com".into(), 443)
        );
        assert_eq!(at("http://u:p@127.0.0.1:8080/simple"), ("127.0.0.1".into(), 8080));
        assert_eq!(at("http://[::1]:8080/"), ("::1".into(), 8080));
        assert_eq!(at("http://[::1]/"), ("::1".into(), 80));
        assert_eq!(http("file:///x"), None);
        assert_eq!(redacted("https://u:p@h/x@y"), "https://h/x@y");
    }
}
