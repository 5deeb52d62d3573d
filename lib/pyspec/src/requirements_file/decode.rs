//! From bytes to text: byte order marks, PEP 263 declarations, UTF-8.

/// Says why bytes are no text, and which byte is at fault.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Undecodable {
    pub(super) at: usize,
    pub(super) reason: String,
}

/// The marks, in the order in which they must be tried: that of UTF-16 begins that of UTF-32.
const MARKS: [(&[u8], Form); 5] = [
    (&[0xef, 0xbb, 0xbf], Form::Utf8),
    (
        &[0xff, 0xfe, 0, 0],
        Form::Wide {
            bytes: 4,
            little: true,
        },
    ),
    (
        &[0, 0, 0xfe, 0xff],
        Form::Wide {
            bytes: 4,
            little: false,
        },
    ),
    (
        &[0xff, 0xfe],
        Form::Wide {
            bytes: 2,
            little: true,
        },
    ),
    (
        &[0xfe, 0xff],
        Form::Wide {
            bytes: 2,
            little: false,
        },
    ),
];

/// Says how characters are laid out.
#[derive(Clone, Copy)]
enum Form {
    Utf8,
    Wide { bytes: usize, little: bool },
}

/// Decodes a requirements file.
pub(super) fn decode(bytes: &[u8]) -> Result<String, Undecodable> {
    for (mark, form) in MARKS {
        if let Some(rest) = bytes.strip_prefix(mark) {
            return match form {
                Form::Utf8 => utf8(rest, mark.len()),
                Form::Wide { bytes, little } => wide(rest, bytes, little),
            };
        }
    }
    match declared(bytes) {
        Some((name, at)) => named(bytes, &name, at),
        None => utf8(bytes, 0),
    }
}

fn utf8(bytes: &[u8], begin: usize) -> Result<String, Undecodable> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|fault| {
        let at = begin + fault.valid_up_to();
        Undecodable {
            at,
            reason: format!("not UTF-8 at byte {at}, and no other encoding is declared"),
        }
    })
}

/// Decodes UTF-16 or UTF-32.
fn wide(bytes: &[u8], width: usize, little: bool) -> Result<String, Undecodable> {
    let units = bytes.chunks(width).map(|chunk| {
        let value = |unit: u32, byte: &u8| (unit << 8) | u32::from(*byte);
        if little {
            chunk.iter().rev().fold(0, value)
        } else {
            chunk.iter().fold(0, value)
        }
    });
    let fault = |unit: usize| {
        let at = (unit + 1) * width;
        Undecodable {
            at,
            reason: format!("not UTF-{} at byte {at}", width * 8),
        }
    };
    if !bytes.len().is_multiple_of(width) {
        return Err(fault(bytes.len() / width));
    }
    if width == 4 {
        let characters = units
            .enumerate()
            .map(|(at, unit)| char::from_u32(unit).ok_or_else(|| fault(at)));
        return characters.collect();
    }
    let mut decoded = String::new();
    let mut at = 0;
    for character in char::decode_utf16(units.map(|unit| (unit & 0xffff) as u16)) {
        let character = character.map_err(|_| fault(at))?;
        at += character.len_utf16();
        decoded.push(character);
    }
    Ok(decoded)
}

/// Finds a declaration, `# -*- coding: latin-1 -*-`, on one of the first two lines, and where it stands.
fn declared(bytes: &[u8]) -> Option<(String, usize)> {
    let mut begin = 0;
    for line in bytes.split(|byte| *byte == b'\n').take(2) {
        if line.first() == Some(&b'#')
            && let Some((name, at)) = declaration(line)
        {
            return Some((name, begin + at));
        }
        begin += line.len() + 1;
    }
    None
}

fn declaration(line: &[u8]) -> Option<(String, usize)> {
    let mut from = 0;
    while let Some(found) = memchr::memmem::find(&line[from..], b"coding") {
        let at = from + found;
        from = at + 1;
        let Some((b':' | b'=', rest)) = line[at + 6..].split_first() else {
            continue;
        };
        let rest = rest.trim_ascii_start();
        let plain = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        let length = rest.iter().take_while(plain).count();
        if length > 0 {
            return Some((String::from_utf8_lossy(&rest[..length]).into_owned(), at));
        }
    }
    None
}

