"""Is the watch well? For cron and monitoring: exit 0 while it is, 1 when the last good round is too long ago."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.formats import date_format

from renewals.management.answers import add_json, write_json
from renewals.models import SweepRun
from renewals.notices.life import Life, signs_of_life
from renewals.wording.life import PULSES, REMEDIES

HELP = """Dice cuándo terminó la última revisión diaria, con qué resultado, y cuándo la última sin errores. Termina con
1 si esta última es de hace más de 26 horas o no la hay: sirve para cron o para un programa que vigila a otros."""


class Command(BaseCommand):
    """Say how the watch is."""

    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Only how to answer."""
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Look and print.

        Raises:
            CommandError: the watch is late; the text says how.
        """
        life = signs_of_life(now=timezone.now())
        if options["json"]:
            write_json(self, _document(life))
        else:
            self.stdout.write(f"Última revisión: {_moment(life.last)}. Última sin errores: {_moment(life.good)}.")
            if life.last:
                self.stdout.write(_numbers(life.last))
        if life.is_late:
            raise CommandError(f"{PULSES[life.pulse.value]} {REMEDIES[life.pulse.value]}")


def _numbers(run: SweepRun) -> str:
    return (
        f"Revisados: {run.evaluated}. Por avisar: {run.due}. Incluidos en otro aviso: {run.absorbed}. "
        f"Correos escritos: {run.made}, enviados: {run.sent}, que no han salido: {run.undelivered}. "
        f"Con error: {run.failed}."
    )


def _moment(run: SweepRun | None) -> str:
    return date_format(timezone.localtime(run.started_at), "d/m/Y H:i") if run else "ninguna"


def _document(life: Life) -> dict[str, object]:
    return {"pulse": life.pulse.value, "last": _round(life.last), "last_good": _round(life.good)}


def _round(run: SweepRun | None) -> dict[str, object] | None:
    if run is None or run.finished_at is None:
        return None
    return {
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat(),
        "evaluated": run.evaluated,
        "due": run.due,
        "absorbed": run.absorbed,
        "made": run.made,
        "sent": run.sent,
        "undelivered": run.undelivered,
        "failed": run.failed,
    }
