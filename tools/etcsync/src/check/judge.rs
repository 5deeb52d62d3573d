//! Validators of the whole configuration, before it is touched.

use crate::{
    check::discreet,
    check::layer::Layer,
    check::namespace::View,
    place::Place,
    plan::survey::Survey,
    run::command,
    run::steps::Steps,
    stage::ready::{self, Stage},
    state::store::Store,
};
use cli::Failure;
use std::path::PathBuf;
use wire::{
    Kind,
    etc::{Check, Outcome, Verdict},
};

/// How a check was run that saw the new files laid over the root.
const OVERLAY: &str = "overlay";

/// Why a check was not run: the kernel does not let us lay files over the root.
const NO_OVERLAY: &str = "no overlay on this kernel";

/// Checks what is staged, and refuses what a validator refuses. What cannot be run is
/// unavailable; for a guarded service that is refused too, unless [`after`] can run it.
pub(crate) fn before(
    place: &Place,
    store: &Store,
    stage: &Stage,
    survey: &Survey,
    steps: &Steps<'_>,
) -> Result<Vec<Outcome>, Failure> {
    let outcomes = judge(place, store.path("layer"), stage, survey, steps)?;
    for (check, outcome) in survey.plan.checks.iter().zip(&outcomes) {
        if outcome.result == Verdict::Failed {
            return Err(refusal(&format!("the check of {} failed", check.name), outcome));
        }
        if outcome.result != Verdict::Unavailable || is_left_for_later(outcome) {
            continue;
        }
        let message = format!("the check of {} cannot be run", check.name);
        if check.guarded {
            let message = format!("{message}, and without it nothing is applied");
            return Err(refusal(&message, outcome)
                .hint("a mistake there locks administrators out: install its validator"));
        }
        let why = outcome.how.iter().chain(&outcome.output).cloned();
        steps.warn(&format!("{message}: {}", why.collect::<Vec<_>>().join("; ")));
    }
    Ok(outcomes)
}

/// Runs the checks that could not see the new files before the commit, now that they are there.
pub(crate) fn after(place: &Place, survey: &Survey, before: &[Outcome], steps: &Steps<'_>) -> Vec<Outcome> {
    let checks = survey.plan.checks.iter().zip(before);
    let late = checks.filter(|(_, outcome)| is_left_for_later(outcome));
    late.map(|(check, _)| {
        let mut outcome = command::run(
            &check.name,
            command::prepare(&check.argv, &place.real),
            steps.patience,
        );
        outcome.how = Some("after the commit".to_owned());
        settle(&mut outcome, place.privileged);
        discreet::hide(place, &survey.new, None, &mut outcome);
        outcome
    })
    .collect()
}

/// Stages a plan beside everything and judges it, for `etcsync check`.
pub(crate) fn alone(
    place: &Place,
    store: &Store,
    survey: &Survey,
    steps: &Steps<'_>,
) -> Result<Vec<Outcome>, Failure> {
    if survey.plan.checks.is_empty() {
        return Ok(Vec::new());
    }
    place.make_state()?;
    let own = |what: &str| store.path(format!("{what}-{}", std::process::id()));
    let stage = Stage::make(&own("check"))?;
    let judged = ready::changes(place, store, &stage, survey)
        .and_then(|_| judge(place, own("layer"), &stage, survey, steps));
    stage.remove()?;
    judged
}

/// Runs every check in a view of the new configuration.
fn judge(
    place: &Place,
    layer: PathBuf,
    stage: &Stage,
    survey: &Survey,
    steps: &Steps<'_>,
) -> Result<Vec<Outcome>, Failure> {
    let checks = &survey.plan.checks;
    if checks.is_empty() {
        return Ok(Vec::new());
    }
    let layer = Layer::make(layer, place, stage, &survey.changes)?;
    let view = View::new(layer.path(), &place.real, place.privileged)?;
    let possible = in_view(place, &view, "overlay", &["true".to_owned()], steps);
    if possible.result != Verdict::Passed {
        let why = possible.output.join("; ");
        steps.warn(&format!(
            "{NO_OVERLAY} ({why}): the checks run after the commit, and a failure is taken back"
        ));
        return Ok(checks
            .iter()
            .map(|check| unavailable(check, NO_OVERLAY))
            .collect());
    }
    let mut outcomes: Vec<Outcome> = checks
        .iter()
        .map(|check| one(place, &view, check, steps))
        .collect();
    for outcome in &mut outcomes {
        discreet::hide(place, &survey.new, Some((stage, &survey.changes)), outcome);
    }
    Ok(outcomes)
}

fn one(place: &Place, view: &View, check: &Check, steps: &Steps<'_>) -> Outcome {
    if check.needs_root && !place.privileged {
        return unavailable(check, "only root can judge it");
    }
    steps.note(&format!("check {}: {}", check.name, check.argv.join(" ")));
    let mut outcome = in_view(place, view, &check.name, &check.argv, steps);
    outcome.how = Some(OVERLAY.to_owned());
    settle(&mut outcome, place.privileged);
    outcome
}

/// Judges what a check that failed wrote, and keeps the telling part of it.
fn settle(outcome: &mut Outcome, privileged: bool) {
    if outcome.result == Verdict::Failed && !etc::objects(&outcome.name, &outcome.output) {
        outcome.result = Verdict::Passed;
        outcome.output.clear();
    }
    // An ordinary user's view has files in it that only root may read.
    let forbidden = |line: &String| line.contains("ermission denied") || line.contains("not permitted");
    if outcome.result == Verdict::Failed && !privileged && outcome.output.iter().any(forbidden) {
        outcome.result = Verdict::Unavailable;
        outcome.how = Some("it needs what only root may read".to_owned());
    }
    command::shorten(outcome);
}

fn in_view(place: &Place, view: &View, name: &str, argv: &[String], steps: &Steps<'_>) -> Outcome {
    let mut command = command::prepare(argv, &place.real);
    view.enter(&mut command);
    command::run(name, command, steps.patience)
}

fn unavailable(check: &Check, why: &str) -> Outcome {
    Outcome {
        name: check.name.clone(),
        result: Verdict::Unavailable,
        how: Some(why.to_owned()),
        output: Vec::new(),
    }
}

fn is_left_for_later(outcome: &Outcome) -> bool {
    outcome.how.as_deref() == Some(NO_OVERLAY)
}

fn refusal(message: &str, outcome: &Outcome) -> Failure {
    let failure = Failure::new(Kind::CheckFailed, message);
    outcome.output.iter().cloned().fold(failure, Failure::cause)
}
