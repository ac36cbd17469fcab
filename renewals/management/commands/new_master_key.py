"""How does a firm get a second master key, to change over to?"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from renewals.errors import Refusal
from renewals.vault.key_files import activate, make_local_key
from renewals.wording.errors import say_refusal


class Command(BaseCommand):
    """Make a master key in a file of this machine."""

    help = "Crea otra llave maestra en la carpeta de llaves maestras e imprime su nombre; con --activate queda activa."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether it is to be used from now on."""
        parser.add_argument("--activate", action="store_true", help="lo nuevo se sella con ella desde ahora")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it, and print its id and nothing else on standard output."""
        try:
            key_id = make_local_key()
            if options["activate"]:
                activate(key_id)
        except Refusal as refusal:
            raise CommandError(say_refusal(refusal)) from None
        self.stdout.write(key_id)
        self.stderr.write("Cópiala a dos lugares sin copia de la base de datos y haz su kit de recuperación.")
