//! What to do, decided from what is known: nothing here touches the disk.

use std::collections::BTreeSet;

use cli::Failure;
use wire::Kind;
use wire::release::{ReleaseState, Summary};

use crate::state::State;

/// Returns the newest ready release of a commit.
pub(crate) fn reusable(state: &State, commit: &str) -> Option<String> {
    let ready = |release: &&Summary| release.commit == commit && release.state == ReleaseState::Ready;
    state
        .releases
        .iter()
        .rev()
        .find(ready)
        .map(|release| release.id.clone())
}

/// Refuses a release that cannot be switched to.
pub(crate) fn refuse_unready(release: &Summary) -> Result<(), Failure> {
    let (what, hint) = match release.state {
        ReleaseState::Ready | ReleaseState::Current | ReleaseState::Retired => return Ok(()),
        ReleaseState::Staging => ("is not ready", "build it, then say so with relswitch ready"),
        ReleaseState::Failed => ("failed", "stage it again, or say that it is ready all the same"),
        ReleaseState::Bad => (
            "proved bad",
            "switch to another one, or say that it is ready all the same",
        ),
    };
    Err(Failure::new(Kind::BadState, format!("release {} {what}", release.id)).hint(hint))
}

/// Returns the release that was current before `current` and is still good.
pub(crate) fn previous<'a>(state: &'a State, current: Option<&str>) -> Option<&'a Summary> {
    let good = |id: &str| {
        state
            .get(id)
            .filter(|release| release.state == ReleaseState::Ready)
    };
    state
        .history
        .iter()
        .rev()
        .filter(|turn| Some(turn.id.as_str()) != current)
        .find_map(|turn| good(&turn.id))
}

/// Returns the releases as people see them: which one is current, and which were.
pub(crate) fn shown(state: &State, current: Option<&str>) -> Vec<Summary> {
    let were: BTreeSet<&str> = state.history.iter().map(|turn| turn.id.as_str()).collect();
    let seen = |release: &Summary| match release.state {
        _ if Some(release.id.as_str()) == current => ReleaseState::Current,
        ReleaseState::Ready if were.contains(release.id.as_str()) => ReleaseState::Retired,
        state => state,
    };
    state
        .releases
        .iter()
        .map(|release| Summary {
            state: seen(release),
            ..release.clone()
        })
        .collect()
}

/// What decides which releases `prune` keeps.
#[derive(Debug, Default)]
pub(crate) struct Keeping<'a> {
    /// The release that runs.
    pub(crate) current: Option<&'a str>,
    /// How many releases that were current to keep, the one that runs included.
    pub(crate) keep: usize,
    /// Releases that are kept by name.
    pub(crate) protect: &'a [String],
    /// Releases that processes use.
    pub(crate) used: BTreeSet<String>,
}

/// Says for each release, oldest first, why it is kept; `None` for those to be removed.
pub(crate) fn prune<'a>(state: &'a State, keeping: &Keeping<'_>) -> Vec<(&'a Summary, Option<&'static str>)> {
    let previous = previous(state, keeping.current).map(|release| release.id.as_str());
    let good = newest_good(state, keeping.keep);
    let running = keeping
        .current
        .and_then(|id| state.get(id))
        .map_or(0, |release| release.seq);
    let is_evidence = |release: &&Summary| matches!(release.state, ReleaseState::Failed | ReleaseState::Bad);
    let evidence = state
        .releases
        .iter()
        .rev()
        .find(is_evidence)
        .map(|release| release.id.as_str());
    let why = |release: &Summary| {
        let id = Some(release.id.as_str());
        let coming = matches!(release.state, ReleaseState::Staging | ReleaseState::Ready)
            && !state.was_current(&release.id);
        [
            (id == keeping.current, "current"),
            (id == previous, "previous"),
            (keeping.protect.contains(&release.id), "protected"),
            (coming && release.seq > running, "newer"),
            (good.contains(release.id.as_str()), "good"),
            (id == evidence, "evidence"),
            (keeping.used.contains(&release.id), "in-use"),
        ]
        .into_iter()
        .find_map(|(holds, why)| holds.then_some(why))
    };
    state
        .releases
        .iter()
        .map(|release| (release, why(release)))
        .collect()
}

/// Returns the good releases that were current last: failed deployments take no place among them.
fn newest_good(state: &State, keep: usize) -> BTreeSet<&str> {
    let mut good = BTreeSet::new();
    for turn in state.history.iter().rev() {
        if good.len() == keep {
            break;
        }
        if state
            .get(&turn.id)
            .is_some_and(|release| release.state == ReleaseState::Ready)
        {
            good.insert(turn.id.as_str());
        }
    }
    good
}

