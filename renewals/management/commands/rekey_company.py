"""How does one company get a new data key from a shell?"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from renewals.audit import Machine
from renewals.errors import Refusal
from renewals.management.answers import add_json
from renewals.management.key_works import see_through
from renewals.models import Company, KeyWork, KeyWorkKind
from renewals.pki.identifiers import normalise_rfc
from renewals.vault.rekeying import ask_rekey
from renewals.wording.errors import say_refusal

HELP = """Da a una empresa una llave de datos nueva y vuelve a cifrar con ella todos sus secretos. Donde están las
llaves maestras lo hace aquí mismo; si no, lo deja pedido a la bóveda. Interrumpido, continúa donde iba."""


class Command(BaseCommand):
    """Ask for a re-key, or go on with the one under way."""

    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which company."""
        parser.add_argument("rfc", metavar="RFC")
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the proof, or how it stands.

        Raises:
            CommandError: there is no such company, it failed, or it cannot be done here.
        """
        try:
            company = Company.objects.get(rfc=normalise_rfc(options["rfc"]))
        except Company.DoesNotExist:
            raise CommandError(f"No hay una empresa con el RFC {options['rfc']}.") from None
        work = KeyWork.objects.under_way(kind=KeyWorkKind.REKEY, company=company).first()
        try:
            work = work or ask_rekey(company=company, by=Machine("shell"), confirmed_at=None, now=timezone.now())
        except Refusal as refusal:
            raise CommandError(say_refusal(refusal)) from None
        see_through(self, work, as_json=options["json"])
