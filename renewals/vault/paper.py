"""How is a page set that the firm hands out: lines from top to bottom, and another page where one is full?

Text is drawn as it is and never parsed as markup, because names of companies and files are somebody else's. The fonts
are those that every reader of PDF has.
"""

import io

from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import letter
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

TEXT, BOLD, MONO = "Helvetica", "Helvetica-Bold", "Courier"
WIDTH = letter[0] - 44 * mm
_LEFT, _TOP = 22 * mm, letter[1] - 24 * mm
#: Where a page ends and another one begins.
_BOTTOM = 20 * mm
_LABEL = 66 * mm
_RUNNING = 8


class Paper:
    """Lines from top to bottom, and another page where one is full.

    ``running`` stands on every page with its number; ``pages`` is how many there are, where that is known.
    """

    def __init__(self, *, title: str, subject: str, running: str = "", pages: int = 0) -> None:
        self._buffer = io.BytesIO()
        self._canvas = Canvas(self._buffer, pagesize=letter, lang="es-MX")
        self._canvas.setTitle(title)
        self._canvas.setSubject(subject)
        self._canvas.setCreator("Vigencia")
        self._running, self._pages = running, pages
        self.page = 1
        self._y = _TOP
        self._number()

    def line(self, text: object, *, font: str = TEXT, size: int = 11, after: int = 0) -> None:
        """One line; what is too long for it is set on several."""
        self.text(text, font=font, size=size, after=after)

    def text(self, text: object, *, font: str = TEXT, size: float = 11, after: int = 0, indent: float = 0) -> None:
        """A paragraph, broken between words, and inside a word that is wider than the page."""
        for one in _broken(str(text), font, size, WIDTH - indent):
            self._down(size * 1.35)
            self._canvas.setFont(font, size)
            self._canvas.drawString(_LEFT + indent, self._y, one)
        self.gap(after)

    def fact(self, name: object, value: str, *, font: str = TEXT) -> None:
        """What something is, and beside it what it is here."""
        names = _broken(str(name), TEXT, 10, _LABEL - 4 * mm)
        values = _broken(value, font, 10, WIDTH - _LABEL)
        for place in range(max(len(names), len(values))):
            self._down(13.5)
            self._canvas.setFont(TEXT, 10)
            self._canvas.drawString(_LEFT, self._y, names[place] if place < len(names) else "")
            self._canvas.setFont(font, 10)
            self._canvas.drawString(_LEFT + _LABEL, self._y, values[place] if place < len(values) else "")
        self.gap(4)

    def heading(self, text: object, *, keep: int = 60) -> None:
        """The title of a part under a rule; on the next page where not so many points are left for what follows."""
        self.gap(12)
        if self._y - keep < _BOTTOM:
            self._turn()
        self._canvas.setStrokeGray(0.6)
        self._canvas.line(_LEFT, self._y, _LEFT + WIDTH, self._y)
        self.gap(6)
        self.text(text, font=BOLD, size=12, after=5)

    def keep(self, points: int) -> None:
        """Begin another page where not so many points are left on this one."""
        if self._y - points < _BOTTOM:
            self._turn()

    def gap(self, points: int) -> None:
        """Some room."""
        self._y -= points

    def finished(self) -> bytes:
        """The file."""
        self._canvas.save()
        return self._buffer.getvalue()

    def _down(self, points: float) -> None:
        if self._y - points < _BOTTOM:
            self._turn()
        self._y -= points

    def _turn(self) -> None:
        self._canvas.showPage()
        self.page += 1
        self._y = _TOP
        self._number()

    def _number(self) -> None:
        if not self._running:
            return
        self._canvas.setFont(TEXT, _RUNNING)
        number = _("Página %(page)s de %(pages)s") % {"page": self.page, "pages": self._pages or self.page}
        self._canvas.drawRightString(_LEFT + WIDTH, 12 * mm, number)
        room = WIDTH - stringWidth(number, TEXT, _RUNNING) - 6 * mm
        self._canvas.drawString(_LEFT, 12 * mm, _broken(self._running, TEXT, _RUNNING, room)[0])


def _broken(text: str, font: str, size: float, width: float) -> list[str]:
    """Lines that fit; at least one. Every reader's fonts hold the letters of Windows-1252 and no others."""
    printable = text.encode("cp1252", errors="replace").decode("cp1252")
    lines = []
    for line in simpleSplit(printable, font, size, width) or [""]:
        rest = line
        while stringWidth(rest, font, size) > width:
            fits = len(rest) - 1
            while fits > 1 and stringWidth(rest[:fits], font, size) > width:
                fits -= 1
            lines.append(rest[:fits])
            rest = rest[fits:]
        lines.append(rest)
    return lines
