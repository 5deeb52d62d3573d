//! What daemons ignore in silence, or refuse when it is too late.

mod cron;
mod daemons;
mod guarded;
mod links;
mod names;
mod nsswitch;
mod pam;
mod sudoers;
mod text;

use crate::TreePath;
use std::path::Path;
use wire::etc::{Finding, Level};

/// A file or link, as it will be.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Where.
    pub path: &'a TreePath,
    /// What.
    pub kind: SubjectKind<'a>,
}

/// What a [`Subject`] is.
#[derive(Clone, Copy, Debug)]
pub enum SubjectKind<'a> {
    /// A file.
    File {
        /// All of it.
        content: &'a [u8],
        /// Permission bits.
        mode: u32,
        /// Whether it will belong to uid 0.
        roots: bool,
        /// Whether findings may not quote it.
        secret: bool,
    },
    /// A symbolic link.
    Link {
        /// What it says.
        target: &'a [u8],
    },
}

/// What the rules must be told of the host.
pub trait Host {
    /// Says whether a user exists; yes, if nobody can tell.
    fn has_user(&self, name: &str) -> bool;

    /// Says whether something will be under this path.
    fn exists(&self, path: &TreePath) -> bool;

    /// Says whether something is under this path outside `/etc`; yes, if nobody can tell.
    fn has(&self, path: &Path) -> bool;
}

/// Returns what is wrong with a file or link, by the rules of whoever reads it.
pub fn lint(subject: Subject<'_>, host: &dyn Host) -> Vec<Finding> {
    let mut notes = Notes {
        path: subject.path,
        findings: Vec::new(),
    };
    names::lint(subject, &mut notes);
    match subject.kind {
        SubjectKind::File {
            content,
            mode,
            roots,
            secret,
        } => {
            let file = File {
                path: subject.path,
                content,
                mode,
                roots,
                secret,
            };
            cron::lint(&file, host, &mut notes);
            pam::lint(&file, host, &mut notes);
            nsswitch::lint(&file, &mut notes);
            guarded::lint(&mut notes);
            sudoers::lint(mode, &mut notes);
            daemons::lint(mode, roots, &mut notes);
            text::lint(content, &mut notes);
        }
        SubjectKind::Link { target } => links::lint(target, host, &mut notes),
    }
    notes.findings
}

/// Says whether a rule reads the content of a file there; of others only programs are read, those
/// that start with `#!`.
pub fn reads(path: &TreePath) -> bool {
    let notes = Notes {
        path,
        findings: Vec::new(),
    };
    text::is_strict(&notes)
}

/// A file that a rule looks at.
struct File<'a> {
    path: &'a TreePath,
    content: &'a [u8],
    mode: u32,
    roots: bool,
    secret: bool,
}

/// Collects findings on one path.
struct Notes<'a> {
    path: &'a TreePath,
    findings: Vec<Finding>,
}

