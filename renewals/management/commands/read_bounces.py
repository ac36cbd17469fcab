"""Which mail came back, as the mailbox of returned mail says? For cron, every few minutes."""

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from renewals.errors import Refusal
from renewals.management.answers import add_json, write_json
from renewals.notices.mailbox import read_bounces
from renewals.wording.errors import say_refusal

HELP = """Lee el buzón de correos devueltos (BOUNCE_MAILBOX_URL) y anota cuáles de nuestros correos regresaron, para que
se avise a otra persona. Marca como leído lo que revisó; no borra nada."""


class Command(BaseCommand):
    """Read the mailbox once."""

    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Only how to answer."""
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Read and print.

        Raises:
            CommandError: the mailbox cannot be read.
        """
        try:
            reading = read_bounces(url=settings.BOUNCE_MAILBOX_URL, now=timezone.now())
        except Refusal as refusal:
            raise CommandError(say_refusal(refusal)) from None
        if options["json"]:
            write_json(self, asdict(reading))
        else:
            self.stdout.write(f"Mensajes revisados: {reading.looked_at}. Correos devueltos: {reading.came_back}.")
