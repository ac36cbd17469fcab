"""How does a folder of certificates and keys come in? A door to ``intake.importing``."""

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from renewals.audit import Machine
from renewals.errors import IntakeKeyAbsent
from renewals.intake.importing import import_files
from renewals.intake.outcomes import FileOutcome
from renewals.management.answers import add_json, passphrases_from, refusal_document, write_json, write_table
from renewals.wording.errors import CONTENTS, say_refusal
from renewals.wording.warnings import say_warning

OUTCOMES = {
    "imported": _("guardado"),
    "paired": _("guardada con su certificado"),
    "already_here": _("ya estaba"),
    "ignored": _("no es nuestro"),
    "failed": _("NO SE GUARDÓ"),
}


class Command(BaseCommand):
    """Take in files and folders."""

    help = (
        "Recibe certificados, llaves y PFX de archivos o carpetas: los empareja por su llave pública, los asigna por "
        "el RFC o registro patronal del certificado y los sella. Repetirlo no duplica nada."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Paths, passphrases, and whether unknown companies are taken on."""
        parser.add_argument("paths", nargs="+", metavar="RUTA", help="archivos o carpetas")
        parser.add_argument("--passwords", metavar="ARCHIVO", help="archivo con contraseñas, una por línea")
        parser.add_argument(
            "--create-companies",
            action="store_true",
            help="da de alta las empresas que falten, con lo que dice el .cer",
        )
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Import and print.

        Raises:
            CommandError: at least one file failed, or nothing could be sealed here.
        """
        try:
            outcomes = import_files(
                options["paths"],
                passphrases=passphrases_from(options["passwords"]) if options["passwords"] else (),
                by=Machine("import_files"),
                now=timezone.now(),
                create_companies=options["create_companies"],
            )
        except IntakeKeyAbsent as refusal:
            raise CommandError(say_refusal(refusal)) from refusal
        imported = sum(one.outcome == "imported" for one in outcomes)
        failed = sum(one.outcome == "failed" for one in outcomes)
        if options["json"]:
            write_json(self, {"files": [_document(one) for one in outcomes], "imported": imported, "failed": failed})
        else:
            write_table(self, ("ARCHIVO", "CONTENIDO", "RESULTADO", "DE QUIÉN", "NOTAS"), map(_row, outcomes))
            self.stdout.write(f"{imported} guardados, {failed} fallidos, {len(outcomes)} archivos revisados.")
        if failed:
            raise CommandError(f"{failed} de {len(outcomes)} archivos no se guardaron")


def _document(one: FileOutcome) -> dict[str, Any]:
    facts = one.facts
    return {
        "path": one.path,
        "content": one.content.value,
        "outcome": one.outcome,
        "kind": facts.kind.value if facts else None,
        "rfc": facts.rfc if facts else None,
        "serial": facts.serial if facts else None,
        "warnings": [asdict(warning) for warning in one.warnings],
        "error": refusal_document(one.error) if one.error else None,
    }


def _row(one: FileOutcome) -> tuple[str, ...]:
    whose = f"{one.facts.kind.value} {one.facts.rfc} {one.facts.registro_patronal}".strip() if one.facts else ""
    notes = [say_refusal(one.error)] if one.error else []
    notes += [say_warning(warning.code, warning.detail) for warning in one.warnings]
    return one.path, str(CONTENTS[one.content]), str(OUTCOMES[one.outcome]), whose, " ".join(notes)
