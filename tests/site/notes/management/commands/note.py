"""Leave a note, or read the notes, from a terminal.

Usage:
  note [--last=<n>]
  note --write=<text>

Options:
  --last=<n>      How many to show [default: 5].
  --write=<text>  The note to leave.
"""

from django.core.management.base import BaseCommand, CommandError
from docopt import DocoptExit, docopt

from notes.models import Note


class Command(BaseCommand):
    help = "Leaves a note, or reads the notes. See `note -- --help`."

    def add_arguments(self, parser):
        parser.add_argument("words", nargs="*", help="put -- before options of the command itself")

    def handle(self, *args, words, **options):
        try:
            asked = docopt(__doc__, argv=words)
        except DocoptExit as mistake:
            raise CommandError(str(mistake)) from None
        if asked["--write"]:
            Note.objects.create(text=asked["--write"][:200])
            return
        for note in Note.objects.all()[: int(asked["--last"])]:
            self.stdout.write(f"{note.written:%Y-%m-%d %H:%M}  {note.text}")
