"""What is left to do, and can this process do it? The workers' round, without a broker."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from renewals.desk import pending
from renewals.management.answers import add_json, write_json

HELP = """Hace aquí mismo, sin Celery, lo que espera al trabajador general: preparar renovaciones, mandar correos y lo
demás. Lo de la bóveda solo lo hace un proceso que tiene la llave maestra (MASTER_KEYS_DIR); otro proceso dice cuánto
espera."""


class Command(BaseCommand):
    """Do what waits until nothing more can be done."""

    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Only the form of the answer."""
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Work and print what was done, by kind of job.

        Raises:
            CommandError: something failed; it rests and is tried again later.
        """
        queues = ("vault", "default") if settings.MASTER_KEYS_DIR else ("default",)
        worked = pending.work_until_quiet(queues=queues)
        left = 0 if settings.MASTER_KEYS_DIR else pending.count_waiting(queue="vault", now=timezone.now())
        if left:
            self.stderr.write(f"Esperan a la bóveda: {left}. Este proceso no tiene la llave maestra.")
        if options["json"]:
            write_json(self, {"done": worked.done, "failed": worked.failed, "left_to_the_vault": left})
        else:
            for job, number in worked.done.items():
                self.stdout.write(f"{job}: {number}")
        if any(worked.failed.values()):
            raise CommandError(f"{sum(worked.failed.values())} fallaron; se vuelven a intentar más tarde")
