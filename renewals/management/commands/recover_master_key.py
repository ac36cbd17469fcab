"""How do partners bring the master key back on a new machine? They type the words of their pages, one after another."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from renewals.audit import Machine
from renewals.errors import Refusal, ShareOfAnotherKit, ShareWrong
from renewals.vault.recovery import recover
from renewals.vault.recovery_shares import WrittenShare, require_companion
from renewals.wording.errors import say_refusal


class Command(BaseCommand):
    """Ask for shares until there are enough; piped ones stand one on a line."""

    help = "Recupera una llave maestra con las hojas de su kit; pregunta por las palabras, nunca van en el comando."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Only the id, which is on every page and no secret."""
        parser.add_argument("key_id", metavar="ID", help="la llave que dicen las hojas, como mk-1a2b3c4d")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, write the key's file, and show the number to compare with the pages."""
        try:
            found = recover(key_id=options["key_id"], shares=self._shares(), by=Machine("shell"))
        except Refusal as refusal:
            raise CommandError(say_refusal(refusal)) from None
        self.stdout.write(f"Llave {found.key_id} recuperada. Número de control: {found.control_number}")
        self.stdout.write("Compáralo con las hojas; si no es igual, las hojas son de otra llave.")
        if found.checked:
            self.stdout.write("Es la llave que usó esta base de datos. Sigue: manage.py vault_check")
        else:
            self.stdout.write("Esta base de datos no la conoce (¿falta restaurarla?). Después: manage.py vault_check")

    def _shares(self) -> list[WrittenShare]:
        shares: list[WrittenShare] = []
        while not shares or len(shares) < shares[0].needed:
            line = self._line(len(shares) + 1)
            if line is None:
                break
            try:
                share = WrittenShare.read(line)
                require_companion(share, shares)
            except (ShareWrong, ShareOfAnotherKit) as refusal:
                # Piped words cannot be mended, so there the first wrong ones are the end.
                if not sys.stdin.isatty():
                    raise
                self.stderr.write(say_refusal(refusal))
                continue
            shares.append(share)
            self.stderr.write(f"Parte {share.number} leída; van {len(shares)} de {share.needed}.")
        return shares

    def _line(self, number: int) -> str | None:
        if sys.stdin.isatty():
            # Unseen, so that nobody behind the partner reads them; the checksum finds what was misspelt.
            return getpass.getpass(f"Palabras de la parte {number} (no se ven al escribir): ") or None
        return sys.stdin.readline() or None
