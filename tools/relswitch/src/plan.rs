//! What to do, decided from what is known: nothing here touches the disk.

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
    let were: std::collections::BTreeSet<&str> = state.history.iter().map(|turn| turn.id.as_str()).collect();
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::state::Turn;

    /// Makes a state from `id:state` words and the history of what was current.
    pub(crate) fn state(releases: &str, history: &str) -> State {
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
}
