"""Which value must every process pin so that keys can be sealed? Makes the vault's first keys where there are none."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from renewals.audit import Machine
from renewals.errors import Refusal
from renewals.vault.initialising import initialise
from renewals.wording.errors import say_refusal


class Command(BaseCommand):
    """Print the value of INTAKE_PUBLIC_KEY, and nothing else, on standard output."""

    help = "Crea la primera llave maestra y el par de recepción si faltan, e imprime el valor de INTAKE_PUBLIC_KEY."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing; run twice, it prints the same."""
        try:
            self.stdout.write(initialise(by=Machine("shell")))
        except Refusal as refusal:
            raise CommandError(say_refusal(refusal)) from None
