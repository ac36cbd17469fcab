"""How does the firm change the key with which it signs what it says of itself?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from renewals.audit import Machine
from renewals.errors import Refusal
from renewals.vault.audit_key import rotate_audit_key
from renewals.wording.errors import say_refusal


class Command(BaseCommand):
    """Replace the audit key; needs the master key."""

    help = (
        "Cambia la llave de auditoría: la vieja y la nueva firman el cambio y la vieja se destruye. Publica la nueva."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Replace it and print the new one's id."""
        try:
            key_id = rotate_audit_key(by=Machine("shell"), now=timezone.now())
        except Refusal as refusal:
            raise CommandError(say_refusal(refusal)) from None
        self.stdout.write(key_id)
        self.stderr.write("Manda su parte pública (manage.py audit_keys) a quien guarda las anteriores.")
