"""Who holds a certificate, and which authority wrote it, as far as its two names tell?

The same attribute means different things to different authorities: ``OU`` is the registro patronal at IMSS and "this is
a CSD" at SAT. So the issuer is recognised first. SAT's layout is known; of IMSS only a few fields are, so every
attribute is run through the recognisers of identifiers.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from enum import Enum
from typing import NamedTuple

from renewals.pki import names
from renewals.pki.identifiers import find_curp, find_registro_patronal, find_rfc, is_company_rfc
from renewals.pki.names import NameAttribute

Name = tuple[NameAttribute, ...]

_TOKENS = re.compile(r"[\s,;:=]+")
_IMSS = re.compile(r"\bIMSS\b|INSTITUTO MEXICANO DEL SEGURO SOCIAL")
_SAT = re.compile(r"\bSAT\b|SERVICIO DE ADMINISTRACION TRIBUTARIA")
_NAME_OIDS = (names.NAME, names.COMMON_NAME, names.ORGANIZATION)  # SAT repeats the name in all three
_ISSUER_OIDS = frozenset({names.COMMON_NAME, names.ORGANIZATION, names.ORGANIZATIONAL_UNIT})


class Layout(Enum):
    """Whose way of filling in the subject a certificate follows."""

    IMSS = "imss"
    SAT = "sat"
    OTHER = "other"


class Holder(NamedTuple):
    """What the subject says; text that is absent is empty. ``unit`` is the ``OU`` as it stands."""

    name: str
    rfc: str
    representative_rfc: str
    curp: str
    registro_patronal: str
    unit: str
    email: str


def issuer_layout(issuer: Name) -> Layout:
    """Whose layout the issuer's common name, organization and unit announce."""
    told = " | ".join(attribute.value for attribute in issuer if attribute.oid in _ISSUER_OIDS).upper()
    if not told.isascii():
        told = "".join(c for c in unicodedata.normalize("NFD", told) if not unicodedata.combining(c))
    if _IMSS.search(told):
        return Layout.IMSS
    return Layout.SAT if _SAT.search(told) else Layout.OTHER


def subject_layout(subject: Name) -> Layout:
    """Whose layout the subject resembles, for certificates of an issuer nobody here knows."""
    texts = names.texts_by_oid(subject)
    named = any(_rfc_pair(texts.get(names.UNIQUE_IDENTIFIER, "")))
    if _registro_patronal(subject) and (not named or _curp(texts.get(names.TITLE, ""))):
        return Layout.IMSS
    return Layout.SAT if named else Layout.OTHER


def read_holder(subject: Name, layout: Layout) -> Holder:
    """Read the subject; the layout decides what ``OU`` is and which attribute holds the name.

    An identifier that is not where it should be is looked for in every text.
    """
    texts = names.texts_by_oid(subject)
    texts_everywhere = [value for _, value in subject]
    rfc, representative_rfc = _rfc_pair(texts.get(names.UNIQUE_IDENTIFIER, ""))
    if not rfc and not representative_rfc:
        rfc, representative_rfc = next(filter(any, map(_rfc_pair, texts_everywhere)), ("", ""))
    curp = _curp(texts.get(names.TITLE, "")) or _curp(texts.get(names.SERIAL_NUMBER, ""))
    curp = curp or next(filter(None, map(_curp, texts_everywhere)), "")
    registro_patronal, name_oids = "", _NAME_OIDS
    if layout is Layout.IMSS:
        registro_patronal, name_oids = _registro_patronal(subject), _NAME_OIDS[::-1]
        if not representative_rfc and is_company_rfc(rfc):
            representative_rfc = _person_rfc(texts_everywhere)
    return Holder(
        name=next((texts[oid] for oid in name_oids if oid in texts), ""),
        rfc=rfc,
        representative_rfc=representative_rfc,
        curp=curp,
        registro_patronal=registro_patronal,
        unit=texts.get(names.ORGANIZATIONAL_UNIT, ""),
        email=texts.get(names.EMAIL, ""),
    )


def _rfc_pair(text: str) -> tuple[str, str]:
    """The holder's and the representative's RFC: SAT writes ``RFC``, or ``RFC / RFC`` for a company."""
    holder, _, representative = text.partition("/")
    return _pick(holder, find_rfc), _pick(representative, find_rfc)


def _curp(text: str) -> str:
    """The first CURP of a text; SAT writes a company's as `` / CURP of the representative``."""
    left, _, right = text.partition("/")
    return _pick(left, find_curp) or _pick(right, find_curp)


def _person_rfc(texts: Iterable[str]) -> str:
    found = (_pick(text, find_rfc) for text in texts)
    return next((rfc for rfc in found if rfc and not is_company_rfc(rfc)), "")


def _registro_patronal(subject: Name) -> str:
    units = (attribute.value for attribute in subject if attribute.oid == names.ORGANIZATIONAL_UNIT)
    return next(filter(None, (_pick(unit, find_registro_patronal) for unit in units)), "")


def _pick(text: str, find: Callable[[str], str]) -> str:
    """The identifier that ``text`` is or that is one word of it, normalised; else an empty text."""
    text = text.strip()
    if not text:
        return ""
    return find(text) or next(filter(None, map(find, _TOKENS.split(text))), "")
