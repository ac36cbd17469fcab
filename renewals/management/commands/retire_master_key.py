"""How is an old master key retired from a shell, with the word of two partners?"""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from renewals.errors import Refusal
from renewals.management.answers import add_json
from renewals.management.key_works import see_through
from renewals.models import KeyWork, KeyWorkKind
from renewals.people.sign_in import sign_in
from renewals.vault.retiring import ask_retirement
from renewals.wording.errors import say_refusal

HELP = """Con --by y --reason pide el retiro de una llave maestra en nombre de una socia o socio, cuya contraseña se
pregunta (o se lee de la entrada estándar). Otra persona lo aprueba en «Aprobaciones». Sin ellos hace el retiro que ya
está pedido y aprobado, si aquí están las llaves maestras; la bóveda también lo hace sola."""


class Command(BaseCommand):
    """Ask for a retirement, or see the one under way through."""

    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which key, and on whose word."""
        parser.add_argument("key_id", metavar="LLAVE")
        parser.add_argument("--by", metavar="USUARIO", help="socia o socio que lo pide")
        parser.add_argument("--reason", metavar="MOTIVO", default="", help="por qué se retira")
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print how it stands.

        Raises:
            CommandError: nobody asked for it, it failed, or it cannot be done here.
        """
        work = self._asked(options) if options["by"] else KeyWork.objects.under_way(kind=KeyWorkKind.RETIRE).first()
        if work is None or work.from_key != options["key_id"]:
            raise CommandError("Nadie ha pedido retirar esa llave maestra. Pídelo con --by y --reason.")
        see_through(self, work, as_json=options["json"])

    def _asked(self, options: dict[str, Any]) -> KeyWork:
        password = getpass("Contraseña: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
        now = timezone.now()
        try:
            by = sign_in(typed_name=options["by"], password=password, address=None, now=now)
            return ask_retirement(key_id=options["key_id"], reason=options["reason"], by=by, confirmed_at=now, now=now)
        except Refusal as refusal:
            raise CommandError(say_refusal(refusal)) from None
