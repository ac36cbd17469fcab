"""How are the wrapped keys archived apart from the data, and old archives of them deleted? For cron, every night."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from renewals.audit import Machine
from renewals.desk.backup.retaining import delete_lapsed
from renewals.desk.backup.writing import write_archive
from renewals.errors import Refusal
from renewals.management.answers import add_json, write_json
from renewals.models import ArchiveKind
from renewals.wording.errors import say_refusal

HELP = """Escribe un archivo cifrado con las llaves envueltas y borra de la misma carpeta los que ya cumplieron su plazo
(KEY_ARCHIVE_DAYS). Su carpeta no es la de los respaldos: quien tenga una sola de las dos no abre nada."""


class Command(BaseCommand):
    """Write one archive of keys, then delete those whose day has come."""

    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to."""
        parser.add_argument("--to", type=Path, required=True, metavar="CARPETA", help="dónde se escribe y se borra")
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write, delete and print.

        Raises:
            CommandError: nothing was written, so nothing was deleted; or one that should be gone is still there.
        """
        by, now = Machine("backup"), timezone.now()
        try:
            written = write_archive(kind=ArchiveKind.KEYS, folder=options["to"], by=by, now=now)
            deleted = delete_lapsed(folder=options["to"], by=by, now=now)
        except Refusal as refusal:
            raise CommandError(say_refusal(refusal)) from None
        if options["json"]:
            write_json(self, {**written.document(), "deleted": deleted})
        else:
            self.stdout.write(f"{written.path}. Renglones: {written.rows}. Se borra el {written.archive.lapses_on}.")
            self.stdout.write(f"SHA-256 {written.archive.sha256}")
            self.stdout.write("".join(f"Se borró {name}.\n" for name in deleted), ending="")
