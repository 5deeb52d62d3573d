//! Pages of an index, made up by rule.

use std::fmt::Write as _;

/// The wheels of one version.
const TAGS: [&str; 8] = [
    "cp39-cp39-manylinux_2_17_x86_64.manylinux2014_x86_64",
    "cp310-cp310-macosx_11_0_arm64",
    "cp311-cp311-win_amd64",
    "cp312-cp312-musllinux_1_2_aarch64",
    "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64",
    "cp313-cp313t-manylinux_2_28_x86_64",
    "pp310-pypy310_pp73-win_amd64",
    "py3-none-any",
];

/// Names the files of a project, wheels and source distributions.
fn names(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|number| {
        let version = format!("{}.{}.{}", number / 1800, number / 90 % 20, number / 9 % 10);
        match TAGS.get(number % 9) {
            Some(tags) => format!("project-{version}-{tags}.whl"),
            None => format!("project-{version}.tar.gz"),
        }
    })
}

fn digest(number: usize) -> String {
    format!("{:064x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// Makes a JSON page with as many files.
#[must_use]
pub fn json(count: usize) -> String {
    let mut text = String::from(
        r#"{"meta":{"_last-serial":1,"api-version":"1.4"},"name":"project","versions":[],"files":["#,
    );
    for (number, name) in names(count).enumerate() {
        let separator = if number == 0 { "" } else { "," };
        let (digest, metadata) = (digest(number), digest(number + 1));
        _ = write!(
            text,
            r#"{separator}{{"filename":"{name}","url":"https://files.example.com/packages/ab/cd/{digest}/{name}","hashes":{{"sha256":"{digest}"}},"requires-python":">=3.9","size":{number},"upload-time":"2025-01-02T03:04:05.678901Z","yanked":false,"core-metadata":{{"sha256":"{metadata}"}},"data-dist-info-metadata":{{"sha256":"{metadata}"}},"provenance":null}}"#
        );
    }
    text.push_str("]}");
    text
}

/// Makes an HTML page with as many files.
#[must_use]
pub fn html(count: usize) -> String {
    let mut text =
        String::from("<!DOCTYPE html>\n<html><head><title>Links for project</title></head><body>\n");
    for (number, name) in names(count).enumerate() {
        let (digest, metadata) = (digest(number), digest(number + 1));
        _ = writeln!(
            text,
            r#"<a href="https://files.example.com/packages/ab/cd/{digest}/{name}#sha256={digest}" data-requires-python="&gt;=3.9" data-core-metadata="sha256={metadata}">{name}</a><br />"#
        );
    }
    text.push_str("</body></html>\n");
    text
}
