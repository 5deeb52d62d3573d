//! Telling services, and not forgetting those that could not be told.

use crate::{
    check::discreet, place::Place, run::command, run::steps::Steps, state::remembered::State,
    state::store::Store,
};
use cli::Failure;
use wire::etc::{Outcome, Verdict};

/// Runs the pending reloads, each success leaving the pending set at once; stops at the first
/// that fails.
pub(crate) fn pending(
    place: &Place,
    store: &Store,
    state: &mut State,
    steps: &Steps<'_>,
) -> Result<Vec<Outcome>, Failure> {
    let mut outcomes = Vec::new();
    while let Some(reload) = state.pending.first().cloned() {
        steps.note(&format!("reload {}", reload.name));
        let mut outcome = all(place, &reload.name, &reload.commands, steps);
        discreet::hide(place, state, None, &mut outcome);
        let failed = outcome.result != Verdict::Passed;
        outcomes.push(outcome);
        if failed {
            break;
        }
        state.pending.remove(0);
        store.write(&(&*state).into())?;
        steps.step();
    }
    Ok(outcomes)
}

/// Runs the commands of one service, as far as they succeed.
fn all(place: &Place, name: &str, commands: &[Vec<String>], steps: &Steps<'_>) -> Outcome {
    let mut last = Outcome {
        name: name.to_owned(),
        result: Verdict::Passed,
        how: None,
        output: Vec::new(),
    };
    for argv in commands {
        last = command::run(name, command::prepare(argv, &place.real), steps.patience);
        if last.result != Verdict::Passed {
            last.how = Some(argv.join(" "));
            command::shorten(&mut last);
            break;
        }
    }
    last
}

/// Returns the first that did not go well.
pub(crate) fn failed(outcomes: &[Outcome]) -> Option<&Outcome> {
    outcomes.iter().find(|outcome| outcome.result != Verdict::Passed)
}
