"""How do some renewals of the demo firm come to stand in the middle?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from renewals.desk.demo.filling import is_a_real_firm
from renewals.desk.demo.walking import walk
from renewals.errors import NotADemo
from renewals.wording.errors import say_refusal


class Command(BaseCommand):
    """Walk the renewals of the demo's story; needs the workers, which `make run` has started."""

    help = "Avanza algunas renovaciones de práctica hasta la mitad, con los trabajadores en marcha."

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk, and say where each renewal stands."""
        if is_a_real_firm():
            raise CommandError(say_refusal(NotADemo()))
        walk(say=self.stdout.write)
