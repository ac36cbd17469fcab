"""Which pages do the partners print, so that some of them together can bring the master key back?"""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from renewals.audit import Machine
from renewals.errors import KitFolderInTheWay, Refusal
from renewals.vault.kit_paper import page
from renewals.vault.recovery import make_kit
from renewals.wording.errors import say_refusal


class Command(BaseCommand):
    """Write one page for each partner into a new folder."""

    help = "Divide la llave maestra en hojas para imprimir: con algunas de ellas se recupera, con menos no."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many pages, how many of them suffice, and where they go until they are printed."""
        parser.add_argument("--needed", type=int, required=True, metavar="K", help="cuántas hojas bastan (2 o más)")
        parser.add_argument("--shares", type=int, required=True, metavar="N", help="cuántas hojas se hacen")
        parser.add_argument("--out", required=True, metavar="CARPETA", help="carpeta nueva; mejor en /dev/shm")
        parser.add_argument("--key", default="", metavar="ID", help="otra llave que la activa")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write them, and say what is to be done with them."""
        folder = Path(options["out"])
        try:
            if folder.exists():
                raise KitFolderInTheWay(name=folder.name)
            kit = make_kit(
                key_id=options["key"], needed=options["needed"], shares=options["shares"], by=Machine("shell")
            )
            self._write(folder, [page(kit, n + 1, made_on=timezone.localdate()) for n in range(len(kit.shares))])
        except Refusal as refusal:
            raise CommandError(say_refusal(refusal)) from None
        except OSError as error:
            raise CommandError(f"No se pudo escribir en {folder}: {error.strerror}") from None
        self.stdout.write(f"Llave {kit.key_id}, número de control {kit.control_number}: {len(kit.shares)} hojas.")
        self.stderr.write(
            "Estas hojas juntas son la llave maestra. Imprímelas en una impresora conectada por cable, entrega cada "
            f"una a una persona distinta y borra la carpeta: rm -r {folder}"
        )

    def _write(self, folder: Path, pages: list[bytes]) -> None:
        folder.mkdir(mode=0o700)
        for number, content in enumerate(pages, start=1):
            path = folder / f"parte-{number}-de-{len(pages)}.pdf"
            with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as handle:
                handle.write(content)
