//! Why targets do not share a version.

use crate::{
    Answer, Candidate, Candidates, Pin, Standing, TargetId, Via, problem::range_of, provider::Provider,
    solve::Stop, tell::without_marker,
};
use pyspec::{requirement::Requirement, specifier::Specifiers, version::Version};

/// Says why a pin is not the newest version that other targets have: by what is there and who asks, and not by the way
/// on which the answer was found, so that the same lock has the same words.
pub(crate) fn because<C: Candidates>(
    provider: &Provider<'_, C>,
    pin: &Pin,
    newest: &Version,
) -> Result<String, Stop<C::Error>> {
    let name = &pin.name;
    for target in &pin.targets {
        let versions = provider.versions(name, *target)?;
        if let Some(Standing::Unusable(reason)) = versions.find(newest).map(Candidate::standing) {
            return Ok(format!("{name} {newest} {reason}"));
        }
    }
    if let Some(asked) = pin
        .via
        .iter()
        .find_map(|via| excludes(provider, pin, via, newest))
    {
        return Ok(asked);
    }
    for target in &pin.targets {
        if let Some(reason) = unfit(provider, pin, newest, *target)? {
            return Ok(format!("{name} {newest} {reason}"));
        }
    }
    Ok(format!("what {name} {newest} needs does not fit there"))
}

/// Tells who asks for other versions than the newest.
fn excludes<C: Candidates>(
    provider: &Provider<'_, C>,
    pin: &Pin,
    via: &Via,
    newest: &Version,
) -> Option<String> {
    let excluding = |requirement: &Requirement| !range_of(requirement).contains(newest);
    match via {
        Via::Project { name, specifiers, .. } => {
            let range = specifiers.parse().ok().as_ref().map(Specifiers::ranges)?;
            (!range.contains(newest)).then(|| format!("{name} needs {}{specifiers}", pin.name))
        }
        Via::Line(origin) => {
            let on_target = |target: &TargetId| provider.facts.wanted[*target].iter();
            let lines = pin.targets.iter().flat_map(on_target);
            let mut asked = lines
                .filter(|wanted| wanted.origin == *origin)
                .flat_map(|wanted| provider.facts.instead(&wanted.requirement));
            let asked = asked.find(|asked| asked.name == pin.name && excluding(asked))?;
            Some(format!("{origin} asks for {}", without_marker(asked)))
        }
    }
}

/// Tells what a version itself says against a target.
fn unfit<C: Candidates>(
    provider: &Provider<'_, C>,
    pin: &Pin,
    version: &Version,
    target: TargetId,
) -> Result<Option<String>, Stop<C::Error>> {
    let answer = provider.candidates.dependencies(&pin.name, version, target);
    let dependencies = match answer.map_err(Stop::Candidates)? {
        Answer::Unusable(reason) => return Ok(Some(reason.text)),
        Answer::Dependencies(dependencies) => dependencies,
    };
    let target = &provider.facts.problem.targets[target];
    let python = dependencies.requires_python.as_ref();
    let python = python.filter(|python| !target.accepts_python(python).is_usable());
    Ok(python.map(|python| format!("needs Python {python}, which {target} is not")))
}
