"""What does the certificate of destruction look like on paper? A page for the client, made without reading a file."""

import hashlib
import io

from django.utils import timezone
from django.utils.formats import date_format
from reportlab.lib.pagesizes import letter
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from renewals.vault.tombstone import Tombstone
from renewals.wording import destruction as words

_LEFT, _TOP, _WIDTH = 22 * mm, letter[1] - 24 * mm, letter[0] - 44 * mm
#: Where a page ends and another one begins.
_BOTTOM = 20 * mm
_TEXT, _BOLD, _MONO = "Helvetica", "Helvetica-Bold", "Courier"


def file_name(tombstone: Tombstone) -> str:
    """The name it is saved under, without its ending."""
    return f"constancia-{tombstone.company_rfc}-{tombstone.id.hex[:8]}".replace("&", "_").replace("Ñ", "N")


def command(tombstone: Tombstone, *, key_id: str) -> str:
    """What checks the signature of the certificate, in the folder where its files were saved."""
    name = file_name(tombstone)
    return f"openssl pkeyutl -verify -pubin -inkey {key_id}.pem -rawin -in {name}.pdf -sigfile {name}.pdf.sig"


def paper(tombstone: Tombstone, *, key_id: str) -> bytes:
    """The certificate as PDF; ``key_id`` is the audit key that will sign it."""
    page = _Page(title=str(words.TITLE), subject=tombstone.company_rfc)
    page.line(words.TITLE, font=_BOLD, size=18, after=10)
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
        page.fact("" if place else words.KEYS, str(one), font=_MONO)
    page.gap(8)
    page.text(words.COPIES % {"day": last}, after=6)
    page.text(words.RESTORED, after=6)
    page.text(words.KEPT, after=14)
    page.line(words.CHECK_TITLE, font=_BOLD, size=12, after=6)
    page.text(words.CHECK % {"key": key_id}, after=6)
    page.text(command(tombstone, key_id=key_id), font=_MONO, size=8, after=10)
    page.text(f"{words.STATEMENT}:", size=9, after=2)
    page.text(hashlib.sha256(tombstone.statement()).hexdigest(), font=_MONO, size=9)
    return page.finished()


class _Page:
    """Lines from top to bottom, and another page where one is full."""

    def __init__(self, *, title: str, subject: str) -> None:
        self._buffer = io.BytesIO()
        self._canvas = Canvas(self._buffer, pagesize=letter, lang="es-MX")
        self._canvas.setTitle(title)
        self._canvas.setSubject(subject)
        self._canvas.setCreator("Vigencia")
        self._y = _TOP

    def line(self, text: object, *, font: str = _TEXT, size: int = 11, after: int = 0) -> None:
        """One line; what is too long for it is set on several."""
        self.text(text, font=font, size=size, after=after)

    def text(self, text: object, *, font: str = _TEXT, size: int = 11, after: int = 0) -> None:
        """A paragraph, broken between words."""
        for one in simpleSplit(_printable(str(text)), font, size, _WIDTH):
            self._down(size * 1.35)
            self._canvas.setFont(font, size)
            self._canvas.drawString(_LEFT, self._y, one)
        self.gap(after)

    def fact(self, name: object, value: str, *, font: str = _TEXT) -> None:
        """What something is, and beside it what it is here."""
        label, beside = 62 * mm, _LEFT + 66 * mm
        names = simpleSplit(str(name), _TEXT, 10, label)
        values = simpleSplit(_printable(value), font, 10, _WIDTH - 66 * mm)
        for place in range(max(len(names), len(values))):
            self._down(13.5)
            self._canvas.setFont(_TEXT, 10)
            self._canvas.drawString(_LEFT, self._y, names[place] if place < len(names) else "")
            self._canvas.setFont(font, 10)
            self._canvas.drawString(beside, self._y, values[place] if place < len(values) else "")
        self.gap(4)

    def gap(self, points: int) -> None:
        """Some room."""
        self._y -= points

    def finished(self) -> bytes:
        """The file."""
        self._canvas.save()
        return self._buffer.getvalue()

    def _down(self, points: float) -> None:
        if self._y - points < _BOTTOM:
            self._canvas.showPage()
            self._y = _TOP
        self._y -= points


def _printable(text: str) -> str:
    """Every reader has the fonts of PDF itself, which hold the letters of Windows-1252 and no others."""
    return text.encode("cp1252", errors="replace").decode("cp1252")
