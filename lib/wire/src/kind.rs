//! What can go wrong, as far as a caller has to know: one table.

use std::io;

/// Makes [`Kind`] and its table from one list: variant, name, exit status, meaning, hint.
macro_rules! kinds {
    ($($variant:ident $name:literal $exit:literal $meaning:literal $hint:literal)*) => {
        /// The kind of a failure; it decides the exit status.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind { $(#[doc = $meaning] $variant,)* }

        impl Kind {
            /// Every kind, in the order of the table in `pydeploy(7)`.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the name used in documents, `hash-mismatch`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Returns the exit status of a command that fails with this kind.
            pub fn exit(self) -> u8 {
                match self { $(Self::$variant => $exit,)* }
            }

            /// Returns one line that says what the kind means.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }

            /// Returns what to do next when nothing better is known.
            pub fn hint(self) -> &'static str {
                match self { $(Self::$variant => $hint,)* }
            }
        }
    };
}

kinds! {
    Usage "usage" 2 "the command line is wrong" "see --help"
    NoIndex "no-index" 2 "no package index is configured" "set index-url in pip's configuration, PIP_INDEX_URL, or --index-url"
    DestinationExists "destination-exists" 2 "the destination is there already" "name a new place: an environment or a release is made new every time"

    ApplyFailed "apply-failed" 3 "a change failed half-way and everything was put back" "mend the cause and run it again"
    ReloadFailed "reload-failed" 3 "a reload failed and the state before was put back" "look at the service's own log"
    ProbeFailed "probe-failed" 3 "the probe did not see the new release and the old one is back" "look at the application's log; the release is kept for that"

    NeedsRecover "needs-recover" 4 "a change failed and could not be put back" "run the tool's recover command"

    NoInput "no-input" 65 "the input is empty" "the command that should have written it has probably failed"
    BadSyntax "bad-syntax" 65 "the input cannot be read" "mend the line named"
    BadDocument "bad-document" 65 "a JSON document is incomplete or of another kind" "check the command that wrote it"
    Unsupported "unsupported" 65 "the input asks for what this tool does not do" "see the tool's manual page"
    UnknownPackage "unknown-package" 65 "no index has a package of this name" "check the spelling and the index"
    NoVersion "no-version" 65 "no version fits the requirement" "relax the requirement"
    NoWheel "no-wheel" 65 "no wheel fits the target" "choose another version, or allow a source distribution"
    Conflict "conflict" 65 "the requirements contradict each other" "relax one of the requirements named"
    MissingHash "missing-hash" 65 "a requirement has no hash where hashes are required" "lock again with reqlock"
    HashMismatch "hash-mismatch" 65 "the bytes are not the ones that were locked" "do not install it; find out who changed it"
    NotFound "not-found" 65 "something that the input names is not there" "check the name"
    BadWheel "bad-wheel" 65 "a wheel is damaged or breaks its own rules" "fetch it again; if it stays so, tell its author"
    BadSdist "bad-sdist" 65 "a source distribution is damaged or breaks its own rules" "fetch it again; if it stays so, tell its author"
    BadMetadata "bad-metadata" 65 "the metadata of a distribution contradicts itself" "choose another version"
    Collision "collision" 65 "two distributions install the same path" "leave one of them out"
    Closure "closure" 65 "a dependency is not in the lock" "lock again with reqlock"
    BuildFailed "build-failed" 65 "a build backend failed" "read the build log named"
    Lint "lint" 65 "a configuration file would be ignored or refused by its daemon" "mend the file named"
    CheckFailed "check-failed" 65 "a daemon refuses the new configuration" "mend the file named; nothing was changed"
    StalePlan "stale-plan" 65 "the world has changed since the plan was made" "make the plan again"
    Drift "drift" 65 "a file was changed by somebody else" "take the change over, or pass --overwrite-drift"
    Blocked "blocked" 65 "a path cannot be replaced" "see the plan's notes"
    LocalCommits "local-commits" 65 "production has commits that this release lacks" "pull them into development, or pass --merge-local or --drop-local"
    UnknownRef "unknown-ref" 65 "the repository has no such commit" "push it first, or check the name"
    BadState "bad-state" 65 "a release is not in the state that this step needs" "see the list command"

    NoAccess "no-access" 74 "the system refused access" "check owner and mode of the path"
    ReadOnly "read-only" 74 "the file system is read-only" "choose another place"
    StoreDamaged "store-damaged" 74 "something in the store of unpacked wheels is not as it was put there" "pyvenv-offline --store-verify"
    DiskFull "disk-full" 74 "the disk is full" "make room and run it again"
    Io "io" 74 "the system was in the way" "read the cause"

    Network "network" 75 "the index cannot be reached" "try again; check proxies and the index's address"
    Timeout "timeout" 75 "it took too long" "try again, or give it more time"
    Http5xx "http-5xx" 75 "the index has a fault" "try again later"
    Http429 "http-429" 75 "the index asks to slow down" "try again later"
    NotAPackage "not-a-package" 75 "something between us and the index answered with a page" "log in to the network, or check the proxy"
    LockHeld "lock-held" 75 "another run is at work here" "wait for it, or pass --wait"

    Root "root" 77 "this does not run as root" "run it as the user who deploys; --allow-root in containers"
    NotOwner "not-owner" 77 "the path belongs to somebody else" "run it as its owner"
    Http401 "http-401" 77 "the index wants a name and a password" "put them into netrc, or into the index's address in pip's configuration"
    Http403 "http-403" 77 "the index refuses us" "check what the account may read"
    NoIsolation "no-isolation" 77 "this kernel does not let us cut the network" "--build-network allow, if you trust the package"

    Bug "bug" 101 "a fault in the tool itself" "please report it"
}

impl Kind {
    /// Returns the kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Returns the kind of an error of the operating system.
    pub fn of_io(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::PermissionDenied => Self::NoAccess,
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Io,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_kebab_case_and_unique() {
        let names: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), Kind::ALL.len());
        for name in names {
            assert!(
                name.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{name}"
            );
            assert_eq!(Kind::from_name(name).map(Kind::name), Some(name));
        }
    }

    #[test]
    fn exit_statuses_are_those_of_the_contract() {
        for kind in Kind::ALL {
            assert!([2, 3, 4, 65, 74, 75, 77, 101].contains(&kind.exit()), "{kind:?}");
        }
    }
}