/// Decodes by a declared name of Python's.
fn named(bytes: &[u8], name: &str, declared_at: usize) -> Result<String, Undecodable> {
    let label = name.to_ascii_lowercase().replace(['_', '.'], "-");
    match label.as_str() {
        "utf-8" | "utf8" | "u8" | "utf" | "utf-8-sig" | "cp65001" => utf8(bytes, 0),
        "latin-1" | "latin1" | "latin" | "iso-8859-1" | "iso8859-1" | "8859" | "cp819" | "l1" => {
            Ok(bytes.iter().map(|byte| char::from(*byte)).collect())
        }
        "ascii" | "us-ascii" | "646" => match bytes.iter().position(|byte| !byte.is_ascii()) {
            Some(at) => Err(Undecodable {
                at,
                reason: format!("not ASCII at byte {at}, as is declared"),
            }),
            None => utf8(bytes, 0),
        },
        label => by_label(bytes, label, name, declared_at),
    }
}

/// Refuses any other encoding: this build has no tables for them.
#[cfg(not(feature = "encodings"))]
fn by_label(_: &[u8], _: &str, name: &str, declared_at: usize) -> Result<String, Undecodable> {
    let reason = format!("the declared encoding {name:?} is not one of UTF-8, Latin-1 and ASCII");
    Err(Undecodable {
        at: declared_at,
        reason,
    })
}

/// Decodes by the name of an encoding that the web knows as well; Python's `cp1252` is its `windows-1252`.
#[cfg(feature = "encodings")]
fn by_label(bytes: &[u8], label: &str, name: &str, declared_at: usize) -> Result<String, Undecodable> {
    let windows = label.strip_prefix("cp").map(|number| format!("windows-{number}"));
    let encoding = [Some(label.to_owned()), windows, Some(label.replace('-', ""))]
        .into_iter()
        .flatten()
        .find_map(|label| encoding_rs::Encoding::for_label(label.as_bytes()))
        .filter(|encoding| *encoding != encoding_rs::REPLACEMENT && encoding.is_ascii_compatible());
    let Some(encoding) = encoding else {
        return Err(Undecodable {
            at: declared_at,
            reason: format!("the declared encoding {name:?} is not known"),
        });
    };
    let decoded = encoding.decode_without_bom_handling_and_without_replacement(bytes);
    decoded
        .map(std::borrow::Cow::into_owned)
        .ok_or_else(|| Undecodable {
            at: declared_at,
            reason: format!("some byte is not {name}, which is declared here"),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_tell_the_encoding() {
        let text = "aé𝄞";
        let utf16: Vec<u16> = text.encode_utf16().collect();
        let little: Vec<u8> = utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        let little32: Vec<u8> = text
            .chars()
            .flat_map(|unit| u32::from(unit).to_le_bytes())
            .collect();
        let big32: Vec<u8> = text
            .chars()
            .flat_map(|unit| u32::from(unit).to_be_bytes())
            .collect();
        let marked = |mark: &[u8], rest: &[u8]| decode(&[mark, rest].concat()).unwrap();
        assert_eq!(marked(b"\xef\xbb\xbf", text.as_bytes()), text);
        assert_eq!(marked(b"\xff\xfe", &little), text);
        assert_eq!(marked(b"\xfe\xff", &big), text);
        assert_eq!(marked(b"\xff\xfe\0\0", &little32), text);
        assert_eq!(marked(b"\0\0\xfe\xff", &big32), text);
    }

    #[test]
    fn declarations_are_obeyed() {
        assert_eq!(
            decode(b"# -*- coding: latin-1 -*-\n# \xe9").unwrap(),
            "# -*- coding: latin-1 -*-\n# é"
        );
    }

    #[test]
    #[cfg(feature = "encodings")]
    fn declarations_of_other_encodings_are_obeyed() {
        assert_eq!(
            decode(b"\n# vim: fileencoding=cp1252\n# \x80").unwrap(),
            "\n# vim: fileencoding=cp1252\n# €"
        );
        assert_eq!(
            decode(b"# coding: koi8-r\n# \xc1").unwrap(),
            "# coding: koi8-r\n# а"
        );
    }

    #[test]
    fn faults_name_their_byte() {
        let at = |bytes: &[u8]| decode(bytes).unwrap_err().at;
        assert_eq!(at(b"a\n\xff"), 2);
        assert_eq!(at(b"\xef\xbb\xbfa\xff"), 4);
        assert_eq!(at(b"\xff\xfea\0\0\xd8"), 4);
        assert_eq!(at(b"\xff\xfea"), 2);
        assert_eq!(at(b"# coding: nonsense\n"), 2);
        assert_eq!(at(b"# coding: ascii\n\x80"), 16);
        assert_eq!(at(b"\n\n# coding: latin-1\n\xe9"), 20);
    }
}