/// Returns the newest release that is ready and was never current, if it is newer than the one that runs.
pub(crate) fn next<'a>(state: &'a State, current: Option<&str>) -> Option<&'a Summary> {
    let running = current
        .and_then(|id| state.get(id))
        .map_or(0, |release| release.seq);
    let waits = |release: &&Summary| release.state == ReleaseState::Ready && !state.was_current(&release.id);
    state
        .releases
        .iter()
        .rev()
        .find(waits)
        .filter(|release| release.seq > running)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Turn;

    /// Makes a state from `id:state` words and the history of what was current.
    fn state(releases: &str, history: &str) -> State {
        let mut state = State::default();
        for word in releases.split_whitespace() {
            let (id, name) = word.split_once(':').unwrap();
            let release = Summary {
                id: id.to_owned(),
                seq: state.next,
                state: serde_json::from_value(name.into()).unwrap(),
                commit: id.to_owned(),
                ..Summary::default()
            };
            state.next += 1;
            state.releases.push(release);
        }
        state.history = history.split_whitespace().map(Turn::now).collect();
        state
    }

    fn previous_of(releases: &str, history: &str, current: &str) -> Option<String> {
        previous(&state(releases, history), Some(current)).map(|release| release.id.clone())
    }

    #[test]
    fn previous_is_what_was_current_and_not_what_is_older() {
        assert_eq!(
            previous_of("a:ready b:ready c:ready", "a c", "c").as_deref(),
            Some("a")
        );
        assert_eq!(
            previous_of("a:ready b:ready c:ready", "c a", "a").as_deref(),
            Some("c")
        );
        assert_eq!(previous_of("a:ready", "a", "a"), None);
    }

    #[test]
    fn previous_skips_bad_ones_and_those_that_are_gone() {
        assert_eq!(
            previous_of("a:ready b:bad c:ready", "a b c", "c").as_deref(),
            Some("a")
        );
        assert_eq!(previous_of("a:ready c:ready", "a b c", "c").as_deref(), Some("a"));
        assert_eq!(
            previous_of("a:ready b:ready c:bad", "a b c b", "b").as_deref(),
            Some("a")
        );
    }

    #[test]
    fn states_are_shown_as_they_are_seen() {
        let state = state("a:ready b:ready c:ready d:staging", "a b");
        let states: Vec<_> = shown(&state, Some("b"))
            .iter()
            .map(|release| release.state)
            .collect();
        use ReleaseState::{Current, Ready, Retired, Staging};
        assert_eq!(states, [Retired, Current, Ready, Staging]);
    }

    /// Returns the ids that a prune would keep, with the reasons.
    fn kept(releases: &str, history: &str, current: &str, keep: usize) -> String {
        let state = state(releases, history);
        let keeping = Keeping {
            current: Some(current),
            keep,
            ..Keeping::default()
        };
        let kept = prune(&state, &keeping).into_iter();
        kept.filter_map(|(release, why)| Some(format!("{}:{}", release.id, why?)))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn three_of_five_are_kept() {
        let all = "a:ready b:ready c:ready d:ready e:ready";
        assert_eq!(kept(all, "a b c d e", "e", 3), "c:good d:previous e:current");
    }

    #[test]
    fn failed_ones_do_not_crowd_out_good_ones() {
        let all = "a:ready b:ready c:bad d:failed e:failed f:ready";
        assert_eq!(
            kept(all, "a b c f", "f", 3),
            "a:good b:previous e:evidence f:current"
        );
    }

    #[test]
    fn an_old_release_that_runs_again_is_kept() {
        let all = "a:ready b:ready c:ready d:ready";
        assert_eq!(kept(all, "a b c d a", "a", 1), "a:current d:previous");
    }

    #[test]
    fn what_is_being_built_is_kept_and_what_was_abandoned_is_not() {
        let all = "a:staging b:ready c:ready d:staging e:ready";
        assert_eq!(kept(all, "c", "c", 5), "c:current d:newer e:newer");
    }

    #[test]
    fn used_and_protected_ones_are_kept() {
        let state = state("a:ready b:ready c:ready", "a b c");
        let protect = ["a".to_owned()];
        let used = BTreeSet::from(["b".to_owned()]);
        let keeping = Keeping {
            current: Some("c"),
            keep: 1,
            protect: &protect,
            used,
        };
        let whys: Vec<_> = prune(&state, &keeping).into_iter().map(|(_, why)| why).collect();
        assert_eq!(whys, [Some("protected"), Some("previous"), Some("current")]);
    }

    #[test]
    fn next_is_what_waits_to_be_switched_to() {
        let state = state("a:ready b:ready c:ready", "b");
        assert_eq!(
            next(&state, Some("b")).map(|release| release.id.as_str()),
            Some("c")
        );
        assert_eq!(next(&state, Some("c")), None);
    }
}
