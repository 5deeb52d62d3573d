//! Properties of documents: what is printed is what was read, and nothing panics.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use proptest::collection::vec;
use proptest::prelude::*;
use pyspec::direct_url::DirectUrl;
use pyspec::entry_points::EntryPoints;
use pyspec::filename::{DistributionFile, WheelName};
use pyspec::hash::{Algorithm, Hash};
use pyspec::metadata::Metadata;
use pyspec::pylock::Pylock;
use pyspec::record::{Entry, Record};
use pyspec::requirements_file::{self, Outside};
use pyspec::simple::Page;
use pyspec::tags::{Interpreter, TagSet, Tags, platform};
use pyspec::target::Target;
use pyspec::url;
use pyspec::wheel_file::WheelFile;

fn hash() -> impl Strategy<Value = Hash> {
    (0..3usize, vec(any::<u8>(), 64)).prop_map(|(which, bytes)| {
        let algorithm = Algorithm::ALL[which];
        Hash::from_bytes(algorithm, &bytes[..algorithm.length()]).unwrap()
    })
}

fn path() -> impl Strategy<Value = String> {
    "[a-z0-9_,\" é]{1,8}(/[a-z0-9_,\"]{1,8}){0,3}\\.py"
}

fn entry() -> impl Strategy<Value = Entry> {
    let size = proptest::option::of(any::<u64>());
    (path(), proptest::option::of(hash()), size).prop_map(|(path, hash, size)| Entry {
        path,
        hash,
        size,
        line: 1,
    })
}

/// What means something somewhere, split at blanks; the blank itself and what has one come beside it.
const PIECES: &str = "\\ # = == : ; , - -- . / [ ] { } ' \" < > <a <!-- --> <script> href= &# &amp; ${A} ${ -r -e --hash= sha256: sha256= \
    Name Version Metadata-Version Wheel-Version Tag Requires-Dist [console_scripts] [[packages]] lock-version wheels hashes \
    py3-none-any cp312 manylinux_2_28_x86_64 macosx_14_0_arm64 .whl .tar.gz 1.0 2.1 a 0 é https:// file: git+ @ %2 % ?";

/// Text in which all that means something somewhere is frequent.
fn fragments() -> impl Strategy<Value = String> {
    let blanks = [
        "\n",
        "\r\n",
        " ",
        "\t",
        "\\\n",
        "\0",
        "\u{feff}",
        "\u{2028}",
        "\u{85}",
        "lock-version = '1.0'",
    ];
    let pieces: Vec<&str> = PIECES.split(' ').chain(blanks).collect();
    vec(prop::sample::select(pieces), 0..24).prop_map(|pieces| pieces.concat())
}

