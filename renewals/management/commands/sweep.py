"""What would the clock do now, or on another day? One round: the ledger, renewals that should begin, today's mails."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from renewals.audit import Machine
from renewals.management.answers import add_json, write_json
from renewals.management.moments import moment
from renewals.notices.round import SweepResult, sweep

HELP = """Revisa qué certificados llegaron a una fecha de aviso: anota los avisos, pide las renovaciones que ya deben
empezar y escribe los correos que tocan: lo crítico a cualquier hora, lo demás en horas hábiles del despacho. No manda
los correos: eso lo hace el trabajador o «manage.py work_pending». Para solo ver qué se mandaría está
«manage.py preview_notices»."""


class Command(BaseCommand):
    """Run one round and say what it found."""

    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Another moment than now."""
        parser.add_argument(
            "--now",
            type=moment,
            metavar="ISO",
            help="como si fuera ese día o momento (sin zona: la del despacho; sin hora: mediodía). Lo que anota, queda",
        )
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep and print.

        Raises:
            CommandError: something failed; the others were done all the same.
        """
        result = sweep(now=options["now"] or timezone.now(), by=Machine("sweep"))
        if options["json"]:
            write_json(self, _document(result))
        else:
            self.stdout.write(
                f"Revisados: {result.evaluated}. Por avisar: {result.due}. Avisos nuevos: {result.new_notices}. "
                f"Renovaciones pedidas: {result.new_renewals}. Correos escritos: {result.deliveries}."
            )
        if result.failed:
            raise CommandError(f"{result.failed} no se pudieron procesar; el motivo está en la revisión guardada")


def _document(result: SweepResult) -> dict[str, int]:
    return {
        "evaluated": result.evaluated,
        "due": result.due,
        "new_notices": result.new_notices,
        "new_renewals": result.new_renewals,
    }
