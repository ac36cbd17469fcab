"""Which keys could somebody of the firm open, and which did they? A door to the leaver report."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from renewals.desk.leaver import KeyLine, leaver_report
from renewals.management.answers import add_json, write_json, write_table
from renewals.models import Person
from renewals.wording.leaver import say_use


class Command(BaseCommand):
    """List what somebody could open and did open, what has to be renewed first."""

    help = "Qué llaves pudo abrir y abrió una persona, primero lo que hay que renovar porque ella salió."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who."""
        parser.add_argument("username", metavar="USUARIO")
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask and print.

        Raises:
            CommandError: nobody has this name.
        """
        try:
            person = Person.objects.get_by_natural_key(options["username"])
        except Person.DoesNotExist:
            raise CommandError(f"nadie tiene el usuario «{options['username']}»") from None
        report = leaver_report(person)
        found = [_document(line) for line in (*report.to_renew, *report.other)]
        rekeys = [
            {
                "company_rfc": line.company.rfc,
                "company_name": line.company.name,
                "rekeyed_at": line.rekeyed_at.isoformat() if line.rekeyed_at else None,
                "under_way": line.is_under_way,
            }
            for line in report.to_rekey
        ]
        if options["json"]:
            write_json(
                self,
                {
                    "username": person.username,
                    "has_access": person.is_active,
                    "certificates": found,
                    "companies_to_rekey": rekeys,
                    "pending_keys": len(report.pending_keys),
                },
            )
            return
        write_table(
            self, ("QUÉ PASÓ", "EMPRESA", "RFC", "TIPO", "SERIE", "VECES", "ÚLTIMA", "RESUELTO"), map(_row, found)
        )
        for one in rekeys:
            done = one["rekeyed_at"] or ("en curso" if one["under_way"] else "falta")
            self.stdout.write(f"Llave de datos de {one['company_name']} ({one['company_rfc']}): {done}")


def _document(line: KeyLine) -> dict[str, Any]:
    return {
        "use": line.use.value,
        "company_rfc": line.certificate.company.rfc,
        "company_name": line.certificate.company.name,
        "kind": line.certificate.kind,
        "serial": line.certificate.serial,
        "times": line.times,
        "last_at": line.at.isoformat() if line.at else None,
        "renewal": None if line.renewal is None else line.renewal.pk,
        "replaced": line.is_done,
    }


def _row(told: dict[str, Any]) -> tuple[str, ...]:
    replaced = "sí" if told["replaced"] else "en renovación" if told["renewal"] else ""
    return (
        say_use(told["use"]),
        told["company_name"],
        told["company_rfc"],
        told["kind"],
        told["serial"],
        str(told["times"] or ""),
        (told["last_at"] or "")[:16].replace("T", " "),
        replaced,
    )