impl Notes<'_> {
    fn error(&mut self, rule: &str, line: Option<u32>, text: impl Into<String>) {
        self.add(Level::Error, rule, line, text.into());
    }

    fn warning(&mut self, rule: &str, text: impl Into<String>) {
        self.add(Level::Warning, rule, None, text.into());
    }

    /// As an error, of a file that may be nobody's business: then without the word.
    fn error_about(&mut self, file: &File<'_>, rule: &str, line: u32, text: &str, word: &str) {
        let text = if file.secret {
            text.to_owned()
        } else {
            format!("{text}: {word:?}")
        };
        self.add(Level::Error, rule, Some(line), text);
    }

    fn add(&mut self, level: Level, rule: &str, line: Option<u32>, text: String) {
        let path = self.path.text();
        self.findings.push(Finding {
            path,
            line,
            level,
            rule: rule.to_owned(),
            text,
        });
    }

    /// Says whether the path is directly in a folder.
    fn is_in(&self, folder: &str) -> bool {
        self.path.folder() == folder.as_bytes()
    }

    fn is(&self, path: &str) -> bool {
        self.path.as_bytes() == path.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::{Host, Subject, SubjectKind, lint};
    use crate::TreePath;
    use std::path::Path;

    struct Here(&'static [&'static str]);

    impl Host for Here {
        fn has_user(&self, name: &str) -> bool {
            name != "nobody-here"
        }

        fn exists(&self, path: &TreePath) -> bool {
            self.0.contains(&path.text().as_str())
        }

        fn has(&self, path: &Path) -> bool {
            path.ends_with("security/pam_unix.so") || path.ends_with("lib/pam.d/vendors")
        }
    }

    fn rules(path: &str, kind: SubjectKind<'_>) -> Vec<String> {
        let path = TreePath::new(path).unwrap();
        let found = lint(
            Subject { path: &path, kind },
            &Here(&["nginx/sites-available/app", "app", "pam.d/common-auth"]),
        );
        found.into_iter().map(|finding| finding.rule).collect()
    }

    fn file(path: &str, mode: u32, content: &str) -> Vec<String> {
        rules(
            path,
            SubjectKind::File {
                content: content.as_bytes(),
                mode,
                roots: true,
                secret: false,
            },
        )
    }

    fn link(path: &str, target: &str) -> Vec<String> {
        rules(
            path,
            SubjectKind::Link {
                target: target.as_bytes(),
            },
        )
    }

    const NONE: [String; 0] = [];

    #[test]
    fn cron_jobs() {
        let good = "# nightly\nMAILTO=root\n17 3 * * 1-5 www-data cd /srv && ./run\n@daily root true\n";
        assert_eq!(file("cron.d/app", 0o644, good), NONE);
        assert_eq!(file("cron.d/app.sh", 0o644, good), ["cron-name"]);
        assert_eq!(file("cron.d/app", 0o664, good), ["cron-mode"]);
        assert_eq!(file("cron.d/app", 0o644, "* * * * * root true"), ["cron-newline"]);
        assert_eq!(
            file("cron.d/app", 0o644, "* * * * * nobody-here true\n"),
            ["cron-user"]
        );
        assert_eq!(file("cron.d/app", 0o644, "* * * * root\n"), ["cron-line"]);
        assert_eq!(
            file("cron.d/app", 0o644, "61 * * * * root true\n"),
            ["cron-field"]
        );
        assert_eq!(
            file("cron.d/app", 0o644, "*/0 * * * * root true\n"),
            ["cron-field"]
        );
        assert_eq!(file("cron.d/app", 0o644, "0 0 1 jan mon root true\n"), NONE);
        assert_eq!(
            file("cron.d/app", 0o644, "@sometimes root true\n"),
            ["cron-field"]
        );
        assert_eq!(file("crontab", 0o644, "* * * * * root\n"), ["cron-line"]);
        assert_eq!(
            file("cron.d/app", 0o644, "* * * * * root true\r\n"),
            ["line-ends"]
        );
    }

    #[test]
    fn crontabs_of_users() {
        assert_eq!(
            file("crontabs/www-data", 0o600, "17 3 * * 1-5 true\n@daily true\n"),
            NONE
        );
        assert_eq!(file("crontabs/www-data", 0o600, "17 3 * * 1-5\n"), ["cron-line"]);
        assert_eq!(
            file("crontabs/nobody-here", 0o600, "@daily true\n"),
            ["cron-user"]
        );
    }

    #[test]
    fn sudoers() {
        assert_eq!(file("sudoers.d/deploy", 0o440, "x\n"), NONE);
        assert_eq!(file("sudoers.d/deploy", 0o644, "x\n"), ["sudoers-mode"]);
        assert_eq!(file("sudoers.d/deploy.conf", 0o440, "x\n"), ["sudoers-name"]);
        assert_eq!(file("sudoers.d/deploy~", 0o440, "x\n"), ["sudoers-name"]);
    }

    #[test]
    fn run_parts_folders() {
        assert_eq!(file("cron.daily/app", 0o755, "#!/bin/sh\n"), NONE);
        assert_eq!(
            file("cron.daily/app.sh", 0o755, "#!/bin/sh\n"),
            ["run-parts-name"]
        );
        assert_eq!(file("cron.daily/app", 0o644, "#!/bin/sh\n"), ["run-parts-mode"]);
        assert_eq!(file("cron.daily/app", 0o755, "#!/bin/sh\r\n"), ["line-ends"]);
    }

    #[test]
    fn include_folders() {
        assert_eq!(file("logrotate.d/app", 0o664, "x {}\n"), ["logrotate-mode"]);
        assert_eq!(file("logrotate.d/app.bak", 0o644, "x {}\n"), ["logrotate-name"]);
        assert_eq!(file("nginx/sites-enabled/app~", 0o644, "x"), ["left-over"]);
        assert_eq!(file("apache2/sites-enabled/app", 0o644, "x"), ["apache-name"]);
        assert_eq!(file("supervisor/conf.d/app", 0o644, "x"), ["supervisor-name"]);
    }

    #[test]
    fn what_can_lock_administrators_out() {
        for path in ["fstab", "shadow", "ssh/sshd_config.d/app.conf"] {
            assert_eq!(file(path, 0o644, ""), ["guarded"], "{path}");
        }
    }

    fn locks(path: &str, content: &str) -> Vec<String> {
        let mut found = file(path, 0o644, content);
        found.retain(|rule| rule != "guarded");
        found
    }

    #[test]
    fn pam_s_stacks() {
        let good = "# as Debian writes it\n@include common-auth\nauth [success=1 default=ignore] pam_unix.so nullok # why\n\
                    -session optional pam_gone.so\nAuth required \\\n  pam_unix.so\nauth substack common-auth\nauth include vendors\n\
                    session required /lib/security/pam_unix.so [a b]\n";
        assert_eq!(locks("pam.d/sudo", good), NONE);
        for (line, rule) in [
            ("outh required pam_unix.so", "pam-type"),
            ("auth requird pam_unix.so", "pam-control"),
            ("auth [success=1 default=ignored] pam_unix.so", "pam-control"),
            ("auth [success=1 pam_unix.so", "pam-control"),
            ("auth [succes=1] pam_unix.so", "pam-control"),
            ("auth required", "pam-module"),
            ("auth required pam_unix_.so", "pam-module"),
            ("auth include common-outh", "pam-include"),
            ("@include common-outh", "pam-include"),
            ("@include", "pam-include"),
        ] {
            assert_eq!(locks("pam.d/sudo", &format!("#\n{line}\n")), [rule], "{line}");
        }
        assert_eq!(locks("pam.d/sudo.dpkg-old", "auth required pam_gone.so\n"), NONE);
        assert_eq!(
            locks("pam.d/sudo", "auth required pam_unix.so\r\n"),
            ["line-ends"]
        );
    }

    #[test]
    fn name_services() {
        let good = "# names\npasswd: files systemd\ngroup: compat [!UNAVAIL=return success=merge] sss # x\nhosts: files dns\n";
        assert_eq!(locks("nsswitch.conf", good), NONE);
        for (text, rule) in [
            ("passwd files", "nsswitch-line"),
            ("passwd: files [NOTFOUND=retrun]", "nsswitch-action"),
            ("passwd: files [MISSING=return]", "nsswitch-action"),
            ("passwd: files [NOTFOUND=return", "nsswitch-action"),
            ("passwd: sss", "nsswitch-root"),
            ("group:", "nsswitch-root"),
            ("password: files", "nsswitch-database"),
        ] {
            assert_eq!(locks("nsswitch.conf", &format!("{text}\n")), [rule], "{text}");
        }
    }

    #[test]
    fn links() {
        assert_eq!(link("nginx/sites-enabled/app", "../sites-available/app"), NONE);
        assert_eq!(
            link("nginx/sites-enabled/app", "/etc/nginx/sites-available/app"),
            NONE
        );
        assert_eq!(
            link("nginx/sites-enabled/app", "../sites-available/gone"),
            ["dangling-link"]
        );
        assert_eq!(link("x/y", "../../../usr/share/zoneinfo/UTC"), ["leaves-root"]);
        assert_eq!(link("localtime", "/usr/share/zoneinfo/UTC"), ["leaves-root"]);
        assert_eq!(link("x/app", ".././app"), NONE);
    }
}
