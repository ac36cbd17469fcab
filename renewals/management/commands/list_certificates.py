"""Which certificates are there, and until when? A door to the certificates in use."""

from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from renewals.expiry.windows import light
from renewals.management.answers import add_json, write_json, write_table
from renewals.models import Certificate
from renewals.wording.days import say_days_left
from renewals.wording.lights import LIGHTS, PAIRS

#: A century of days.
FURTHEST = 36_500


class Command(BaseCommand):
    """List the certificates in use, the first to expire first."""

    help = "Lista los certificados en uso, primero el que vence antes; los vencidos van al principio."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How far ahead to look."""
        parser.add_argument(
            "--expiring-within", type=int, metavar="DÍAS", help="solo los vencidos y los que vencen en tantos días"
        )
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask and print.

        Raises:
            CommandError: the days lie beyond any certificate.
        """
        today = timezone.localdate()
        rows = Certificate.objects.current()
        days = options["expiring_within"]
        if days is not None:
            if abs(days) > FURTHEST:
                raise CommandError(f"--expiring-within va de -{FURTHEST} a {FURTHEST}")
            rows = rows.expiring_until(today + timedelta(days=days))
        found = [_document(row, today) for row in rows.select_related("company").defer("der")]
        if options["json"]:
            write_json(self, {"certificates": found})
        else:
            heads = ("EMPRESA", "RFC", "TIPO", "REGISTRO O SUCURSAL", "SERIE", "SEMÁFORO", "VENCE", "LLAVE")
            write_table(self, heads, map(_row, found))


def _document(row: Certificate, today: date) -> dict[str, Any]:
    days_left = row.days_left(today)
    colour = light(row.days_to_deadline(today), row.kind, is_expired=days_left < 0)
    return {
        "id": row.pk,
        "company_rfc": row.company.rfc,
        "company_name": row.company.name,
        "kind": row.kind,
        "scope": row.scope,
        "rfc": row.rfc,
        "name": row.name,
        "serial": row.serial,
        "issuer": row.issuer,
        "not_before": row.not_before.isoformat(),
        "not_after": row.not_after.isoformat(),
        "expires_on": row.expires_on.isoformat(),
        "days_left": days_left,
        "deadline_on": row.deadline_on.isoformat(),
        "light": colour.value,
        "key_bits": row.key_bits,
        "sha256": row.sha256,
        "pair_state": row.pair_state,
        "is_primary": row.is_primary,
    }


def _row(told: dict[str, Any]) -> tuple[str, ...]:
    return (
        told["company_name"],
        told["company_rfc"],
        told["kind"],
        told["scope"],
        told["serial"],
        str(LIGHTS[told["light"]]),
        f"{told['expires_on']} ({say_days_left(told['days_left'])})",
        str(PAIRS[told["pair_state"]][1]),
    )
