"""Settings of the site; what differs between machines comes from the environment.

NOTES_DATA      folder of what outlives a release: the database and the secret key (default: here)
NOTES_DATABASE  name of a PostgreSQL database, instead of SQLite in NOTES_DATA
NOTES_HOSTS     host names to answer to, comma-separated
NOTES_DEBUG     1 while developing
"""

import os
import secrets
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("NOTES_DATA", BASE_DIR))


def secret_key():
    """Reads the machine's own key, making it on first use: a repository is no place for it."""
    path = DATA_DIR / "secret-key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(50))
    return path.read_text()


def database():
    name = os.environ.get("NOTES_DATABASE")
    if name:
        return {"ENGINE": "django.db.backends.postgresql", "NAME": name}
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "notes.sqlite3"}


SECRET_KEY = secret_key()
DEBUG = os.environ.get("NOTES_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("NOTES_HOSTS", "localhost,127.0.0.1").split(",")

INSTALLED_APPS = ["django.contrib.staticfiles", "notes"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]

DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

# `manage.py collectstatic` gathers these in the release itself, so a release serves its own.
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
