//! HTML pages (PEP 503, 592, 629, 658, 714, 792): links, `<base>` and `<meta>`, whatever else is around them.

use std::borrow::Cow;

use super::markup::{Tag, Tags};
use super::{CoreMetadata, File, Page, Status, api_version, resolve};
use crate::Error;
use crate::hash::{Algorithm, Hash};
use crate::url;

pub(super) fn read<'page>(text: &'page str, base: &str) -> Result<Page<'page>, Error> {
    let mut page = Page::default();
    let mut base = Cow::Borrowed(base);
    let mut has_base = false;
    for tag in Tags::of(text) {
        if tag.is("a") {
            page.files.extend(file(&tag, &base));
        } else if tag.is("base") && !has_base {
            if let Some(href) = tag.get("href") {
                base = Cow::Owned(url::join(&base, href.trim()));
                has_base = true;
            }
        } else if tag.is("meta") {
            meta(&tag, &mut page, text)?;
        }
    }
    Ok(page)
}

/// Reads a link; `None` if it leads to no file.
fn file<'page>(tag: &Tag<'page>, base: &str) -> Option<File<'page>> {
    let href = trimmed(tag.get("href")?);
    let (address, fragment) = match &href {
        Cow::Borrowed(href) => {
            let (address, fragment) = url::split_fragment(href);
            (Cow::Borrowed(address), fragment)
        }
        Cow::Owned(href) => {
            let (address, fragment) = url::split_fragment(href);
            (Cow::Owned(address.to_owned()), fragment)
        }
    };
    let hashes = fragment.map(hashes).unwrap_or_default();
    let address = resolve(base, address);
    let filename = url::filename(&address)?.into_owned();
    let metadata = tag
        .get("data-core-metadata")
        .or_else(|| tag.get("data-dist-info-metadata"));
    Some(File {
        filename: Cow::Owned(filename),
        url: address,
        hashes,
        requires_python: tag
            .get("data-requires-python")
            .map(trimmed)
            .filter(|text| !text.is_empty()),
        size: None,
        upload_time: None,
        yanked: tag.get("data-yanked"),
        core_metadata: metadata.as_deref().and_then(core_metadata),
        provenance: tag.get("data-provenance"),
    })
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// Reads the strong hashes of a fragment, `sha256=…&egg=…`.
fn hashes(fragment: &str) -> Vec<Hash> {
    fragment.split('&').filter_map(hash).collect()
}

fn hash(text: &str) -> Option<Hash> {
    let (name, digest) = text.split_once('=')?;
    Hash::from_hex(Algorithm::from_name(name)?, digest).ok()
}

fn core_metadata(value: &str) -> Option<CoreMetadata> {
    match value {
        "false" => None,
        value => Some(hash(value).map_or(CoreMetadata::Unhashed, CoreMetadata::Hashed)),
    }
}

fn meta<'page>(tag: &Tag<'page>, page: &mut Page<'page>, text: &str) -> Result<(), Error> {
    let (Some(name), Some(content)) = (tag.get("name"), tag.get("content")) else {
        return Ok(());
    };
    // The names begin with that of the index that invented them; what follows decides.
    let name = name.split_once(':').map_or("", |(_, name)| name).to_owned();
    match name.as_str() {
        "repository-version" => page.api_version = Some(api_version(&content, text)?),
        "project-status" => page.status = Status::from_name(&content),
        "project-status-reason" => page.status_reason = Some(content),
        "tracks" => page.tracks.push(content),
        "alternate-locations" => page.alternate_locations.push(content),
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://index.example.com/simple/a/";

    fn page(html: &str) -> Page<'_> {
        Page::from_html(html.as_bytes(), BASE).unwrap()
    }

    #[test]
    fn links_are_read_with_all_they_say() {
        let hash = "ab".repeat(32);
        let html = format!(
            "<!DOCTYPE html><html><body><!-- <a href=x-1.zip>no</a> -->\n<A data-yanked\n HREF = '../../f/a%2B1-1.zip#sha256={hash}'\
             data-dist-info-metadata=\"sha256={hash}\" data-requires-python='&gt;=3.9,&#60;4'>a</A><a>none</a><a href='/'>up</a>"
        );
        let page = page(&html);
        let [file] = page.files.as_slice() else {
            panic!("{:?}", page.files)
        };
        assert_eq!(file.url, "https://index.example.com/f/a%2B1-1.zip");
        assert_eq!(file.filename, "a+1-1.zip");
        assert_eq!(file.hashes[0].hex, hash);
        assert_eq!(file.requires_python.as_deref(), Some(">=3.9,<4"));
        assert_eq!(file.yanked.as_deref(), Some(""));
        assert!(matches!(&file.core_metadata, Some(CoreMetadata::Hashed(found)) if found.hex == hash));
    }

    #[test]
    fn meta_tells_version_and_status() {
        let page = page(
            "<meta name='x:repository-version' content='1.4'><meta name='x:project-status' content=archived>",
        );
        assert_eq!((page.api_version, page.status), (Some((1, 4)), Status::Archived));
        assert!(Page::from_html(b"<meta name='x:repository-version' content='2.0'>", BASE).is_err());
    }

    #[test]
    fn text_in_scripts_is_no_tag() {
        assert!(
            page("<script>'<a href=a-1.zip>'</script><style><a href=a-1.zip></style>")
                .files
                .is_empty()
        );
        assert_eq!(page("<script></SCRIPT><a href=a-1.zip>").files.len(), 1);
        assert!(page("<script><a href=a-1.zip>").files.is_empty());
    }

    #[test]
    fn rubbish_is_an_empty_page() {
        for html in [
            "",
            "<",
            "<a",
            "<a href",
            "<a href=",
            "<a href=\"",
            "<a href='x>",
            "<!--",
            "<!",
            "</a>",
            "<a =>",
            "&",
            "<a / >",
        ] {
            assert!(page(html).files.is_empty(), "{html}");
        }
    }

    #[test]
    fn what_is_no_utf8_is_replaced() {
        let page = Page::from_html(b"<a href='a-1.zip' data-yanked='\xe9'>", BASE).unwrap();
        assert_eq!(page.files[0].yanked.as_deref(), Some("\u{fffd}"));
    }
}
