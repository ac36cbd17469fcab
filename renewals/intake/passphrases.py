"""Which of the given passphrases opens this file, without more work than one file deserves?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from renewals.errors import PassphraseMissing, PassphraseTriesSpent, Refusal, TooManyPassphrases, WrongPassphrase
from renewals.pki.content import Content
from renewals.pki.pfx import describe_pfx, open_pfx
from renewals.pki.private_key import PrivateKey, describe_private_key, open_private_key

#: So many lines may a file of passphrases have.
MAX_PASSPHRASES = 1_000
#: Work spent on tries of one file, in units of ``pki.pbe``. About a second, and a thousand tries of a key of SAT.
WORK_PER_FILE = 2_100_000
#: What a try costs apart from deriving the key.
_WORK_AT_LEAST = 500


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A key in the clear, what opened it (None: nothing locks it), and the certificate where it came in a PFX."""

    key: PrivateKey = field(repr=False)
    passphrase: str | None = field(repr=False)
    certificate: bytes | None = None


def read_passphrases(data: bytes) -> tuple[str, ...]:
    """The passphrases of a text file, one per line; a line with blanks around it counts both ways.

    UTF-8, or Windows-1252 as old editors save it.

    Raises:
        TooManyPassphrases: more lines than :data:`MAX_PASSPHRASES`.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if line]
    if len(lines) > MAX_PASSPHRASES:
        raise TooManyPassphrases(given=len(lines), limit=MAX_PASSPHRASES)
    return tuple(one for one in dict.fromkeys(way for line in lines for way in (line, line.strip())) if one)


def open_file(data: bytes, content: Content, passphrases: Sequence[str]) -> OpenedFile:
    """Open a key file or a PFX with the first passphrase that fits.

    Raises:
        PassphraseMissing: it is locked and there is none to try.
        WrongPassphrase: none of them opens it.
        PassphraseTriesSpent: none of those that one file may cost opens it; the others were not tried.
        and what ``pki`` raises for files that are broken or ask for too much work.
    """
    if content is Content.PFX:
        return _open_pfx(data, passphrases)
    facts = describe_private_key(data)
    if not facts.encrypted:
        return OpenedFile(key=open_private_key(data, None).key, passphrase=None)
    # A passphrase that two encodings write differently is tried in both.
    affordable = _affordable(passphrases, [facts.work_of_a_try * (1 if one.isascii() else 2) for one in passphrases])
    for passphrase in affordable:
        try:
            return OpenedFile(key=open_private_key(data, passphrase).key, passphrase=passphrase)
        except WrongPassphrase:
            continue
    raise _none_fits(affordable, passphrases)


def _open_pfx(data: bytes, passphrases: Sequence[str]) -> OpenedFile:
    work = describe_pfx(data).work_of_a_try
    affordable = _affordable(passphrases, [work] * len(passphrases))
    # Some programs leave the passphrase of a PFX empty, so that is the last guess.
    for passphrase in [*affordable, None]:
        try:
            opened = open_pfx(data, passphrase)
        except (WrongPassphrase, PassphraseMissing):
            continue
        return OpenedFile(key=opened.key, passphrase=passphrase, certificate=opened.certificate_der)
    raise _none_fits(affordable, passphrases)


def _affordable(passphrases: Sequence[str], costs: Sequence[int]) -> Sequence[str]:
    """As many as the file may cost, and one in any case."""
    spent = accumulate(max(cost, _WORK_AT_LEAST) for cost in costs)
    return passphrases[: max(1, sum(1 for total in spent if total <= WORK_PER_FILE))]


def _none_fits(tried: Sequence[str], given: Sequence[str]) -> Refusal:
    if not given:
        return PassphraseMissing()
    if len(tried) < len(given):
        return PassphraseTriesSpent(tried=len(tried), given=len(given))
    return WrongPassphrase()
