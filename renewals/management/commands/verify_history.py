"""Was the history changed, cut or put in another order? Looks at all of it, and at what somebody outside holds."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from renewals.audit.findings import Report
from renewals.audit.statements import Held, read_held
from renewals.management.answers import add_json, write_json
from renewals.vault.verifying_history import verify_history
from renewals.wording.findings import say_finding

#: A year of saved mails is smaller; a larger file is something else.
MOST_BYTES = 50_000_000
#: What whoever may add events brings about, without changing any that were there.
ONLY_ADDED = {"events_misfit", "event_late"}

HELP = """Revisa todo el historial: cada hecho, su eslabón, y las firmas de la bóveda. Dice qué renglón cambió, falta o
cambió de lugar. Con --against compara además con las firmas que llegaron por correo: solo así se nota que borraron lo
último o que rehicieron todo. No cambia nada."""


class Command(BaseCommand):
    """Look, and say what was found; fails where something was."""

    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What somebody holds."""
        parser.add_argument(
            "--against",
            metavar="FIRMAS",
            help="archivo con las firmas guardadas, por ejemplo correos guardados como texto; «-» para la entrada",
        )
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Look and print.

        Raises:
            CommandError: something was found, or what was to be compared with cannot be read.
        """
        held = _held(options["against"]) if options["against"] else []
        report = verify_history(held=held, now=timezone.now())
        if options["json"]:
            write_json(self, _document(report))
        else:
            self._tell(report, held)
        if report.findings:
            number = len(report.findings) + report.more
            if {one.code for one in report.findings} <= ONLY_ADDED:
                raise CommandError(
                    f"{number} hallazgos: alguien agregó hechos por su cuenta; lo demás está como se escribió"
                )
            raise CommandError(f"{number} hallazgos: el historial no es el que se escribió")

    def _tell(self, report: Report, held: list[Held]) -> None:
        for line in _in_short(report):
            self.stdout.write(line)
        if held:
            self.stdout.write(f"Firmas guardadas fuera: {len(held)}; coinciden: {len(report.confirmed)}.")
        for finding in report.findings:
            self.stdout.write(say_finding(finding.code, finding.facts))
        if report.more:
            self.stdout.write(f"Y {report.more:,} hallazgos más.")
        if not report.findings:
            self.stdout.write("Todo está como se escribió.")


def _in_short(report: Report) -> Iterator[str]:
    yield f"Hechos: {report.events:,}. Cadenas: {report.chains:,}. Firmas: {report.statements:,}."
    if report.waiting:
        yield f"Sin encadenar todavía: {report.waiting:,}; de ellos aún no responde nadie."
    if report.legacy:
        yield f"De antes de que hubiera cadenas: {report.legacy:,}; se responde por ellos desde que se encadenaron."
    if report.last:
        yield f"Última firma: {report.last.number}, del {report.last.at}."
    if not report.keys_proved:
        yield "Aquí no está la llave maestra: las llaves de auditoría son las que dice la base de datos."


def _held(path: str) -> list[Held]:
    try:
        with sys.stdin.buffer if path == "-" else Path(path).open("rb") as file:
            text = file.read(MOST_BYTES + 1).decode("utf-8", errors="replace")
    except OSError as error:
        raise CommandError(f"{Path(path).name}: no se puede leer") from error
    held = read_held(text) if len(text) <= MOST_BYTES else []
    if not held:
        raise CommandError(f"{Path(path).name}: no contiene ninguna firma del historial")
    return held


def _document(report: Report) -> dict[str, Any]:
    return {
        "events": report.events,
        "legacy": report.legacy,
        "waiting": report.waiting,
        "chains": report.chains,
        "statements": report.statements,
        "last": report.last.as_bytes().decode("ascii").strip() if report.last else None,
        "keys_proved": report.keys_proved,
        "confirmed": report.confirmed,
        "findings": [{"code": one.code, **one.facts} for one in report.findings],
        "more": report.more,
    }
