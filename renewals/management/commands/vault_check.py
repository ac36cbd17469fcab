"""Do the master keys that this process has open what the database holds?"""

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from renewals.errors import Refusal
from renewals.management.answers import add_json, write_json, write_table
from renewals.vault.checking import Findings, check
from renewals.wording.errors import say, say_refusal
from renewals.wording.history import HOLDERS, SUBJECTS


class Command(BaseCommand):
    """Check permissions, lengths, and that what is wrapped opens."""

    help = "Revisa las llaves maestras de este proceso y que abran lo que hay en la base de datos; no cambia nada."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A sample, or everything."""
        parser.add_argument("--all", action="store_true", help="abre todas las llaves envueltas, no una muestra")
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Check and print.

        Raises:
            CommandError: a master key is unfit, or a row does not open.
        """
        try:
            findings = check(every_row=options["all"])
        except Refusal as refusal:
            raise CommandError(say_refusal(refusal)) from None
        if options["json"]:
            write_json(self, asdict(findings))
        else:
            self._tell(findings)
        if findings.damaged:
            raise CommandError(f"{len(findings.damaged)} no abren; restáuralas del respaldo de las llaves")

    def _tell(self, findings: Findings) -> None:
        rows = (
            (one.key_id, HOLDERS.get(one.holder, one.holder), "sí" if one.is_active else "no", one.rows)
            for one in findings.keys
        )
        write_table(self, ("LLAVE MAESTRA", "DÓNDE", "ACTIVA", "LLAVES BAJO ELLA"), rows)
        for one in findings.damaged:
            self.stdout.write(
                f"{SUBJECTS.get(one.table, one.table)} {one.row}: {say(one.code, {'key_id': '', 'version': ''})}"
            )
        self.stdout.write(f"Se abrieron {findings.opened} de {findings.rows} llaves envueltas.")
