//! `tags`: what a target supports; `machine-tags`: the same for what an interpreter says of its machine.

use pyspec::tags::{Interpreter, Tags, platform};
use pyspec::target::Target;
use serde_json::{Value, json};

use super::{Answer, Request};

pub(crate) fn answer(request: &Request) -> Option<Answer> {
    match request.operation() {
        "tags" => Some(of_target(request)),
        "machine-tags" => Some(of_machine(request)),
        _ => None,
    }
}

fn of_target(request: &Request) -> Answer {
    let target: Target = request.parse("target")?;
    Ok(listed(target.tags()))
}

fn of_machine(request: &Request) -> Answer {
    let interpreter = interpreter(request)?;
    let platforms = platforms(request)?;
    Ok(listed(&Tags::new(&interpreter, &platforms)))
}

fn listed(tags: &Tags) -> Value {
    tags.list().iter().map(|tag| json!(tag.to_string())).collect()
}

fn interpreter(request: &Request) -> Result<Interpreter, String> {
    let (major, minor) = pair(request, "python").ok_or("no `python` in the request")?;
    let flag = |name: &str| request.member(name) == Some(&Value::Bool(true));
    let name = request.text("implementation")?;
    if name == "cp" {
        return Ok(Interpreter::cpython_build(
            major,
            minor,
            flag("free-threaded"),
            flag("debug"),
        ));
    }
    let abi = Interpreter::abi_of_suffix(request.text("suffix")?);
    Ok(Interpreter {
        name: name.to_owned(),
        major,
        minor,
        abis: abi.into_iter().collect(),
    })
}

fn platforms(request: &Request) -> Result<Vec<String>, String> {
    let name = request.text("platform")?.to_owned();
    match request.text("system")? {
        "Linux" => Ok(platform::linux(&platform::Linux {
            platform: name,
            is_32_bit: request.member("is-32-bit") == Some(&Value::Bool(true)),
            glibc: pair(request, "glibc"),
            musl: pair(request, "musl"),
            elf_fits: request.member("elf-fits") == Some(&Value::Bool(true)),
            declined: pair(request, "declined").into_iter().collect(),
        })),
        "Darwin" => {
            let (major, minor) = pair(request, "macos").ok_or("no `macos` in the request")?;
            Ok(platform::macos(major, minor, &name))
        }
        _ => Ok(platform::other(&name)),
    }
}

/// Reads two numbers.
fn pair(request: &Request, name: &str) -> Option<(u32, u32)> {
    let number = |value: &Value| u32::try_from(value.as_u64()?).ok();
    match request.member(name)?.as_array()?.as_slice() {
        [first, second] => Some((number(first)?, number(second)?)),
        _ => None,
    }
}