/// Gives a text to every reader of the crate.
fn read_everything(bytes: &[u8]) {
    _ = Metadata::parse(bytes);
    _ = WheelFile::parse(bytes);
    _ = DirectUrl::parse(bytes);
    _ = Pylock::parse(bytes);
    _ = Page::from_json(bytes, "https://index.example.com/simple/a/");
    _ = Page::from_html(bytes, "https://index.example.com/simple/a/");
    let mut outside = Outside {
        read: &mut |_| Ok(b"-r a\nb".to_vec()),
        variable: &|_| Some("${A}".to_owned()),
    };
    _ = requirements_file::parse(bytes, "a/b.in", &mut outside);
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    _ = Record::parse(text).map(|record| record.to_string());
    _ = Record::parse_installed(text);
    _ = EntryPoints::parse(text).map(|points| points.scripts());
    _ = TagSet::parse(text).map(|set| set.iter().count());
    _ = Target::parse(text);
    _ = text.parse::<DistributionFile>();
    _ = text.parse::<Hash>();
    _ = Hash::from_record(text);
    _ = Interpreter::abi_of_suffix(text);
    _ = url::join("https://example.com/a/b?c#d", text);
    _ = url::join(text, "../x");
    _ = (url::unquote(text), url::quote(text), url::filename(text));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_on_fragments(text in fragments()) {
        read_everything(text.as_bytes());
    }

    #[test]
    fn nothing_panics_on_bytes(bytes in vec(any::<u8>(), 0..64)) {
        read_everything(&bytes);
    }

    #[test]
    fn a_record_is_read_as_it_is_written(entries in vec(entry(), 0..8)) {
        let record = Record::new(entries);
        let read = Record::parse(&record.to_string()).unwrap();
        prop_assert_eq!(read.to_string(), record.to_string());
        let paths = |record: &Record| record.entries().iter().map(|entry| entry.path.clone()).collect::<Vec<_>>();
        prop_assert_eq!(paths(&read), paths(&record));
    }

    #[test]
    fn a_record_that_was_read_is_written_as_the_same(text in "([\u{feff}\"]{0,2}[./a]{1,3}\"?,,0?[,x]{0,2}[\r\n]){1,4}") {
        let Ok(record) = Record::parse(&text) else { return Ok(()) };
        let again = Record::parse(&record.to_string()).unwrap();
        prop_assert_eq!(again.to_string(), record.to_string());
        prop_assert!(again.surplus().is_empty() && again.entries().len() == record.entries().len());
    }

    #[test]
    fn a_hash_is_read_as_it_is_written(hash in hash()) {
        prop_assert_eq!(&hash.to_string().parse::<Hash>().unwrap(), &hash);
        let record = format!("{}={}", hash.algorithm, hash.to_base64());
        prop_assert_eq!(&Hash::from_record(&record).unwrap(), &hash);
        prop_assert_eq!(&Hash::from_bytes(hash.algorithm, &hash.bytes()).unwrap(), &hash);
    }

    #[test]
    fn a_requirements_file_is_printed_as_it_was_written(text in fragments()) {
        let mut outside = Outside { read: &mut |_| Ok(Vec::new()), variable: &|_| Some("a".to_owned()) };
        if let Ok(file) = requirements_file::parse(text.as_bytes(), "a.in", &mut outside) {
            prop_assert_eq!(file.to_string(), text.strip_prefix('\u{feff}').unwrap_or(&text));
        }
    }

    #[test]
    fn items_stand_where_they_say(names in vec("[a-z]{1,5}( ?>=1)?( # [a-z]+)?", 0..10)) {
        let text = names.join("\n");
        let mut outside = Outside { read: &mut |_| Ok(Vec::new()), variable: &|_| None };
        let file = requirements_file::parse(text.as_bytes(), "a.in", &mut outside).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for item in &file.items {
            prop_assert!(lines[item.line as usize - 1].starts_with(&item.written));
        }
    }

    #[test]
    fn a_wheels_name_says_its_tags(tags in "(py3|cp39\\.cp310)-(none|abi3)-(any|win32\\.win_amd64)", build in "(-[0-9]{1,3}[a-z]{0,2})?") {
        let wheel: WheelName = format!("a-1.0{build}-{tags}.whl").parse().unwrap();
        prop_assert_eq!(wheel.tags.as_str(), tags.as_str());
        prop_assert_eq!(wheel.build.is_some(), !build.is_empty());
        prop_assert_eq!(TagSet::parse(&tags).unwrap(), wheel.tags);
    }

    #[test]
    fn the_rank_of_a_set_is_that_of_its_best_tag(minor in 2u32..20, glibc in 5u32..60, wanted in 2u32..20, abi in "(abi3|none|cp3[0-9])") {
        let tags = Tags::new(&Interpreter::cpython(3, minor), &platform::manylinux("x86_64", 2, glibc));
        let set = TagSet::parse(&format!("cp3{wanted}.py3-{abi}-manylinux1_x86_64.manylinux_2_17_x86_64.any")).unwrap();
        let best = set.iter().filter_map(|tag| tags.list().iter().position(|known| *known == tag)).min();
        prop_assert_eq!(tags.rank(&set), best);
    }

    #[test]
    fn a_target_survives_json(version in "cp3(1[0-4]|\\.9|\\.12\\.[0-9])|pp310", platform in "win_amd64|manylinux_2_(17|28)_x86_64|macosx_14_0_arm64") {
        let target = Target::parse(&format!("{version}-{platform}")).unwrap();
        let text = serde_json::to_string(&target).unwrap();
        prop_assert_eq!(serde_json::from_str::<Target>(&text).unwrap(), target);
    }

    #[test]
    fn joined_addresses_are_absolute(path in "/?([a-z.]{1,3}/){0,5}[a-z.]{0,3}") {
        let joined = url::join("https://example.com/a/b/c", &path);
        prop_assert!(url::is_absolute(&joined));
        prop_assert!(!joined.contains("/../") && !joined.contains("/./"), "{}", joined);
    }
}
