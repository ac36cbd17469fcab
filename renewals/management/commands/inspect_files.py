"""What is each of these files? A door to ``intake.inspecting``; it opens no database."""

from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from renewals.intake.inspecting import FileReport, inspect
from renewals.management.answers import add_json, passphrases_from, refusal_document, write_json, write_table
from renewals.wording.days import say_days_left
from renewals.wording.errors import CONTENTS, say_refusal
from renewals.wording.warnings import say_warning


class Command(BaseCommand):
    """Tell what files are, by their content."""

    help = "Dice qué es cada archivo (por su contenido), de quién es, hasta cuándo vale y qué llave le corresponde."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Paths, and one way to give passphrases."""
        parser.add_argument("paths", nargs="+", metavar="RUTA", help="archivos o carpetas")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--password", help="contraseña; otros usuarios de esta máquina la ven en la lista de procesos")
        how.add_argument("--password-file", metavar="ARCHIVO", help="archivo con contraseñas, una por línea")
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Inspect and print.

        Raises:
            CommandError: at least one file has an error.
        """
        passphrases: tuple[str, ...] = (options["password"],) if options["password"] is not None else ()
        if options["password_file"] is not None:
            passphrases = passphrases_from(options["password_file"])
        reports = inspect(
            options["paths"],
            passphrases=passphrases,
            today=timezone.localdate(),
            zone=timezone.get_default_timezone(),
        )
        if options["json"]:
            write_json(self, {"files": [_document(report) for report in reports]})
        else:
            write_table(self, ("ARCHIVO", "CONTENIDO", "DE QUIÉN", "VIGENCIA", "NOTAS"), map(_row, reports))
        failed = sum(report.error is not None for report in reports)
        if failed:
            raise CommandError(f"{failed} de {len(reports)} archivos tienen un error")


def _document(report: FileReport) -> dict[str, Any]:
    error = refusal_document(report.error) if report.error else None
    return asdict(replace(report, error=None)) | {"error": error}


def _row(report: FileReport) -> tuple[str, ...]:
    certificate = report.certificate
    whose = f"{certificate.kind} {certificate.rfc} {certificate.registro_patronal}".strip() if certificate else ""
    lasts = say_days_left(certificate.days_left) if certificate else ""
    return report.path, str(CONTENTS[report.content]), whose, lasts, " ".join(_notes(report))


def _notes(report: FileReport) -> Iterator[str]:
    if report.error is not None:
        yield say_refusal(report.error)
    key = report.private_key
    if key is not None and key.opens is not None:
        yield "La llave abre." if key.opens else ""
    if key is not None and key.matches:
        yield "Le corresponde: " + ", ".join(key.matches) + "."
    yield from (say_warning(one.code, one.detail) for one in report.warnings)
