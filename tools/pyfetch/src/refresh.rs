//! `--refresh`: whether the indexes still say of our files what they said when they were fetched.

use cli::{Done, Failure, Output};
use index::{Client, File, Page, Partial};
use lock::fit;
use pyspec::filename::DistributionFile;
use pyspec::name::Name;
use pyspec::simple::Status;
use pyspec::version::Version;
use wire::wheelhouse::{Finding, FindingKind, Refresh};
use wire::{Fault as _, Kind, wheelhouse};

use crate::house::House;
use crate::look::parallel;
use crate::question::Question;
use crate::report::Refreshed;
use crate::run::Work;

/// Looks again at everything in the wheelhouse.
pub(crate) fn run(work: &Work, house: &House) -> Result<Done, Failure> {
    let Some(manifest) = &house.manifest else {
        let message = format!("{} is no wheelhouse yet", work.args.output.display());
        return Err(Failure::new(Kind::NotFound, message).hint("fill it first, without --refresh"));
    };
    let again = Again {
        paranoid: work.args.paranoid,
        question: &work.question,
        house,
        client: work.client()?,
    };
    let progress = work.session.progress();
    progress.begin("asking again", manifest.files.len() as u64, None);
    let found = parallel(manifest.files.len(), work.jobs(), |number| {
        let found = again.look(&manifest.files[number]);
        progress.advance(1, 0);
        found
    });
    progress.end();
    let mut findings: Vec<Finding> = Vec::new();
    for finding in found?.into_iter().flatten() {
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
    let alarm = findings.iter().any(|finding| finding.kind != FindingKind::Newer);
    let refresh = Refresh {
        checked: manifest.files.len() as u64,
        findings,
        ..Refresh::default()
    };
    let output = Output::report(Refreshed(refresh));
    Ok(if alarm {
        Done::No(output)
    } else {
        Done::Yes(output)
    })
}

/// What looking again needs.
struct Again<'a> {
    paranoid: bool,
    question: &'a Question,
    house: &'a House,
    client: &'a Client,
}

impl Again<'_> {
    fn look(&self, file: &wheelhouse::File) -> Result<Vec<Finding>, Failure> {
        let finding = |kind, detail: String| Finding {
            kind,
            project: file.project.clone(),
            version: file.version.clone(),
            file: file.name.clone(),
            detail,
        };
        let (name, hash) = match &file.built {
            Some(built) => (&built.sdist, &built.hash),
            None => (&file.name, &file.hash),
        };
        // A commit is what it is.
        let Some(digest) = hash.strip_prefix("sha256:") else {
            return Ok(Vec::new());
        };
        let (index, url) = match &file.built {
            Some(built) => (Some(&built.index), Some(&built.url)),
            None => (file.index.as_ref(), file.url.as_ref()),
        };
        if let Some(url) = url.filter(|url| Some(*url) == index) {
            return self.alone(name, url, digest, &finding);
        }
        let Some(page) = self.page(&file.project, index.map_or("", String::as_str))? else {
            return Ok(vec![finding(
                FindingKind::Withdrawn,
                "no index knows the project any more".to_owned(),
            )]);
        };
        let page = &page;
        let mut findings = Vec::new();
        match page.files.iter().find(|offered| offered.name == *name) {
            None => findings.push(finding(
                FindingKind::Withdrawn,
                format!("{} offers no {name} any more", page.index),
            )),
            Some(offered) => {
                if let Some(reason) = &offered.yanked {
                    findings.push(finding(FindingKind::Yanked, reason.clone()));
                }
                if let Some(changed) = self.changed(offered, digest)? {
                    findings.push(finding(FindingKind::Changed, changed));
                }
            }
        }
        findings.extend(status(page).map(|detail| finding(FindingKind::Status, detail)));
        findings.extend(
            self.newer(page, file)
                .map(|version| finding(FindingKind::Newer, version)),
        );
        Ok(findings)
    }

    /// The page of a project in the place that a file came from; of the first that knows it, if that place does not.
    fn page(&self, project: &str, index: &str) -> Result<Option<Page>, Failure> {
        let mut first = None;
        for page in self.client.pages(project) {
            let page = page?;
            if *page.index == *index {
                return Ok(Some(page));
            }
            first.get_or_insert(page);
        }
        Ok(first)
    }

    /// A file that no page lists: its address is asked.
    fn alone(
        &self,
        name: &str,
        url: &str,
        digest: &str,
        finding: &dyn Fn(FindingKind, String) -> Finding,
    ) -> Result<Vec<Finding>, Failure> {
        let Ok(address) = index::Address::parse(url) else {
            return Ok(Vec::new());
        };
        let changed = match self.changed(&File::at(name.to_owned(), address), digest) {
            Ok(changed) => changed,
            Err(failure) if failure.kind() == Some(Kind::NotFound) => {
                let gone = format!("{url} is not there any more");
                return Ok(vec![finding(FindingKind::Withdrawn, gone)]);
            }
            Err(failure) => return Err(failure),
        };
        Ok(changed
            .map(|changed| finding(FindingKind::Changed, changed))
            .into_iter()
            .collect())
    }

    /// Other bytes under the same name: what the page says, or the bytes themselves where it says nothing, or always with
    /// `--paranoid`.
    fn changed(&self, offered: &File, digest: &str) -> Result<Option<String>, Failure> {
        match &offered.sha256 {
            Some(said) if said != digest => {
                return Ok(Some(format!(
                    "{} now says sha256:{said}, we have sha256:{digest}",
                    offered.index
                )));
            }
            Some(_) if !self.paranoid => return Ok(None),
            _ => {}
        }
        let mut partial = Partial::open(self.house.hidden(&format!("{digest}.again")))?;
        let got = self.client.download(
            &File {
                sha256: None,
                ..offered.clone()
            },
            &[digest.to_owned()],
            &mut partial,
            &|_| (),
        );
        partial.discard()?;
        match got {
            Ok(_) => Ok(None),
            Err(error) if error.kind() == Kind::HashMismatch => Ok(Some(error.to_string())),
            Err(error) => Err(error.into()),
        }
    }

    /// The newest final version that has a wheel for one of the targets, if it is newer than ours.
    fn newer(&self, page: &Page, file: &wheelhouse::File) -> Option<String> {
        let ours: Version = file.version.parse().ok()?;
        let project = Name::parse(&file.project).ok()?;
        let usable = page
            .files
            .iter()
            .filter(|offered| offered.yanked.is_none())
            .filter_map(|offered| {
                let DistributionFile::Wheel(wheel) =
                    DistributionFile::of_project(&offered.name, &project).ok()?
                else {
                    return None;
                };
                let python = offered
                    .requires_python
                    .as_deref()
                    .and_then(|text| text.parse().ok());
                let goals = &self.question.goals;
                let fits = goals
                    .iter()
                    .any(|goal| fit::judge(&wheel, python.as_ref(), &goal.target).is_ok());
                (fits && !wheel.version.is_prerelease()).then_some(wheel.version)
            });
        usable
            .max()
            .filter(|newest| *newest > ours)
            .map(|newest| newest.to_string())
    }
}

fn status(page: &Page) -> Option<String> {
    let status = match page.status {
        Status::Active => return None,
        Status::Archived => "archived",
        Status::Deprecated => "deprecated",
        Status::Quarantined => "quarantined",
    };
    let reason = page.status_reason.as_ref().map(|reason| format!(": {reason}"));
    Some(format!("{status}{}", reason.unwrap_or_default()))
}
