//! `etcsync attrs`: the rules, for people to look at.

use crate::{args::AttrsArgs, show::people::Page};
use cli::{Done, Failure, Output, Report};
use etc::{Attributes, Services, TreePath};
use std::collections::BTreeMap;
use wire::{
    Schema,
    etc::{Mode, Rules},
};

/// Runs `etcsync attrs`.
pub(crate) fn attrs(args: &AttrsArgs) -> Result<Done, Failure> {
    let services = Services::builtin()?;
    let known = services
        .iter()
        .map(|(name, service)| (name.clone(), service.clone()));
    if args.builtin {
        let rules = Rules {
            schema: Schema::new(),
            paths: BTreeMap::new(),
            services: known.collect(),
        };
        return Ok(Done::Yes(Output::text(etc::BUILTIN, Page(rules))));
    }
    let mut texts = Vec::new();
    for name in &args.attrs {
        texts.push((name.as_str(), fs_err::read_to_string(name)?));
    }
    let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let rules = etc::Rules::parse(&texts)?;
    let mut paths = BTreeMap::new();
    for path in &args.paths {
        let folder = path.ends_with('/');
        let attributes = rules.of(&TreePath::new(path.trim_end_matches('/'))?, folder);
        paths.insert(path.clone(), spelled(&attributes, folder));
    }
    let page = Page(Rules {
        schema: Schema::new(),
        paths,
        services: BTreeMap::new(),
    });
    let mut text = cli::Page::new(false);
    page.people(&mut text);
    Ok(Done::Yes(Output::text(text.into_text(), page)))
}

fn spelled(attributes: &Attributes, folder: bool) -> BTreeMap<String, String> {
    let unsaid = if folder { 0o755 } else { 0o644 };
    let root = || "root".to_owned();
    let all = [
        ("mode", Mode(attributes.mode.unwrap_or(unsaid)).to_string()),
        ("owner", attributes.owner.clone().unwrap_or_else(root)),
        ("group", attributes.group.clone().unwrap_or_else(root)),
        ("secret", attributes.secret.to_string()),
        ("check", attributes.check.join(",")),
        ("reload", attributes.reload.join(",")),
    ];
    let said = all
        .into_iter()
        .filter(|(_, value)| !value.is_empty() && value != "false");
    said.map(|(name, value)| (name.to_owned(), value)).collect()
}
