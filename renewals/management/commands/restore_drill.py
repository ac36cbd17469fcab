"""Would last night's backup bring the firm back? For cron, where the master keys are."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from renewals.audit import Machine
from renewals.desk.backup.drilling import drill
from renewals.desk.backup.sealing import identities_from
from renewals.errors import Refusal
from renewals.management.answers import add_json, say_without_key, write_json
from renewals.wording.errors import say, say_refusal

HELP = """Simulacro: restaura un respaldo y su archivo de llaves en una base de datos aparte, abre una muestra de pares
y borra todo. Está bien solo si todos abren. Necesita la llave maestra: se corre donde está la bóveda o en una máquina
de reserva."""


class Command(BaseCommand):
    """Bring back beside, open a sample, say whether it is green."""

    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which archives, who opens them, and how many pairs are tried."""
        parser.add_argument("data", type=Path, metavar="RESPALDO", help="el que escribió «manage.py backup»")
        parser.add_argument("--keys", type=Path, required=True, metavar="LLAVES", help="el de «manage.py backup_keys»")
        parser.add_argument("--identity", type=Path, required=True, metavar="ARCHIVO", help="la identidad de age")
        parser.add_argument("--sample", type=int, default=20, metavar="N", help="cuántos pares se abren (20)")
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Drill and print.

        Raises:
            CommandError: it could not be done, or it is not green.
        """
        try:
            drilled = drill(
                data=options["data"],
                keys=options["keys"],
                identities=identities_from(options["identity"]),
                sample=max(1, options["sample"]),
                by=Machine("backup"),
                now=timezone.now(),
            )
        except Refusal as refusal:
            raise CommandError(say_refusal(refusal)) from None
        if options["json"]:
            write_json(self, drilled.document())
        else:
            self.stdout.write(f"Abrieron {drilled.opened} de {drilled.opened + len(drilled.failures)} pares.")
            for certificate, code in drilled.failures.items():
                self.stderr.write(f"Certificado {certificate}: {say(code)}")
            if drilled.restored.without_key:
                self.stderr.write(say_without_key(drilled.restored.without_key))
        if not drilled.is_green:
            raise CommandError("El simulacro no pasó: este respaldo no devuelve todo.")
