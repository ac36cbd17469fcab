"""How does a demo firm get its people, companies and certificates?"""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from renewals.desk.demo.filling import fill, is_a_real_firm
from renewals.desk.demo.story import USUAL
from renewals.errors import NotADemo, Refusal
from renewals.wording.errors import say_refusal


class Command(BaseCommand):
    """Fill the database with invented companies, whose keys are sealed as real ones are."""

    help = (
        "Llena un despacho de demostración: personas, empresas inventadas y certificados en todas las etapas, de "
        "una pequeña autoridad propia. Las llaves salen de un grupo de doce que se reparten, porque crear una llave "
        "tarda mucho más que todo lo demás. Con --companies 20000 (unos 49,000 certificados) usa unos tres minutos de "
        "procesador."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """How many, and whether to be quiet where a firm is at work."""
        parser.add_argument("--companies", type=int, default=USUAL, help=f"cuántas empresas (normalmente {USUAL})")
        parser.add_argument("--only-if-empty", action="store_true", help="no hace nada si ya hay personas o empresas")

    def handle(self, *args: Any, **options: Any) -> None:
        """Fill, and say how many companies came."""
        if not settings.ONE_MACHINE:
            raise CommandError(say_refusal(NotADemo()))
        if options["only_if_empty"] and is_a_real_firm():
            return
        started = time.monotonic()
        try:
            new = fill(companies=options["companies"], now=timezone.now(), say=self.stdout.write)
        except Refusal as refusal:
            raise CommandError(say_refusal(refusal)) from None
        if new:
            self.stdout.write(f"{new} empresas nuevas en {time.monotonic() - started:.0f} s")
