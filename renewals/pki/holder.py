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
from renewals.pki.identifiers import (
    is_company_rfc,
    is_curp,
    is_registro_patronal,
    is_rfc,
    normalise_curp,
    normalise_registro_patronal,
    normalise_rfc,
)
from renewals.pki.names import NameAttribute

Name = tuple[NameAttribute, ...]

_TOKENS = re.compile(r"[\s,;:=]+")
_IMSS = re.compile(r"\bIMSS\b|INSTITUTO MEXICANO DEL SEGURO SOCIAL")
_SAT = re.compile(r"\bSAT\b|SERVICIO DE ADMINISTRACION TRIBUTARIA")
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
    named = any(_rfc_pair([names.first(subject, names.UNIQUE_IDENTIFIER)]))
    titled = bool(_curp([names.first(subject, names.TITLE)]))
    if _registro_patronal(subject) and (titled or not named):
        return Layout.IMSS
    return Layout.SAT if named else Layout.OTHER


def read_holder(subject: Name, layout: Layout) -> Holder:
    """Read the subject; the layout decides what ``OU`` is and which attribute holds the name."""
    texts = _by_priority(subject, names.UNIQUE_IDENTIFIER, names.SERIAL_NUMBER)
    rfc, representative_rfc = _rfc_pair(texts)
    at_imss = layout is Layout.IMSS
    if at_imss and not representative_rfc and is_company_rfc(rfc):
        representative_rfc = _person_rfc(texts)
    name_oids = (names.NAME, names.COMMON_NAME, names.ORGANIZATION)
    return Holder(
        name=names.first(subject, *(reversed(name_oids) if at_imss else name_oids)),
        rfc=rfc,
        representative_rfc=representative_rfc,
        curp=_curp(_by_priority(subject, names.TITLE, names.SERIAL_NUMBER)),
        registro_patronal=_registro_patronal(subject) if at_imss else "",
        unit=names.first(subject, names.ORGANIZATIONAL_UNIT),
        email=names.first(subject, names.EMAIL),
    )


def _by_priority(subject: Name, *oids: str) -> list[str]:
    """Every text of the subject, those of ``oids`` first."""
    return [
        attribute.value
        for attribute in sorted(subject, key=lambda one: oids.index(one.oid) if one.oid in oids else len(oids))
    ]


def _rfc_pair(texts: Iterable[str]) -> tuple[str, str]:
    """The holder's and the representative's RFC from the first text that names one: ``RFC`` or ``RFC / RFC``."""
    for text in texts:
        holder, _, representative = text.partition("/")
        pair = _pick(holder, is_rfc, normalise_rfc), _pick(representative, is_rfc, normalise_rfc)
        if any(pair):
            return pair
    return "", ""


def _person_rfc(texts: Iterable[str]) -> str:
    found = (_pick(text, is_rfc, normalise_rfc) for text in texts)
    return next((rfc for rfc in found if rfc and not is_company_rfc(rfc)), "")


def _curp(texts: Iterable[str]) -> str:
    """The first CURP in any text; SAT writes a company's as `` / CURP of the representative``."""
    parts = (part for text in texts for part in text.split("/"))
    return next(filter(None, (_pick(part, is_curp, normalise_curp) for part in parts)), "")


def _registro_patronal(subject: Name) -> str:
    units = (attribute.value for attribute in subject if attribute.oid == names.ORGANIZATIONAL_UNIT)
    picked = (_pick(unit, is_registro_patronal, normalise_registro_patronal) for unit in units)
    return next(filter(None, picked), "")


def _pick(text: str, is_one: Callable[[str], bool], normalise: Callable[[str], str]) -> str:
    """The identifier that ``text`` is or that is one word of it, normalised; else an empty text."""
    candidates = (text, *_TOKENS.split(text))
    return next((normalise(candidate) for candidate in candidates if is_one(candidate)), "")
