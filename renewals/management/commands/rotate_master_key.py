"""How does everything come under the master key that is active now?"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from renewals.audit import Machine
from renewals.errors import Refusal
from renewals.management.answers import add_json
from renewals.management.key_works import see_through
from renewals.models import KeyWork, KeyWorkKind
from renewals.vault.rotating import ask_rotation
from renewals.wording.errors import say_refusal

HELP = """Pasa todas las llaves a la llave maestra activa (antes: new_master_key y activate_master_key). Donde están las
llaves maestras lo hace aquí mismo; si no, lo deja pedido a la bóveda. Interrumpido, continúa donde iba."""


class Command(BaseCommand):
    """Ask for a rotation, or go on with the one under way."""

    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Only the form of the answer."""
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the proof, or how it stands.

        Raises:
            CommandError: it failed, or cannot be done here.
        """
        work = KeyWork.objects.under_way(kind=KeyWorkKind.ROTATE).first()
        try:
            work = work or ask_rotation(by=Machine("shell"), confirmed_at=None, now=timezone.now())
        except Refusal as refusal:
            raise CommandError(say_refusal(refusal)) from None
        see_through(self, work, as_json=options["json"])
