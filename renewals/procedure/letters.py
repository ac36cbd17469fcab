"""What has to be looked up to weigh a letter: whose is it, who should have signed it, and what may it name?

The file itself is read in a child process (``vault.letters``), and the rule is a gate (``letter_gates``).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from renewals.errors import Fact
from renewals.models import Certificate, Company, Evidence, Person
from renewals.pki.content import Content, recognise
from renewals.pki.letter_facts import LetterFacts, is_picture
from renewals.procedure import evidence, letter_gates
from renewals.procedure.handed import Situation, Upload
from renewals.procedure.letter_gates import COMPANY, NEW, NEW_SIGNER, OLD_SIGNER, TEXT, EarlierLetters, LetterWanted
from renewals.procedure.steps import Handout
from renewals.vault import letters

#: Where the letter was offered that is signed here: a signature that comes alone may be of that one.
_OFFERED: Final = {"sign_terms_new": "terms_offered_again", "sign_conditions_new": "conditions_at_login"}
#: Of which steps the letter has to be another one.
_OTHERS: Final = {
    "sign_terms_new": ("sign_terms_old",),
    "conditions_at_login": ("sign_terms_old", "terms_offered_again", "sign_terms_new"),
    "sign_conditions_new": ("sign_terms_old", "terms_offered_again", "sign_terms_new"),
}
_SIGNED_BY: Final = {Handout.OLD_PAIR: OLD_SIGNER, Handout.NEW_PAIR: NEW_SIGNER}
#: As Mexican letters write them, whatever language the program speaks.
_MONTHS: Final = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
_MOST_KEPT = 2
#: So many days back a letter of the new certificate may be dated.
_MOST_DAYS = 31


def read(situation: Situation, *, letter: Upload | None, signature: Upload | None) -> LetterFacts:
    """What a letter says and who signed it. Raises as ``vault.letters.read``."""
    if letter is not None and signature is None and is_picture(letter.data):
        # Nothing in it could be read, and nothing reads it.
        return LetterFacts(unread="picture")
    alone = letter is None or recognise(letter.data) is Content.CMS
    certificates = {OLD_SIGNER: situation.renewal.certificate, NEW_SIGNER: situation.renewal.new_certificate}
    return letters.read(
        letter=None if letter is None else letter.data,
        signature=None if signature is None else signature.data,
        kept=list(_kept_letters(situation)) if alone else (),
        names={COMPANY: list(_names_of(situation)), NEW: list(_names_of_new(situation))},
        certificates={name: bytes(one.der) for name, one in certificates.items() if one is not None},
    )


def known_before_signing(situation: Situation, upload: Upload, *, reason: str) -> dict[str, Fact]:
    """What a letter that is to be signed says; ``reason`` is the word beside what its text does not show.

    Raises:
        LetterOfAnotherCompany, SameLetterAgain: it is another client's, or the one of an earlier step.
        LetterHasScript, LetterCarriesFiles, LetterTooHeavy: what the names say.
    """
    facts = read(situation, letter=upload, signature=None)
    letter_gates.require_another(facts, sha256=evidence.sha256_of(upload), earlier=earlier(situation))
    return letter_gates.known_before_signing(facts, wanted(situation, facts), reason=reason)


def earlier(situation: Situation) -> EarlierLetters:
    """The letters of earlier steps that the one of this step must not be.

    Where the portal offered the same words once more, and somebody vouched for that, those are the ones to be signed.
    """
    key = situation.step.key
    if key not in _OTHERS:
        return EarlierLetters()
    others = _letters_of(situation, *_OTHERS[key])
    offered = _letters_of(situation, _OFFERED[key]) if key in _OFFERED else others.none()
    return EarlierLetters(
        files=frozenset(others.values_list("file_sha256", flat=True)), texts=_texts(others) - _texts(offered)
    )


def wanted(situation: Situation, facts: LetterFacts | None) -> LetterWanted:
    """What the letter of a step must agree with, and whom else it names."""
    renewal, new = situation.renewal, situation.renewal.new_certificate
    signs_with = situation.step.signs_with
    return LetterWanted(
        rfc=renewal.company.rfc,
        name=renewal.company.name,
        signed_by="" if signs_with is None else _SIGNED_BY[signs_with],
        serials={OLD_SIGNER: renewal.certificate.serial, NEW_SIGNER: "" if new is None else new.serial},
        old_ended_at=renewal.certificate.not_after,
        names_new=situation.step.key == "terms_offered_again",
        another=None if facts is None else _another(situation, facts),
        now=situation.now,
    )


def _another(situation: Situation, facts: LetterFacts) -> tuple[str, str] | None:
    """RFC and name of another company that the letter names, as far as the person may know of it."""
    if COMPANY in facts.named or not facts.rfcs or not isinstance(situation.by, Person):
        return None
    others = Company.objects.visible_to(situation.by).exclude(pk=situation.renewal.company_id)
    return others.filter(rfc__in=facts.rfcs).values_list("rfc", "name").first()


def _names_of(situation: Situation) -> Iterator[str]:
    """What identifies the company: its RFC, or a registro patronal, with its check digit or without."""
    company = situation.renewal.company
    yield company.rfc
    yield from company.registros_patronales.values_list("number_10", flat=True)
    if situation.renewal.certificate.kind == "npie" and situation.renewal.certificate.scope:
        yield situation.renewal.certificate.scope[:10]


def _names_of_new(situation: Situation) -> Iterator[str]:
    """The serial of the new certificate, and every day since it exists, as letters write it."""
    new: Certificate | None = situation.renewal.new_certificate
    if new is None:
        return
    yield new.serial
    today = timezone.localdate(situation.now)
    first = max(timezone.localdate(new.not_before), today - timedelta(days=_MOST_DAYS))
    for past in range((today - first).days + 1):
        yield from _spelled(first + timedelta(days=past))


def _spelled(day: date) -> Iterator[str]:
    month = _MONTHS[day.month - 1]
    yield from (f"{day:%d/%m/%Y}", f"{day:%Y-%m-%d}", f"{day:%d}-{month[:3]}-{day:%Y}")
    for number in {f"{day.day}", f"{day:%d}"}:
        yield from (f"{number} de {month} de {day.year}", f"{number} de {month} del {day.year}")
        yield f"{month} {number}, {day.year}"


def _letters_of(situation: Situation, *steps: str) -> QuerySet[Evidence]:
    """What was handed in at these steps as their letter; not what a client sent ahead for a later one."""
    rows = Evidence.objects.filter(step__renewal=situation.renewal, step__key__in=steps, superseded_at=None)
    return rows.filter(what__in=[*steps, evidence.TO_SIGN, evidence.SIGNED]).exclude(file_sha256="")


def _texts(rows: QuerySet[Evidence]) -> frozenset[str]:
    return frozenset(text for text in rows.values_list(f"facts__{TEXT}", flat=True) if text)


def _kept_letters(situation: Situation) -> Iterator[bytes]:
    """The letters of this step, and of the one that offered it, that a signature without a letter may be of."""
    steps = [situation.row.key, _OFFERED.get(situation.row.key, situation.row.key)]
    rows = Evidence.objects.filter(step__renewal=situation.renewal, step__key__in=steps, superseded_at=None)
    for row in rows.exclude(file="").exclude(what=evidence.SIGNATURE).order_by("-id")[:_MOST_KEPT]:
        file = evidence.open_kept(row)
        if file is not None:
            with file:
                yield bytes(file.read(evidence.LIMIT_MEGABYTES * evidence.MEGABYTE))
