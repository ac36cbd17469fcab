"""How does somebody become able to read backups? Makes an age identity, on a machine that is not the server."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from renewals.desk.backup.sealing import new_identity


class Command(BaseCommand):
    """Write the private half into a new file and print the public one, and nothing else, on standard output."""

    help = "Crea una identidad de age: guarda la mitad privada en un archivo nuevo e imprime la pública (age1…)."
    # It needs neither the database nor any other setting of a server.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the private half goes."""
        parser.add_argument("--out", type=Path, required=True, metavar="ARCHIVO", help="archivo nuevo, solo del dueño")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make one.

        Raises:
            CommandError: the file is there already, or cannot be written.
        """
        private, public = new_identity()
        try:
            with open(options["out"], "x", opener=lambda path, flags: os.open(path, flags, 0o600)) as into:
                into.write(f"# public key: {public}\n{private}\n")
        except FileExistsError:
            raise CommandError("Ese archivo ya existe; una identidad nunca se sobrescribe.") from None
        except OSError:
            raise CommandError("No se pudo escribir el archivo de la identidad.") from None
        self.stdout.write(public)
