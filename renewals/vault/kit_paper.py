"""What does a partner keep in a safe? One page of a recovery kit, to be printed once and forgotten by the machine."""

from datetime import date
from io import BytesIO

from reportlab.lib.pagesizes import letter
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from renewals.vault.recovery import Kit
from renewals.wording import recovery_kit as words

_WIDTH, _HEIGHT = letter
_LEFT = 22 * mm
_COLUMNS, _ROW = 3, 7 * mm


def page(kit: Kit, number: int, *, made_on: date) -> bytes:
    """One page (PDF, letter size) with the words of one share; ``number`` counts from 1."""
    told = {
        "number": number,
        "shares": len(kit.shares),
        "needed": kit.needed,
        "key_id": kit.key_id,
        "control_number": kit.control_number,
        "made_on": f"{made_on:%d/%m/%Y}",
    }
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=letter, invariant=1)
    # The words are on the page alone, and nothing of them in what the file says of itself.
    canvas.setTitle(f"{words.TITLE} {number}")
    y = _text(canvas, str(words.TITLE), top=_HEIGHT - 26 * mm, font="Helvetica-Bold", size=18)
    y = _text(canvas, words.PART % told, top=y - 4 * mm, font="Helvetica-Bold", size=12)
    y = _text(canvas, words.KEY % told, top=y, size=11)
    y = _text(canvas, words.WHAT_IT_IS % told, top=y - 5 * mm)
    y = _text(canvas, str(words.HOW_TO_KEEP_IT), top=y - 2 * mm)
    y = _words(canvas, kit.shares[number - 1].split(), top=y - 8 * mm)
    y = _text(canvas, words.HOW_TO_USE_IT % told, top=y - 8 * mm)
    y = _text(canvas, str(words.IF_IT_IS_LOST), top=y - 2 * mm)
    _text(canvas, str(words.KEPT_BY), top=24 * mm)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _text(canvas: Canvas, text: str, *, top: float, font: str = "Helvetica", size: int = 10) -> float:
    """Write a paragraph and return where the next one may begin."""
    canvas.setFont(font, size)
    for line in simpleSplit(text, font, size, _WIDTH - 2 * _LEFT):
        canvas.drawString(_LEFT, top, line)
        top -= size * 1.35
    return top


def _words(canvas: Canvas, share: list[str], *, top: float) -> float:
    """Numbered down the columns, in letters that are told apart when somebody types them again."""
    rows = -(-len(share) // _COLUMNS)
    bottom: float = top - rows * _ROW
    canvas.rect(_LEFT - 3 * mm, bottom, _WIDTH - 2 * _LEFT + 6 * mm, top - bottom + 2 * mm)
    for place, word in enumerate(share):
        column, row = divmod(place, rows)
        x, y = _LEFT + column * 58 * mm, top - (row + 0.7) * _ROW
        canvas.setFont("Helvetica", 9)
        canvas.drawRightString(x + 6 * mm, y, f"{place + 1}.")
        canvas.setFont("Courier-Bold", 14)
        canvas.drawString(x + 9 * mm, y, word)
    return bottom
