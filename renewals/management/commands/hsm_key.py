"""How does a new master key get into an HSM? It is made inside, from the file that says where."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from renewals.errors import Refusal
from renewals.vault.initialising import make_hsm_key
from renewals.wording.errors import say_refusal


class Command(BaseCommand):
    """Make the key that a ``.pkcs11`` file describes."""

    help = "Crea dentro del HSM la llave maestra que describe <ID>.pkcs11; la llave nunca sale del HSM."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The id; everything else is in the file."""
        parser.add_argument("key_id", metavar="ID", help="nombre del archivo, sin .pkcs11")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it, or say why not."""
        try:
            make_hsm_key(options["key_id"])
        except FileNotFoundError as error:
            raise CommandError(f"No existe {error.filename}; créalo antes (docs/runbook.md).") from None
        except Refusal as refusal:
            raise CommandError(say_refusal(refusal)) from None
        self.stdout.write(f"La llave maestra {options['key_id']} ya está en el HSM.")
