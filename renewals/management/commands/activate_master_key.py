"""Under which master key are new keys wrapped from now on?"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from renewals.errors import Refusal
from renewals.vault.key_files import activate
from renewals.wording.errors import say_refusal


class Command(BaseCommand):
    """Name the active master key."""

    help = "Deja activa una llave maestra que ya está en la carpeta; lo sellado con las demás sigue abriendo con ellas."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which one."""
        parser.add_argument("key_id", metavar="ID", help="nombre de la llave, sin .key ni .pkcs11")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it down, or say why not."""
        try:
            activate(options["key_id"])
        except Refusal as refusal:
            raise CommandError(say_refusal(refusal)) from None
        self.stdout.write(f"La llave maestra activa es {options['key_id']}. Lo anterior se pasa con rotate_master_key.")
