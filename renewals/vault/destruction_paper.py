"""What does the certificate of destruction look like on paper? A page for the client, made without reading a file."""

import hashlib

from django.utils import timezone
from django.utils.formats import date_format

from renewals.vault.paper import BOLD, MONO, Paper
from renewals.vault.tombstone import Tombstone
from renewals.wording import destruction as words


def file_name(tombstone: Tombstone) -> str:
    """The name it is saved under, without its ending."""
    return f"constancia-{tombstone.company_rfc}-{tombstone.id.hex[:8]}".replace("&", "_").replace("Ñ", "N")


def command(tombstone: Tombstone, *, key_id: str) -> str:
    """What checks the signature of the certificate, in the folder where its files were saved."""
    name = file_name(tombstone)
    return f"openssl pkeyutl -verify -pubin -inkey {key_id}.pem -rawin -in {name}.pdf -sigfile {name}.pdf.sig"


def paper(tombstone: Tombstone, *, key_id: str) -> bytes:
    """The certificate as PDF; ``key_id`` is the audit key that will sign it."""
    page = Paper(title=str(words.TITLE), subject=tombstone.company_rfc)
    page.line(words.TITLE, font=BOLD, size=18, after=10)
    page.line(f"{words.NUMBER} {tombstone.id}", size=9, after=14)
    page.text(words.OPENING % {"company": tombstone.company_name, "rfc": tombstone.company_rfc}, after=12)
    moment = date_format(timezone.localtime(tombstone.destroyed_at), r"j \d\e F \d\e Y, H:i:s e")
    last = date_format(tombstone.last_copy_lapses_on, r"j \d\e F \d\e Y")
    page.fact(words.WHEN, moment)
    page.fact(words.ASKED_BY, tombstone.asked_by)
    page.fact(words.APPROVED_BY, tombstone.approved_by)
    page.fact(words.SECRETS, str(tombstone.secrets))
    page.fact(words.LAPSES, last)
    for place, one in enumerate(sorted(tombstone.key_ids, key=lambda key: key.hex)):
        page.fact("" if place else words.KEYS, str(one), font=MONO)
    page.gap(8)
    page.text(words.COPIES % {"day": last}, after=6)
    page.text(words.RESTORED, after=6)
    page.text(words.KEPT, after=14)
    page.line(words.CHECK_TITLE, font=BOLD, size=12, after=6)
    page.text(words.CHECK % {"key": key_id}, after=6)
    page.text(command(tombstone, key_id=key_id), font=MONO, size=8, after=10)
    page.text(f"{words.STATEMENT}:", size=9, after=2)
    page.text(hashlib.sha256(tombstone.statement()).hexdigest(), font=MONO, size=9)
    return page.finished()
