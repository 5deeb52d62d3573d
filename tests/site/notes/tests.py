"""What a build of the site runs before it calls itself ready: `manage.py test`."""

import sys
from io import StringIO
from unittest import mock

from django.core.management import call_command
from django.test import TestCase, override_settings

from .models import Note

PLAIN_STATIC = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


@override_settings(STORAGES=PLAIN_STATIC)
class Pages(TestCase):
    def test_a_note_left_is_shown(self):
        self.client.post("/", {"text": "  read me  "})
        self.assertContains(self.client.get("/"), "read me")

    def test_an_empty_note_is_not_kept(self):
        self.client.post("/", {"text": "   "})
        self.assertEqual(Note.objects.count(), 0)

    def test_health_names_release_and_environment(self):
        with mock.patch.dict("os.environ", {"RELSWITCH_ID": "r1"}):
            answer = self.client.get("/health").json()
        self.assertEqual(answer, {"release": "r1", "prefix": sys.prefix, "notes": 0})


class Commands(TestCase):
    def test_note_writes_and_reads(self):
        call_command("note", "--", "--write=from a terminal")
        out = StringIO()
        call_command("note", "--", "--last=1", stdout=out)
        self.assertIn("from a terminal", out.getvalue())
