//! supervisord with an fcgi-program: it holds the socket, and two masters answer on it.

use kit::PYTHON;
use std::{process::Child, sync::Arc};

use super::production::Production;
use super::{ssh, visitors};

/// Restarts the masters one after the other: the second goes when the first answers in the new release.
const RESTART: &str = r#"#!/bin/sh
set -eu
for number in 0 1; do
    supervisorctl -c CONF restart "site:site_$number"
    until PYTHON -I -S PROBE PORT 2>/dev/null | grep -q "$RELSWITCH_ID"; do sleep 0.05; done
done
"#;

/// A supervisord that runs until this is dropped.
pub(super) struct Supervisor {
    production: Arc<Production>,
    daemon: Child,
    port: u16,
}

impl Supervisor {
    /// Starts it, and waits until the release that is current answers.
    pub(super) fn new(production: &Arc<Production>) -> Self {
        let (world, port) = (&production.world, ssh::free_port());
        let folder = world.folder("supervisor");
        let relswitch = production.program();
        let config = format!(
            "[supervisord]\ndirectory={folder}\nlogfile={folder}/log\npidfile={folder}/pid\nchildlogdir={folder}\n\
             [unix_http_server]\nfile={folder}/socket\n[supervisorctl]\nserverurl=unix://{folder}/socket\n\
             [rpcinterface:supervisor]\n\
             supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n\
             [fcgi-program:site]\n\
             command={relswitch} exec -C {app} -- venv/bin/python -m gunicorn --bind fd://0 --no-control-socket notes\n\
             socket=tcp://127.0.0.1:{port}\nnumprocs=2\nprocess_name=%%(program_name)s_%%(process_num)d\n\
             startsecs=0\nstopwaitsecs=60\n",
            folder = folder.display(),
            relswitch = relswitch.display(),
            app = production.app().display(),
        )
        .replace("%%", "%");
        let config = world.write("supervisor/conf", config);
        let restart = RESTART
            .replace("CONF", &config.display().to_string())
            .replace("PYTHON", PYTHON)
            .replace("PROBE", &world.path("probe.py").display().to_string())
            .replace("PORT", &port.to_string());
        world.program("supervisor/restart", restart);
        let daemon = world.run("supervisord").arg("-nc").arg(config).spawn();
        let answers = || visitors::ask(port, "/").is_ok();
        kit::until("supervisord serves", answers);
        Self {
            production: Arc::clone(production),
            daemon,
            port,
        }
    }

    /// Returns the port of the socket.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Returns the options of a switch: a reload that restarts both masters in turn, and a probe.
    pub(super) fn hooks(&self) -> String {
        let restart = self.production.world.path("supervisor/restart");
        format!(
            "--reload {} {} --timeout 60",
            restart.display(),
            self.production.probe(self.port)
        )
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.production.kill("TERM", &self.daemon);
        let _ = self.daemon.wait();
    }
}
