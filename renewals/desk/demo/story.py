"""At which stage stand the certificates of each invented company? The first ones tell a story, the rest is a crowd."""

import random
from dataclasses import dataclass
from enum import StrEnum

from renewals.pki.certificate import CertificateKind


class Key(StrEnum):
    """What came with a certificate."""

    GOOD = "good"
    NONE = "none"
    #: The passphrase that was written beside it opens nothing; the vault worker finds out.
    WRONG_PASSPHRASE = "wrong_passphrase"  # noqa: S105  # the name of a case


@dataclass(frozen=True, slots=True)
class Wanted:
    """One certificate: ``days_left`` from today on, negative once it has expired."""

    kind: CertificateKind
    days_left: int
    key: Key = Key.GOOD
    #: Which of the company's registros patronales an NPIE certificate is for.
    registro: int = 0


NPIE, EFIRMA, CSD = CertificateKind.NPIE, CertificateKind.EFIRMA, CertificateKind.CSD

#: What each of the first companies has. The comment says what a newcomer can see there.
STORY: tuple[tuple[Wanted, ...], ...] = (
    # Expired: the one to practise the fourteen steps on.
    (Wanted(NPIE, -12), Wanted(EFIRMA, 800), Wanted(CSD, 610)),
    # Due tomorrow, and the e.firma within the week.
    (Wanted(NPIE, 1), Wanted(EFIRMA, 6)),
    # Two registros patronales, two dates.
    (Wanted(NPIE, 29), Wanted(NPIE, 260, registro=1), Wanted(CSD, 89), Wanted(EFIRMA, 1100)),
    # Its last day is today.
    (Wanted(NPIE, 0), Wanted(EFIRMA, 400)),
    # A person with a business.
    (Wanted(EFIRMA, 88), Wanted(CSD, 7)),
    # The key never came.
    (Wanted(NPIE, -40, Key.NONE), Wanted(EFIRMA, 500)),
    # The password beside the key is wrong.
    (Wanted(NPIE, 20, Key.WRONG_PASSPHRASE), Wanted(CSD, 700)),
    # Replaced some weeks ago: the old one is still there, and still opens.
    (Wanted(NPIE, -25), Wanted(NPIE, 705), Wanted(EFIRMA, 950)),
    # These four are being renewed, each at another step.
    (Wanted(NPIE, -3), Wanted(EFIRMA, 310)),
    (Wanted(EFIRMA, 60), Wanted(NPIE, -8)),
    (Wanted(NPIE, 3), Wanted(CSD, 200)),
    (Wanted(NPIE, -1), Wanted(EFIRMA, 1300), Wanted(CSD, 1200)),
    # Nothing to do here.
    (Wanted(NPIE, 520), Wanted(EFIRMA, 1210), Wanted(CSD, 1010)),
)

#: Company of the story → the step at which its NPIE renewal is to stand.
UNDER_WAY: dict[int, str] = {
    8: "confirm_company",
    9: "mouse_entropy",
    10: "sign_terms_old",
    11: "sign_conditions_new",
}

#: Companies of the story whose mandate still has a way to go: nobody registered one, or nobody confirmed it.
WITHOUT_MANDATE, UNCONFIRMED_MANDATE = 4, 12

#: How many companies `make run` shows.
USUAL = 60


def certificates_of(index: int) -> tuple[Wanted, ...]:
    """What the company of this number has; the same every time."""
    if index < len(STORY):
        return STORY[index]
    chance = random.Random(f"certificates of {index}")  # noqa: S311  # the same every time, and nothing secret
    wanted = [Wanted(NPIE, _days_left(chance, 730), _key(chance))]
    if index % 7 == 2:
        wanted.append(Wanted(NPIE, _days_left(chance, 730), _key(chance), registro=1))
    if chance.random() < 0.8:
        wanted.append(Wanted(EFIRMA, _days_left(chance, 1460), _key(chance)))
    if chance.random() < 0.5:
        wanted.append(Wanted(CSD, _days_left(chance, 1461), _key(chance)))
    return tuple(wanted)


def _days_left(chance: random.Random, validity: int) -> int:
    """Most are far away; some of every urgency."""
    low, high = chance.choices([(-60, -1), (0, 7), (8, 30), (31, 90), (91, validity - 1)], weights=[3, 2, 5, 10, 80])[0]
    return chance.randint(low, high)


def _key(chance: random.Random) -> Key:
    return Key.GOOD if chance.random() < 0.88 else Key.NONE
