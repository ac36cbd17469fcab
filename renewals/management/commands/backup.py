"""How is everything but the keys written into one encrypted archive? For cron, every night."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from renewals.audit import Machine
from renewals.desk.backup.writing import write_archive
from renewals.errors import Refusal
from renewals.management.answers import add_json, write_json
from renewals.models import ArchiveKind
from renewals.wording.errors import say_refusal

HELP = """Escribe un respaldo cifrado de la base de datos y de los archivos, sin las llaves envueltas (eso lo hace
«manage.py backup_keys»). Lo abren solo las personas de BACKUP_RECIPIENTS; esta máquina no puede. El programa sigue
trabajando mientras tanto."""


class Command(BaseCommand):
    """Write one archive and say where it lies."""

    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to."""
        parser.add_argument("--to", type=Path, required=True, metavar="CARPETA", help="dónde se escribe")
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write and print.

        Raises:
            CommandError: nothing was written, or files are missing that rows name.
        """
        try:
            written = write_archive(
                kind=ArchiveKind.DATA, folder=options["to"], by=Machine("backup"), now=timezone.now()
            )
        except Refusal as refusal:
            raise CommandError(say_refusal(refusal)) from None
        if options["json"]:
            write_json(self, written.document())
        else:
            self.stdout.write(f"{written.path}. Renglones: {written.rows}. Archivos: {written.files}.")
            self.stdout.write(f"SHA-256 {written.archive.sha256}")
        if written.missing:
            raise CommandError(f"El respaldo está escrito, pero en el disco faltan archivos: {len(written.missing)}.")
