"""How is a backup brought back into an empty database?"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from renewals.audit import Machine
from renewals.desk.backup.restoring import Restored, restore
from renewals.desk.backup.sealing import identities_from
from renewals.errors import Refusal
from renewals.management.answers import add_json, say_without_key, write_json
from renewals.wording.errors import say_refusal

HELP = """Restaura un respaldo y su archivo de llaves en una base de datos vacía y recién migrada: todo o nada. Cierra
las sesiones, las entregas y las aprobaciones que estaban abiertas, y repite las destrucciones de llaves de las que sabe
el archivo de llaves."""


class Command(BaseCommand):
    """Bring a backup back and say what came."""

    help = HELP
    # It runs as the owner of the tables, which is told nothing but the database.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which archives, and who opens them."""
        parser.add_argument("data", type=Path, metavar="RESPALDO", help="el que escribió «manage.py backup»")
        keys = parser.add_mutually_exclusive_group(required=True)
        keys.add_argument("--keys", type=Path, metavar="LLAVES", help="el que escribió «manage.py backup_keys»")
        keys.add_argument("--without-keys", action="store_true", help="solo datos: ninguna llave se podrá abrir")
        parser.add_argument("--identity", type=Path, required=True, metavar="ARCHIVO", help="la identidad de age")
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore and print.

        Raises:
            CommandError: nothing was brought back.
        """
        try:
            restored = restore(
                data=options["data"],
                keys=options["keys"],
                identities=identities_from(options["identity"]),
                files_into=settings.MEDIA_ROOT,
                by=Machine("backup"),
                now=timezone.now(),
            )
        except Refusal as refusal:
            raise CommandError(say_refusal(refusal)) from None
        except OSError as error:
            raise CommandError(
                f"No se pudieron escribir los archivos ({error.strerror}). No se restauró nada."
            ) from None
        if options["json"]:
            write_json(self, restored.document())
        else:
            self._say(restored)

    def _say(self, restored: Restored) -> None:
        told = restored.document()
        self.stdout.write(f"Restaurado el respaldo del {restored.data.archive.made_at:%Y-%m-%d %H:%M} UTC.")
        self.stdout.write(f"SHA-256 {told['sha256']}")
        self.stdout.write(f"Renglones: {told['rows']}. Archivos: {told['files']}.")
        self.stdout.write(
            f"Entregas cerradas: {told['closed_checkouts']}. Aprobaciones cerradas: {told['closed_approvals']}. "
            f"Enlaces a clientes cerrados: {told['closed_client_requests']}."
        )
        if told["destroyed"]:
            self.stdout.write(f"Empresas cuyas llaves se volvieron a destruir: {told['destroyed']}.")
        if restored.without_key:
            self.stderr.write(say_without_key(restored.without_key))
        if restored.data.missing:
            self.stderr.write(f"Archivos que ya faltaban cuando se escribió el respaldo: {len(restored.data.missing)}.")
