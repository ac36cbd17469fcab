"""How does a person get a certificate's files on a deadline day when the pages or the vault's machine are gone?"""

import getpass
import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from renewals.access import Right, certificate_for
from renewals.custody.by_hand import HandedOut, NotHandedOut, hand_out
from renewals.errors import Refusal
from renewals.people.sign_in import sign_in
from renewals.wording.errors import say, say_refusal


class Command(BaseCommand):
    """Hand out one pair into a file, as the person who asks, on the record."""

    help = (
        "Entrega los archivos de un certificado en esta máquina, que debe tener la llave maestra: con la contraseña, "
        "el permiso y el mandato de siempre, y en el historial."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which certificate, who, why, and where to; the password is asked for."""
        parser.add_argument("certificate", type=int, metavar="NÚMERO", help="id del certificado (list_certificates)")
        parser.add_argument("--user", required=True, metavar="USUARIO", help="quién los pide, con su propio usuario")
        parser.add_argument("--reason", required=True, metavar="MOTIVO", help="para qué; queda en el historial")
        parser.add_argument("--out", required=True, metavar="ARCHIVO", help="archivo .zip nuevo; mejor en /dev/shm")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask for the password, hand out, and show the passphrase once.

        Raises:
            CommandError: refused, with its reason; or the file cannot be written, and then nothing was asked for.
        """
        try:
            out = self._new_file(Path(options["out"]))
        except OSError as error:
            raise CommandError(f"No se puede crear {options['out']}: {error.strerror}") from None
        try:
            found = self._handed_out(options)
            with os.fdopen(out, "wb") as handle:
                handle.write(found.files)
        except (Refusal, NotHandedOut) as refused:
            Path(options["out"]).unlink()
            words = say_refusal(refused) if isinstance(refused, Refusal) else say(refused.code, refused.facts)
            raise CommandError(words) from None
        except OSError as error:
            Path(options["out"]).unlink(missing_ok=True)
            raise CommandError(
                f"Los archivos salieron del resguardo y no se pudieron escribir en {options['out']} "
                f"({error.strerror}). "
                "No quedó nada de ellos: libera espacio o elige otro lugar, y pídelos otra vez."
            ) from None
        self.stderr.write(f"Archivos en {options['out']}; bórralos al terminar. Contraseña de la llave:")
        self.stdout.write(found.passphrase)

    def _handed_out(self, options: dict[str, Any]) -> HandedOut:
        now = timezone.now()
        person = sign_in(typed_name=options["user"], password=self._password(), address=None, now=now)
        certificate = certificate_for(person, options["certificate"], Right.WORK)
        return hand_out(certificate=certificate, person=person, reason=options["reason"], now=now)

    def _new_file(self, path: Path) -> int:
        """Before anything is asked for: files that were taken out and then lost would be taken out for nothing."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

    def _password(self) -> str:
        if sys.stdin.isatty():
            return getpass.getpass("Tu contraseña: ")
        return sys.stdin.readline().rstrip("\n")
