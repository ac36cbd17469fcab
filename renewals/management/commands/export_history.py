"""What happened to one company, for somebody who shall check it without this program?"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from renewals.audit import Machine
from renewals.models import Company
from renewals.vault.exporting_history import export_history

HELP = """Escribe el historial de una empresa en renglones JSON, con sus eslabones y las firmas que dan fe de ellos. Se
comprueba sin este programa con docs/verify_company_history.py. Queda en el historial."""


class Command(BaseCommand):
    """Write the lines to a new file."""

    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose, and where to."""
        parser.add_argument("rfc", metavar="RFC")
        parser.add_argument("--out", metavar="ARCHIVO", required=True, help="un archivo nuevo")

    def handle(self, *args: Any, **options: Any) -> None:
        """Export.

        Raises:
            CommandError: there is no such company, or the file cannot be made.
        """
        company = Company.objects.with_rfc(options["rfc"]).first()
        if company is None:
            raise CommandError("no hay ninguna empresa con ese RFC")
        path = Path(options["out"])
        try:
            with path.open("x", encoding="ascii") as file:
                file.writelines(export_history(company=company, by=Machine("shell"), now=timezone.now()))
        except OSError as error:
            raise CommandError(f"{path.name}: no se puede escribir") from error
        self.stdout.write(f"{path.name}: historial de {company.rfc}")
