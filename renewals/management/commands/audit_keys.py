"""With which keys does this firm sign what it says of itself? The public halves, for whoever checks a signature."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from renewals.management.answers import add_json, write_json, write_table
from renewals.vault.audit_key import as_pem, public_keys


class Command(BaseCommand):
    """Print every audit key there was."""

    help = "Muestra la parte pública de las llaves de auditoría, para comprobar firmas del despacho."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The form of the answer."""
        add_json(parser)
        parser.add_argument("--pem", action="store_true", help="como los lee openssl")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print them, the newest first."""
        keys = public_keys()
        if options["json"]:
            write_json(
                self,
                {
                    "audit_keys": [
                        {
                            "key_id": key.key_id,
                            "public_key": key.public_key.hex(),
                            "created_at": key.created_at.isoformat(),
                            "replaced_at": key.replaced_at.isoformat() if key.replaced_at else "",
                            "succeeds": key.succeeds,
                            "handover": key.handover.hex(),
                        }
                        for key in keys
                    ]
                },
            )
        elif options["pem"]:
            for key in keys:
                self.stdout.write(f"{key.key_id}\n{as_pem(key)}", ending="")
        else:
            write_table(
                self,
                ("LLAVE", "PARTE PÚBLICA (ED25519)", "DESDE", "HASTA"),
                ((key.key_id, key.public_key.hex(), _day(key.created_at), _day(key.replaced_at)) for key in keys),
            )


def _day(moment: Any) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""
