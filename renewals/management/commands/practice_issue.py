"""How does a newcomer get the files that the portal would have written? From the demo firm's own authority."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from renewals.desk.demo.practising import demo_company, issue
from renewals.errors import Refusal
from renewals.management.answers import add_json, passphrases_from, write_json
from renewals.pki.certificate import CertificateKind
from renewals.wording.errors import say_refusal

HELP = """Escribe una llave nueva y su certificado, como los habría escrito el portal, para recorrer los pasos de una
empresa de práctica. La llave queda cifrada con la contraseña del archivo de --password-file: la que muestra la guía
en el paso 3. Con --key no crea otra llave: emite un certificado para la llave de ese archivo."""
KINDS = [kind.value for kind in CertificateKind if kind is not CertificateKind.UNKNOWN]


class Command(BaseCommand):
    """Issue for a company of the demo firm; real companies are refused."""

    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        """For whom, where to, and under which passphrase."""
        parser.add_argument("rfc", metavar="RFC", help="de una empresa de práctica")
        parser.add_argument("--out", required=True, metavar="CARPETA", help="donde se escriben los archivos")
        parser.add_argument("--password-file", required=True, metavar="ARCHIVO", help="su primera línea cifra la llave")
        parser.add_argument("--kind", choices=KINDS, default="npie", help="tipo de certificado (normalmente npie)")
        parser.add_argument("--scope", default="", help="registro patronal o sucursal, si la empresa tiene varios")
        parser.add_argument("--key", metavar="ARCHIVO", help="llave que ya existe, para emitir solo el certificado")
        parser.add_argument("--pfx", action="store_true", help="escribe además un PFX con el par")
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Issue and say what was written where.

        Raises:
            CommandError: a real company, a key that does not open, or files that are there already.
        """
        passphrases = passphrases_from(options["password_file"])
        if not passphrases:
            raise CommandError("El archivo de la contraseña está vacío")
        try:
            issued = issue(
                company=demo_company(options["rfc"]),
                kind=CertificateKind(options["kind"]),
                passphrase=passphrases[0],
                folder=Path(options["out"]),
                key_file=Path(options["key"]) if options["key"] else None,
                scope=options["scope"],
                with_pfx=options["pfx"],
                now=timezone.now(),
            )
        except Refusal as refusal:
            raise CommandError(say_refusal(refusal)) from None
        except OSError as error:
            raise CommandError(f"{error.strerror}: {error.filename}") from None
        written = {"key": issued.key, "certificate": issued.certificate, "pfx": issued.pfx}
        if options["json"]:
            paths = {name: str(path) if path else None for name, path in written.items()}
            write_json(self, {**paths, "serial": issued.serial, "not_after": issued.not_after.isoformat()})
            return
        for path in written.values():
            if path:
                self.stdout.write(str(path))
