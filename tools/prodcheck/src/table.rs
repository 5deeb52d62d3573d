//! What is looked for: one table of ids, why each matters, how it is mended.

/// One kind of finding.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) id: &'static str,
    pub(crate) what: &'static str,
    pub(crate) why: &'static str,
    pub(crate) mend: &'static str,
}

/// Returns the row of an id.
pub(crate) fn of(id: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.id == id)
}

/// Makes the table from rows of four texts.
macro_rules! table {
    ($($id:literal $what:literal $why:literal $mend:literal)*) => {
        /// Every kind, in the order of the manual page.
        pub(crate) const TABLE: &[Row] = &[$(Row { id: $id, what: $what, why: $why, mend: $mend },)*];
    };
}

table! {
    "private-key"
    "a private key in a home or in an application's folder"
    "who takes this host over gets everything that the key opens; production fetches nothing, so it needs none"
    "push to this host instead of pulling from it, remove the key, and strike it from every authorized_keys"

    "private-key-readable"
    "a private key that others than its owner can read"
    "every process on this host can take it"
    "make a new key with mode 0600 and strike this one out wherever it is accepted: it counts as known"

    "stored-credentials"
    "a file with names and passwords in a home"
    "who takes this host over can log in elsewhere with them"
    "remove the file; production needs no index, no repository and no account elsewhere"

    "agent-socket"
    "the socket of an ssh agent"
    "root on this host can use every key in the agent while the connection lasts"
    "log in without agent forwarding (ssh -a), and end agents that run here"

    "agent-forwarding"
    "a configuration of ssh that lets agents be forwarded"
    "a forwarded agent lends its keys to whoever is root on this host"
    "AllowAgentForwarding no in /etc/ssh/sshd_config; ForwardAgent no for clients"

    "deploy-user-root"
    "an application's folder that belongs to root"
    "a mistake in a hook, a build or the application is then a mistake with all rights"
    "give the folder to a user of its own, and deploy as that user"

    "deploy-user-sudo"
    "a user who deploys and can become root"
    "who can push code can then do anything on this host"
    "let an administrator apply etcsync's plans; allow fixed commands, if any, by full path and arguments"

    "git-remote"
    "a git repository that knows a remote on another host"
    "production that can pull, or push, has a key or a password for it, and a way out"
    "git remote remove NAME; development pushes to this host and pulls from it"

    "network-reachable"
    "the package index answers (only with --probe-network)"
    "an install on this host can fetch what nobody locked, and who got in can fetch tools and send data out"
    "close outgoing connections in the firewall, but for what the application needs"

    "release-writable"
    "code or an environment that others than the user who deploys can change"
    "who changes it is run by the next restart"
    "chmod go-w, and chown to the user who deploys"

    "service-owns-code"
    "a process that runs as the owner of the release it was started from"
    "a hole in the application can change the application, and survives restarts"
    "run the service as a second user who may only read the releases"

    "environment-unlocked"
    "an environment that was not made from a lock, or is not what the lock says"
    "nobody can say what runs, and the next host gets something else"
    "make it new with pyvenv-offline"

    "etc-writable"
    "a file or folder in /etc that everybody can write"
    "daemons that run as root read it"
    "chmod o-w"

    "etc-leads-out"
    "a link in /etc to something that another user than root can change"
    "who owns the target decides what a daemon of root does"
    "put the file itself into /etc, with etcsync"

    "root-runs-unprivileged"
    "a job or unit of root that runs a program which another user can change"
    "who changes the program is root at the next run"
    "run it as that user, or put the program where only root can write"

    "supervisor-inet"
    "supervisord's web interface beyond loopback"
    "it starts and stops programs for whoever reaches it, and shows their logs"
    "use unix_http_server, or bind inet_http_server to 127.0.0.1"

    "supervisor-password"
    "supervisord's web interface without a password"
    "every process on this host can stop programs through it"
    "set username and password in inet_http_server, or use unix_http_server"

    "supervisor-socket"
    "supervisord's socket that everybody may use, without a password"
    "every process on this host can stop programs through it"
    "chmod=0700 in unix_http_server"

    "service-as-root"
    "a process or unit of root that runs an application"
    "a hole in the application is a hole in the host"
    "name a user in the unit or in supervisord's program"

    "etc-lint"
    "a file in /etc that its daemon ignores or refuses"
    "what is configured there does not happen"
    "mend the file in the mock etc, and apply it"

    "etc-drift"
    "a file in /etc that is not as etcsync wrote it, or not as the repository has it (from --with)"
    "somebody changed this host by hand, and the next apply stops there"
    "take the change over into the repository, or apply again"

    "etc-pending"
    "a reload that never ran, or an apply that was interrupted (from --with)"
    "a daemon still runs with the configuration before"
    "etcsync recover"

    "environment-drift"
    "an environment that is not as it was installed (from --with)"
    "what runs is not what was tested"
    "make it new with pyvenv-offline, and find out who changed it"

    "release-drift"
    "a release that is not as its commit, or a switch that was interrupted (from --with)"
    "what runs is not what was reviewed"
    "relswitch recover; stage the commit again; take changes made here over into the repository"
}

#[cfg(test)]
mod tests {
    use super::TABLE;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_and_texts_are_fragments() {
        let ids: BTreeSet<_> = TABLE.iter().map(|row| row.id).collect();
        assert_eq!(ids.len(), TABLE.len());
        for row in TABLE {
            for text in [row.what, row.why, row.mend] {
                assert!(!text.is_empty() && !text.ends_with('.'), "{}: {text}", row.id);
            }
        }
    }
}
