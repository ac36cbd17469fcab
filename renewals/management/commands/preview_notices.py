"""Which mails would leave on a day, to whom? A door to the preview; nothing is written or sent."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from renewals.errors import Refusal
from renewals.management.answers import add_json, write_json, write_table
from renewals.management.moments import moment
from renewals.models import Person
from renewals.notices.planning import Planned
from renewals.notices.preview import Preview, preview
from renewals.wording.errors import say_refusal
from renewals.wording.previews import say_purpose

HELP = """Muestra qué correos se mandarían en un día o momento, sin escribir ni mandar nada: como si hasta el día
anterior todas las revisiones hubieran corrido y nadie hubiera hecho nada más. Sin hora: mediodía."""


class Command(BaseCommand):
    """List the messages of a moment, or show them."""

    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which moment, whose messages, and whether in full."""
        parser.add_argument("--now", type=moment, metavar="ISO", help="ese día o momento; sin esto, ahora")
        parser.add_argument("--person", metavar="USUARIO", help="solo los correos de esta persona del despacho")
        parser.add_argument("--show", action="store_true", help="con el texto de cada correo")
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Plan and print.

        Raises:
            CommandError: the day has passed or is too far, or nobody has this name.
        """
        now = timezone.now()
        username = options["person"]
        if username:
            _require_known(username)
        try:
            found = preview(at=options["now"] or now, now=now)
        except Refusal as refusal:
            raise CommandError(say_refusal(refusal)) from refusal
        messages = [one for one in found.messages if not username or _is_for(one, username)]
        if options["json"]:
            write_json(
                self, {**_document(found), "messages": [_row(found, one, show=options["show"]) for one in messages]}
            )
            return
        if found.is_cut:
            self.stderr.write("Hay más certificados de los que se pueden revisar aquí; faltan correos.")
        if found.unreachable:
            self.stderr.write(f"Avisos que nadie puede recibir: {found.unreachable}.")
        self._write(found, messages, show=options["show"])

    def _write(self, found: Preview, messages: Sequence[Planned], *, show: bool) -> None:
        rows = [(say_purpose(one.purpose), one.reader, one.reader.email, len(one.certificates)) for one in messages]
        write_table(self, ("QUÉ", "PARA", "CORREO", "CERTIFICADOS"), rows)
        for one in messages if show else ():
            words = found.words(one)
            if words is not None:
                self.stdout.write(f"\n=== {one.reader.email}: {words.subject}\n\n{words.text}")


def _require_known(username: str) -> None:
    try:
        Person.objects.get_by_natural_key(username)
    except Person.DoesNotExist:
        raise CommandError(f"nadie tiene el usuario «{username}»") from None


def _document(found: Preview) -> dict[str, Any]:
    return {
        "day": found.day.isoformat(),
        "in_hours": found.in_hours,
        "unreachable": found.unreachable,
        "is_cut": found.is_cut,
    }


def _row(found: Preview, planned: Planned, *, show: bool) -> dict[str, Any]:
    kind, _ = planned.key
    words = found.words(planned) if show else None
    return {
        "purpose": planned.purpose.value,
        "reader": kind,
        "name": str(planned.reader),
        "address": planned.reader.email,
        "certificates": sorted(planned.certificates),
        "subject": "" if words is None else words.subject,
        "text": "" if words is None else words.text,
    }


def _is_for(planned: Planned, username: str) -> bool:
    return isinstance(planned.reader, Person) and planned.reader.username == username
