//! `etcsync plan`.

use crate::{
    args::PlanArgs,
    commands::input::{is_plan, read_plan, source},
    layers::embed,
    layers::git,
    plan::origin::Origin,
    plan::survey::survey,
    show::people::Page,
    tree::scope::Scope,
};
use cli::{Done, Failure, Output, Session};
use wire::{
    Kind,
    etc::{Embedded, Plan, Source},
};

/// Runs `etcsync plan`.
pub(crate) fn plan(args: &PlanArgs, session: &Session) -> Result<Done, Failure> {
    let place = args.place.open()?;
    let (source, carried) = asked(args, session)?;
    let origin = Origin {
        source: &source,
        embedded: carried.as_ref(),
        open: args.embed_secrets || carried.as_ref().is_some_and(|carried| carried.secrets),
    };
    let git = || origin.files().and_then(|files| git::of(&files));
    let (git, survey) = threads::both(git, || survey(&place, origin));
    let survey = survey?;
    let (mut plan, material) = (survey.plan, survey.material);
    if let (Source::Layers { git: place, .. }, Some(git)) = (&mut plan.source, git) {
        *place = Some(git);
    }
    plan.embedded = carried;
    if plan.embedded.is_none() && (args.embed || args.embed_secrets) {
        let scope = Scope::of(&args.from.only)?;
        let embedded = material
            .as_ref()
            .map(|material| embed::embed(material, &scope, args.embed_secrets));
        plan.embedded = embedded.transpose()?;
        plan.skipped
            .extend(plan.embedded.iter().flat_map(embed::left_out));
    }
    // As there: the process ends with this.
    std::mem::forget((material, survey.changes, survey.old, survey.new, survey.seen));
    let differs = !(plan.ops.is_empty() && plan.books.is_empty() && plan.reloads.is_empty());
    let output = Output::report(Page(plan));
    Ok(if args.exit_code && differs {
        Done::No(output)
    } else {
        Done::Yes(output)
    })
}

/// Returns what a plan is asked for: layers, or the ones that an earlier plan carries.
fn asked(args: &PlanArgs, session: &Session) -> Result<(Source, Option<Embedded>), Failure> {
    let [name] = &args.layers[..] else {
        return Ok((source(&args.layers, &args.from), None));
    };
    if !is_plan(name) {
        return Ok((source(&args.layers, &args.from), None));
    }
    let Plan { source, embedded, .. } = read_plan(name, session)?;
    let (
        Source::Layers {
            layers, attrs, git, ..
        },
        Some(embedded),
    ) = (source, embedded)
    else {
        return Err(Failure::new(Kind::Usage, "this plan does not carry its layers")
            .file(name)
            .hint("make it with plan --embed"));
    };
    if !args.from.attrs.is_empty() {
        return Err(Failure::new(
            Kind::Usage,
            "a plan that carries its layers carries their rules too",
        )
        .hint("leave --attrs out"));
    }
    let source = Source::Layers {
        layers,
        attrs,
        git,
        only: args.from.only.clone(),
        services: args.from.services.clone(),
        tree: None,
    };
    Ok((source, Some(embedded)))
}
