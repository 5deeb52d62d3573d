"""How gunicorn serves the site. The listening socket is given by whoever starts it (`--bind fd://0`)."""

import os

wsgi_app = "config.wsgi"
workers = int(os.environ.get("NOTES_WORKERS", "2"))

# Load before forking: workers share memory, and a release that cannot start fails at once and visibly.
preload_app = True

# A request in flight when its master is restarted is finished; supervisord waits a little longer.
graceful_timeout = 20
errorlog = "-"
