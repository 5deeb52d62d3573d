//! Which findings count: pure.

use wire::host::{Accepted, Audit, Finding, Gone};

use crate::args::Allow;

/// Marks what is accepted, and counts the rest.
pub(crate) fn judge(mut audit: Audit, allow: &[Allow], baseline: Option<&Audit>) -> Audit {
    let known = baseline.map_or(&[][..], |baseline| &baseline.findings);
    for finding in &mut audit.findings {
        finding.accepted = accepted(finding, allow, known);
    }
    let open = audit.findings.iter().filter(|finding| finding.accepted.is_none());
    audit.open = open.count() as u64;
    audit.gone = known
        .iter()
        .filter(|old| !audit.findings.iter().any(|finding| is_about_same(finding, old)))
        .map(|old| Gone {
            id: old.id.clone(),
            subject: old.subject.clone(),
        })
        .collect();
    audit
}

fn accepted(finding: &Finding, allow: &[Allow], known: &[Finding]) -> Option<Accepted> {
    let allows = |one: &Allow| {
        one.id == finding.id
            && one
                .subject
                .as_ref()
                .is_none_or(|subject| *subject == finding.subject)
    };
    if allow.iter().any(allows) {
        return Some(Accepted::Allowed);
    }
    let same = |old: &Finding| is_about_same(finding, old) && old.evidence == finding.evidence;
    known.iter().any(same).then_some(Accepted::Baseline)
}

fn is_about_same(one: &Finding, other: &Finding) -> bool {
    (&one.id, &one.subject) == (&other.id, &other.subject)
}

#[cfg(test)]
mod tests {
    use super::judge;
    use wire::host::{Accepted, Audit};

    fn audit(findings: &[(&'static str, &str, &str)]) -> Audit {
        let mut notes = crate::notes::Notes::default();
        for (id, subject, evidence) in findings {
            notes.add(id, *subject, *evidence);
        }
        let findings = notes.into_parts().0;
        Audit {
            findings,
            ..Audit::default()
        }
    }

    #[test]
    fn what_is_allowed_does_not_count() {
        let found = audit(&[("etc-lint", "/etc/a", "x"), ("etc-lint", "/etc/b", "x")]);
        let one = judge(found.clone(), &["etc-lint=/etc/a".parse().unwrap()], None);
        assert_eq!(one.open, 1);
        assert_eq!(one.findings[0].accepted, Some(Accepted::Allowed));
        assert_eq!(judge(found, &["etc-lint".parse().unwrap()], None).open, 0);
    }

    #[test]
    fn a_baseline_accepts_what_has_not_changed() {
        let before = audit(&[("etc-lint", "/etc/a", "x"), ("git-remote", "/srv", "y")]);
        let now = audit(&[("etc-lint", "/etc/a", "x")]);
        let judged = judge(now, &[], Some(&before));
        assert_eq!((judged.open, judged.gone.len()), (0, 1));
        let worse = audit(&[("etc-lint", "/etc/a", "worse")]);
        assert_eq!(judge(worse, &[], Some(&before)).open, 1);
    }
}
