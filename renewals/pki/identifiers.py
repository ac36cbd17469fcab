"""Is this text an RFC, a CURP, an NSS or a registro patronal, and does its check digit match?

A check digit that does not match is a warning and never a refusal: RFCs with a wrong digit have been issued, and SAT
prints the CURP of a person with Ñ in a spelling for which the digit was not computed.
"""

import re
import unicodedata
from datetime import date
from functools import lru_cache
from operator import mul

from stdnum import luhn

#: RFCs that stand for "the public" and "a foreigner"; never the holder of a certificate.
GENERIC_RFCS = frozenset({"XAXX010101000", "XEXX010101000"})

# A holder has several certificates, and a representative several companies: most verdicts are asked for again.
_kept = lru_cache(maxsize=4_096)

_SEPARATORS = str.maketrans("", "", " \t\r\n\N{NO-BREAK SPACE}-\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{EN DASH}")
_RFC = re.compile(r"[A-ZÑ&]{3,4}(\d{6})[A-Z0-9]{2}[0-9A]", re.ASCII)
_CURP = re.compile(r"[A-ZÑ]{4}(\d{6})[HMX][A-Z]{2}[A-ZÑ]{3}[A-Z0-9]\d", re.ASCII)
_NSS = re.compile(r"\d{11}", re.ASCII)
_REGISTRO_PATRONAL = re.compile(r"[A-Z0-9]\d{9}\d?", re.ASCII)
_REGISTRO_PATRONAL_LENGTH = 11
_COMPANY_RFC_LENGTH = 12

# The digits are those of stdnum, in a quarter of its time: an import computes three per certificate. A table turns
# each octet into its value.
_RFC_TABLE = bytes(max("0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ".find(chr(octet)), 0) for octet in range(256))
_RFC_WEIGHTS = range(2, 14)  # from the last character before the digit to the first
_CURP_TABLE = bytes(max("0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ".find(chr(octet)), 0) for octet in range(256))
_CURP_WEIGHTS = range(18, 1, -1)

_NAME_LETTERS = (0, 1, 2, 3, 13, 14, 15)  # places of a CURP that hold letters of the name


