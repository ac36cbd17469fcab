"""What are the invented companies called, and which numbers would SAT and IMSS have given them? The same every time."""

import itertools
import random
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta

from stdnum.mx import curp as stdnum_curp
from stdnum.mx import rfc as stdnum_rfc

from renewals.pki.identifiers import registro_patronal_check_digit

_TRADES = (
    "PANIFICADORA", "FERRETERÍA", "TRANSPORTES", "CONSTRUCTORA", "PAPELERÍA", "ABARROTES", "TEXTILES", "IMPRENTA",
    "MUEBLERÍA", "REFACCIONES", "LÁCTEOS", "CARPINTERÍA", "CAFÉ", "EMPAQUES", "VIVEROS", "LAVANDERÍA", "ÓPTICA",
    "CERÁMICA", "HERRERÍA", "DULCERÍA",
)  # fmt: skip
_FANCIES = (
    "LA ESPIGA", "EL ÑANDÚ", "LOS ARRAYANES", "DEL BAJÍO", "SAN JACINTO", "LA CAÑADA", "EL MEZQUITE", "TRES RÍOS",
    "LA MONTAÑA", "DEL PACÍFICO", "SANTA ROSALÍA", "EL COLIBRÍ", "LA PEÑA", "DEL NORTE", "LAS JACARANDAS", "EL NIÑO",
    "LA HERRADURA", "PUERTA GRANDE", "EL PEÑASCO", "AGUA CLARA",
)  # fmt: skip
_PLACES = ("DE SALTILLO", "DE TEPIC", "DE COLIMA", "DE PACHUCA", "DE MÉRIDA", "DE LEÓN", "DE XALAPA", "DE TOLUCA")
_FORMS = ("SA DE CV", "S DE RL DE CV", "SC", "SAS DE CV")
_FIRST_NAMES = (
    "MARÍA", "JOSÉ", "LUCÍA", "RAÚL", "NOEMÍ", "IVÁN", "XIMENA", "OMAR", "TERESA", "ÁLVARO", "ITZEL", "SAÚL",
)  # fmt: skip
_SURNAMES = (
    "NÚÑEZ", "PEÑA", "ARREOLA", "ZAVALA", "IBÁÑEZ", "MUÑOZ", "QUIROGA", "TREJO", "OCHOA", "BRISEÑO", "LUNA", "CASTRO",
)  # fmt: skip
_HOMOCLAVE = "123456789ABCDEFGHIJKLMNPQRSTUVWXYZ"
_STATES = ("JC", "NL", "PL", "GT", "VZ", "CL")
#: Days of foundation and birth go round in this many, so that with the homoclave no RFC comes twice.
_DAYS = 9_000


@dataclass(frozen=True, slots=True)
class InventedPerson:
    """Somebody who never lived, with numbers whose check digits match."""

    name: str
    rfc: str
    curp: str


@dataclass(frozen=True, slots=True)
class InventedCompany:
    """A client that never was; every fifth is a person with a business."""

    name: str
    rfc: str
    representative: InventedPerson | None
    registros_patronales: tuple[str, ...]
    mailbox: str
    contact: InventedPerson


def company(index: int) -> InventedCompany:
    """The company of this number, from 0 on; no two share an RFC or a registro patronal."""
    chance = random.Random(index)  # noqa: S311  # the same names every time, and nothing secret
    contact = person(index, chance)
    registros = tuple(registro_patronal(2 * index + one) for one in range(2 if index % 7 == 2 else 1))
    if index % 5 == 4:
        mailbox = f"contacto@{_as_address(contact.name)}.example"
        return InventedCompany(contact.name, contact.rfc, None, registros, mailbox, contact)
    name = _company_name(index, chance)
    rfc = _rfc("".join(word[0] for word in _words(name)[:3]), index)
    mailbox = f"contacto@{_as_address(name)}.example"
    return InventedCompany(name, rfc, contact, registros, mailbox, contact)


def person(index: int, chance: random.Random) -> InventedPerson:
    """Somebody whose RFC and CURP agree with the name, as far as the first letters go."""
    first, father, mother = chance.choice(_FIRST_NAMES), chance.choice(_SURNAMES), chance.choice(_SURNAMES)
    letters = f"{_plain(father)[0]}{_inner_vowel(father)}{_plain(mother)[0]}{_plain(first)[0]}"
    born_on = _day(index, since=date(1960, 1, 1))
    curp = (
        letters.replace("Ñ", "X")
        + born_on.strftime("%y%m%d")
        + chance.choice("HM")
        + chance.choice(_STATES)
        + "".join(_inner_consonant(name) for name in (father, mother, first))
        + "0"
    )
    return InventedPerson(
        name=f"{first} {father} {mother}",
        rfc=_rfc(letters, index, since=date(1960, 1, 1)),
        curp=curp + stdnum_curp.calc_check_digit(curp),
    )


def registro_patronal(index: int) -> str:
    """A registro patronal: municipality, serial, modality 10, and the digit that belongs behind them."""
    letter = "ABCDEFGHJKLMNPRSTYZ"[index % 19]
    first_ten = f"{letter}{index // 100_000 % 90 + 10:02d}{index % 100_000:05d}10"
    return first_ten + registro_patronal_check_digit(first_ten)


def _company_name(index: int, chance: random.Random) -> str:
    trade, fancy = _TRADES[index % len(_TRADES)], _FANCIES[index * 7 % len(_FANCIES)]
    form = chance.choice(_FORMS)
    if index % 6 == 2:
        return f"{chance.choice(_SURNAMES)} & {chance.choice(_SURNAMES)} {trade} {form}"
    return f"{trade} {fancy} {chance.choice(_PLACES)} {form}"


def _words(name: str) -> list[str]:
    return [_plain(word) for word in name.split() if word not in {"DE", "DEL", "LA", "LAS", "LOS", "EL"}]


def _rfc(letters: str, index: int, *, since: date = date(1985, 1, 1)) -> str:
    turn = index // _DAYS
    homoclave = _HOMOCLAVE[turn // len(_HOMOCLAVE)] + _HOMOCLAVE[turn % len(_HOMOCLAVE)]
    first = f"{letters}{_day(index, since=since):%y%m%d}{homoclave}"
    return first + stdnum_rfc.calc_check_digit(first)


def _day(index: int, *, since: date) -> date:
    # A step that shares no factor with the number of days: neighbours are years apart, and none repeats in a round.
    return since + timedelta(days=index * 2_377 % _DAYS)


def _plain(text: str) -> str:
    """Without accents; Ñ and & stay, because SAT and IMSS write them."""
    kept = text.replace("Ñ", "\0")
    bare = "".join(one for one in unicodedata.normalize("NFD", kept) if not unicodedata.combining(one))
    return bare.replace("\0", "Ñ")


def _inner_vowel(name: str) -> str:
    return next((one for one in _plain(name)[1:] if one in "AEIOU"), "X")


def _inner_consonant(name: str) -> str:
    found = next((one for one in _plain(name)[1:] if one not in "AEIOU "), "X")
    return "X" if found == "Ñ" else found


def _as_address(name: str) -> str:
    words = _plain(name).replace("Ñ", "N").replace("&", "Y").lower().split()
    return "-".join(itertools.islice(words, 4))
