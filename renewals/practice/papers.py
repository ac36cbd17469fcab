"""What do the papers of the practice portal look like? The same facts give the same octets."""

import io
import textwrap
from datetime import datetime

from django.utils import timezone
from reportlab.lib.pagesizes import LETTER
from reportlab.pdfgen.canvas import Canvas

from renewals.pki.certificate import CertificateFacts
from renewals.practice.memory import Memory, Stage

NOT_IMSS = "DOCUMENTO DE PRÁCTICA. No es del IMSS y no tiene ningún valor."
_LINE, _MARGIN, _WIDTH = 15, 64, 88
_TERMS = "CARTA DE TÉRMINOS Y CONDICIONES PARA LA OBTENCIÓN Y USO DEL NPIE Y CERTIFICADO DIGITAL"
_CONDITIONS = "CARTA DE CONDICIONES DE USO DEL CERTIFICADO DIGITAL"
_BODY = {
    Stage.LETTER_OLD: (
        _TERMS,
        (
            "El patrón solicita la renovación de su certificado digital y firma esta carta con el anterior, "
            "aunque ya no esté vigente. Se obliga a guardar en secreto la llave privada nueva y su contraseña."
        ),
    ),
    Stage.LETTER_NEW: (
        _TERMS,
        (
            "El patrón recibe el certificado que se describe arriba y firma esta carta con él, como constancia de "
            "que tiene la llave privada que le corresponde."
        ),
    ),
    Stage.CONDITIONS: (
        _CONDITIONS,
        (
            "El patrón usará el certificado en sus trámites electrónicos, responde de lo que se presente con él y "
            "avisará de inmediato si pierde la llave o si alguien más conoce la contraseña."
        ),
    ),
}


def letter(memory: Memory, facts: CertificateFacts) -> bytes:
    """The letter of the present screen; ``facts`` are of the certificate that it names.

    Raises KeyError: this screen has none.
    """
    title, body = _BODY[Stage(memory.stage)]
    return _sheet(
        title,
        [
            ("Folio", f"PRA-{facts.registro_patronal[:10]}-{memory.began_at:%Y%m%d%H%M%S}"),
            ("Razón social", facts.name),
            ("RFC", facts.rfc),
            ("Registro patronal", facts.registro_patronal),
            ("Serie del certificado", facts.serial),
            ("Vigente hasta", _day(facts.not_after)),
            ("Fecha", _day(memory.began_at)),
        ],
        body,
    )


def receipt(memory: Memory, facts: CertificateFacts) -> bytes:
    """What IDSE lets one print once inside: proof that the new certificate opens it."""
    return _sheet(
        "CONSTANCIA DE ACCESO A IDSE",
        [
            ("Razón social", facts.name),
            ("RFC", facts.rfc),
            ("Registro patronal", facts.registro_patronal),
            ("Serie del certificado", facts.serial),
            ("Carta de condiciones firmada", _moment(memory.began_at)),
        ],
        "El patrón entró con el certificado digital arriba descrito y puede presentar movimientos afiliatorios.",
    )


def _sheet(title: str, facts: list[tuple[str, str]], body: str) -> bytes:
    """One page. Without the moment of making in it: the same facts give the same octets."""
    page = io.BytesIO()
    canvas = Canvas(page, pagesize=LETTER, invariant=1)
    canvas.setTitle(title)
    top = LETTER[1] - _MARGIN
    lines: list[tuple[str, str]] = [("Helvetica-Bold", NOT_IMSS), ("Helvetica", "")]
    lines += [("Helvetica-Bold", line) for line in textwrap.wrap(title, 70)] + [("Helvetica", "")]
    lines += [("Helvetica", line) for name, text in facts for line in textwrap.wrap(f"{name}: {text}", _WIDTH)]
    lines += [("Helvetica", ""), *(("Helvetica", line) for line in textwrap.wrap(body, _WIDTH))]
    for number, (font, line) in enumerate(lines):
        canvas.setFont(font, 10.5)
        canvas.drawString(_MARGIN, top - number * _LINE, line)
    canvas.save()
    return page.getvalue()


def _day(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%d/%m/%Y}"


def _moment(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%d/%m/%Y %H:%M}"