def _compact(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    return text.upper() if text.isalnum() else text.translate(_SEPARATORS).upper()


def _is_date(digits: str) -> bool:
    """Whether YYMMDD can be a date in some century: of 1900 and 2000, only 2000 was a leap year."""
    try:
        date.fromisoformat(f"20{digits}")
    except ValueError:
        return False
    return True


# --- RFC ----------------------------------------------------------------------------------------------------------


def normalise_rfc(text: str) -> str:
    """Upper case, without spaces and hyphens."""
    return _compact(text)


def find_rfc(text: str) -> str:
    """The RFC that ``text`` is, normalised, or an empty text."""
    rfc = _compact(text)
    match = _RFC.fullmatch(rfc)
    return rfc if match and _is_date(match[1]) else ""


def is_rfc(text: str) -> bool:
    """Whether ``text`` has the form of an RFC (12 characters: company, 13: person); its digit is not looked at."""
    return bool(find_rfc(text))


def is_company_rfc(text: str) -> bool:
    """Whether ``text`` has the form of a company's RFC (12 characters)."""
    return is_rfc(text) and len(_compact(text)) == _COMPANY_RFC_LENGTH


@_kept
def rfc_warnings(text: str) -> tuple[str, ...]:
    """Codes of what is odd about an RFC: ``rfc_generic``, ``rfc_check_digit``."""
    rfc = _compact(text)
    if rfc in GENERIC_RFCS:
        return ("rfc_generic",)
    if _RFC.fullmatch(rfc) and _rfc_digit(rfc) == rfc[-1]:
        return ()
    return ("rfc_check_digit",)


def _rfc_digit(rfc: str) -> str:
    """A company's RFC counts as if a space stood in front; 11 less the sum modulo 11, written 0 to 9 and A."""
    padded = rfc if len(rfc) > _COMPANY_RFC_LENGTH else f" {rfc}"
    values = padded.encode("latin-1").translate(_RFC_TABLE)
    return "0123456789A"[-sum(map(mul, values[-2::-1], _RFC_WEIGHTS)) % 11]


# --- CURP ---------------------------------------------------------------------------------------------------------


def normalise_curp(text: str) -> str:
    """Upper case, without spaces and hyphens."""
    return _compact(text)


def find_curp(text: str) -> str:
    """The CURP that ``text`` is, normalised, or an empty text."""
    curp = _compact(text)
    match = _CURP.fullmatch(curp)
    return curp if match and _is_date(match[1]) else ""


def is_curp(text: str) -> bool:
    """Whether ``text`` has the form of a CURP; its digit is not looked at."""
    return bool(find_curp(text))


@_kept
def curp_warnings(text: str) -> tuple[str, ...]:
    """Codes of what is odd about a CURP: ``curp_check_digit``.

    RENAPO computes the digit with X in the place of Ñ; SAT's certificates print N there. So each N that stands for a
    letter of the name is tried as X before the digit is called wrong.
    """
    curp = _compact(text).replace("Ñ", "X")
    if not _CURP.fullmatch(curp):
        return ("curp_check_digit",)
    if _curp_digit(curp) == curp[-1]:
        return ()
    spellings = (f"{curp[:at]}X{curp[at + 1 :]}" for at in _NAME_LETTERS if curp[at] == "N")
    return () if any(_curp_digit(spelling) == curp[-1] for spelling in spellings) else ("curp_check_digit",)


def _curp_digit(curp: str) -> str:
    values = curp.encode("latin-1").translate(_CURP_TABLE)
    return str(-sum(map(mul, values, _CURP_WEIGHTS)) % 10)


# --- NSS ----------------------------------------------------------------------------------------------------------


def normalise_nss(text: str) -> str:
    """Without spaces and hyphens."""
    return _compact(text)


def is_nss(text: str) -> bool:
    """Whether ``text`` has the form of an NSS (11 digits); its digit is not looked at."""
    return _NSS.fullmatch(_compact(text)) is not None


def nss_warnings(text: str) -> tuple[str, ...]:
    """Codes of what is odd about an NSS: ``nss_check_digit`` (Luhn)."""
    nss = _compact(text)
    return () if is_nss(nss) and luhn.is_valid(nss) else ("nss_check_digit",)


# --- registro patronal --------------------------------------------------------------------------------------------


def normalise_registro_patronal(text: str) -> str:
    """Upper case, without spaces and hyphens; 10 characters, or 11 with the check digit."""
    return _compact(text)


def find_registro_patronal(text: str) -> str:
    """The registro patronal that ``text`` is, normalised, or an empty text."""
    registro = _compact(text)
    return registro if _REGISTRO_PATRONAL.fullmatch(registro) else ""


def is_registro_patronal(text: str) -> bool:
    """Whether ``text`` has the form of a registro patronal, with or without its check digit."""
    return bool(find_registro_patronal(text))


def registro_patronal_check_digit(text: str) -> str:
    """The digit that belongs behind the first ten characters: letters become numbers (A = 10 … Z = 35), then Luhn.

    IMSS publishes no rule; this one fits the registros patronales that are printed in public.
    """
    first_ten = _compact(text)[:10]
    return luhn.calc_check_digit("".join(str(int(character, 36)) for character in first_ten))


@_kept
def registro_patronal_warnings(text: str) -> tuple[str, ...]:
    """Codes of what is odd about a registro patronal: ``registro_patronal_check_digit``. Ten characters have none."""
    registro = _compact(text)
    if not is_registro_patronal(registro):
        return ("registro_patronal_check_digit",)
    if len(registro) < _REGISTRO_PATRONAL_LENGTH or registro_patronal_check_digit(registro) == registro[-1]:
        return ()
    return ("registro_patronal_check_digit",)


def same_registro_patronal(one: str, other: str) -> bool:
    """Whether two spellings name the same registro patronal: the first ten characters decide."""
    first = _compact(one)
    return is_registro_patronal(first) and first[:10] == _compact(other)[:10]
