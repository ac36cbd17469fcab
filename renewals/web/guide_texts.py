"""How do the firm's own words stand on a page: filled in, escaped, and ready to be copied into a portal?"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from renewals.models import Renewal
from renewals.procedure.restricted_text import Block, Piece, parse
from renewals.procedure.texts import PLAYBOOK_PART, texts_of
from renewals.web.guide_client import suggested_name
from renewals.web.guide_shown import Shown

#: What is typed into the portal, and so gets a button to copy it.
_TYPED = frozenset({"correo", "archivo_llave", "archivo_certificado"})


@dataclass(frozen=True, slots=True)
class OwnWords:
    """The firm's words for one step, ready to be shown: by part, and by playbook."""

    parts: Mapping[str, SafeString] = field(default_factory=dict)
    remedies: Mapping[str, SafeString] = field(default_factory=dict)


def own_words_of(shown: Shown) -> OwnWords:
    """The firm's words for the step that is shown, filled in for this renewal."""
    texts = texts_of(shown.plan.name, shown.plan.edition, shown.step.key)
    if not texts:
        return OwnWords()
    values = values_of(shown.renewal)
    ready = {part: as_html(parse(text.body), values) for part, text in texts.items()}
    remedies = {part.removeprefix(PLAYBOOK_PART): words for part, words in ready.items() if PLAYBOOK_PART in part}
    return OwnWords(parts=ready, remedies=remedies)


def values_of(renewal: Renewal) -> dict[str, str]:
    """What each placeholder stands for in this renewal; empty where there is nothing."""
    company, certificate = renewal.company, renewal.certificate
    return {
        "empresa": company.name,
        "rfc": company.rfc,
        "registro_patronal": certificate.scope,
        "correo": company.renewal_mailbox,
        "vence_el": date_format(certificate.expires_on, "j \\d\\e F \\d\\e Y"),
        "serie": certificate.serial,
        "archivo_llave": suggested_name(renewal, "key"),
        "archivo_certificado": suggested_name(renewal, "cer"),
    }


def as_html(blocks: tuple[Block, ...], values: Mapping[str, str]) -> SafeString:
    """Blocks as HTML; every piece that somebody wrote, or that a company is called, is escaped."""
    return format_html_join("", "{}", ((_block(block, values),) for block in blocks))


def _block(block: Block, values: Mapping[str, str]) -> SafeString:
    lines = [format_html_join("", "{}", ((_piece(piece, values),) for piece in line)) for line in block.lines]
    if block.is_list:
        return format_html("<ol>{}</ol>", format_html_join("", "<li>{}</li>", ((line,) for line in lines)))
    return format_html("<p>{}</p>", lines[0])


def _piece(piece: Piece, values: Mapping[str, str]) -> SafeString:
    if piece.placeholder:
        words = _value(piece.placeholder, values)
    elif piece.is_link:
        words = format_html('<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>', piece.text, piece.text)
    else:
        words = format_html("{}", piece.text)
    return format_html("<strong>{}</strong>", words) if piece.is_bold else words


def _value(name: str, values: Mapping[str, str]) -> SafeString:
    value = values[name]
    if name not in _TYPED or not value:
        return format_html("{}", value or "—")
    copy = '<span class="copyable"><code>{}</code> <button class="copy" type="button" data-copy="{}">{}</button></span>'
    return format_html(copy, value, value, _("Copiar"))
