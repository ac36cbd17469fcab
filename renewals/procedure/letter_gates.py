"""Does a letter prove its step: who signed it, and do its text or a person's word make it the letter of this step?

Facts in, verdict out, like every gate (``gates``): a refusal is raised, and the words of a person are asked for exactly
where the machine cannot tell.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from renewals import errors
from renewals.errors import Fact
from renewals.errors.letters import (
    LetterChanged,
    LetterNamesAnother,
    LetterNamesNobody,
    LetterNotOfNewCertificate,
    LetterOfAnotherCompany,
    LetterPicture,
    LetterRefused,
    LetterSignedWithAnother,
    LetterUnreadable,
    LetterWithoutText,
)
from renewals.pki.letter_facts import LetterFacts, LetterSignature
from renewals.procedure.gates import SHORTEST_REASON, Verdict
from renewals.procedure.steps import Grade

#: What is looked for in the text of a letter: what identifies the company, and what belongs to the new certificate.
COMPANY, NEW = "company", "new"
#: The two certificates of a renewal, as they are named to the reader of letters.
OLD_SIGNER, NEW_SIGNER = "old", "new"
#: Under which fact the text of a kept letter is known again.
TEXT = "text_sha256"

_UNREAD: Mapping[str, type[LetterRefused]] = {
    "picture": LetterPicture,
    "without_text": LetterWithoutText,
    "unreadable": LetterUnreadable,
}


@dataclass(frozen=True, slots=True)
class LetterWanted:
    """What a letter must agree with."""

    rfc: str
    name: str
    #: ``old`` or ``new``: whose signature the step asks for; empty where it asks for none.
    signed_by: str
    serials: Mapping[str, str]
    old_ended_at: datetime
    now: datetime
    #: Whether it has to be a letter of the new certificate.
    names_new: bool = False
    #: RFC and name of another company that the letter names, where the person may know of it.
    another: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class EarlierLetters:
    """The letters of earlier steps: SHA-256 (hex) of the files, and of their texts where those are known."""

    files: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()


def letter(*, read: LetterFacts | None, wanted: LetterWanted, reason: str) -> Verdict:
    """Its text names the company, or a person's word stands beside the file; a signature proves who signed it.

    Whoever holds a pair has signed many papers with it, so a signature alone makes none of them this letter.
    ``read`` is None where the portal did not let the letter be saved: then the word stands alone.
    """
    said = reason.strip() if len(reason.strip()) >= SHORTEST_REASON else ""
    if read is None:
        if not said:
            raise errors.FileOrReasonMissing(shortest=SHORTEST_REASON)
        return Verdict(grades=(Grade.WORD,), facts={"why_no_file": said})
    require_of_this_company(read, wanted)
    proved = _proved(read, wanted)
    grades = (Grade.FILE,) if proved is None else (Grade.CRYPTOGRAPHIC, Grade.FILE)
    facts = {**_text(read), **(_noticed(read) if proved is None else _told(proved, wanted))}
    doubt = _doubt(read, wanted)
    if doubt is None:
        return Verdict(grades=grades, facts={**facts, "named": True, "names_new": wanted.names_new})
    if not said:
        raise doubt
    return Verdict(grades=(*grades, Grade.WORD), facts={**facts, doubt.code: said})


def letter_signed_here() -> Verdict:
    """The vault signed the letter, which lies at this step; the person hands it to the portal and goes on."""
    return Verdict(grades=(Grade.FILE,), facts={"signed_here": True})


def another_letter(
    *, read: LetterFacts, wanted: LetterWanted, reason: str, sha256: str, earlier: EarlierLetters
) -> Verdict:
    """Another letter than those of the steps before, whoever signed it: one letter closes one step."""
    require_another(read, sha256=sha256, earlier=earlier)
    return letter(read=read, wanted=wanted, reason=reason)


def require_another(read: LetterFacts, *, sha256: str, earlier: EarlierLetters) -> None:
    """Refuse the same file, and the same words. Raises SameLetterAgain."""
    if sha256 in earlier.files or (read.text_sha256 and read.text_sha256 in earlier.texts):
        raise errors.SameLetterAgain


def known_before_signing(read: LetterFacts, wanted: LetterWanted, *, reason: str) -> dict[str, Fact]:
    """What is told of a letter that the vault shall sign: ``reason`` is the word beside what its text does not show.

    Raises LetterOfAnotherCompany.
    """
    require_of_this_company(read, wanted)
    doubt = _doubt(read, wanted)
    return {**_text(read), **({} if doubt is None else {doubt.code: reason.strip()})}


def require_of_this_company(read: LetterFacts, wanted: LetterWanted) -> None:
    """Refuse by name what is another client's. Raises LetterOfAnotherCompany."""
    if wanted.another is not None and COMPANY not in read.named:
        rfc, name = wanted.another
        raise LetterOfAnotherCompany(rfc=rfc, name=name, expected_rfc=wanted.rfc, expected=wanted.name)


def _text(read: LetterFacts) -> dict[str, Fact]:
    return {TEXT: read.text_sha256} if read.text_sha256 else {}


def _proved(read: LetterFacts, wanted: LetterWanted) -> LetterSignature | None:
    """The signature that the step asks for. Raises LetterChanged, LetterSignedWithAnother."""
    if any(one.state == "changed" for one in read.signatures):
        raise LetterChanged
    good = [one for one in read.signatures if one.state == "good"]
    if not wanted.signed_by or not good:
        return None
    for one in good:
        if one.by == wanted.signed_by:
            return one
    raise LetterSignedWithAnother(serial=good[0].serial, expected_serial=wanted.serials[wanted.signed_by])


def _told(signature: LetterSignature, wanted: LetterWanted) -> dict[str, Fact]:
    signed_at = signature.signed_at
    ended = signature.by == OLD_SIGNER and wanted.old_ended_at <= (signed_at or wanted.now)
    return {
        "verified_with": wanted.serials[signature.by],
        "was_expired": ended,
        "signed_at": None if signed_at is None else signed_at.isoformat(),
        "is_apart": signature.is_apart,
    }


def _noticed(read: LetterFacts) -> dict[str, Fact]:
    """Signatures that prove nothing here, which whoever reads the dossier should know of."""
    return {
        f"signature_{one.state}": one.serial or True
        for one in read.signatures
        if one.state in {"partial", "other", "unknown"}
    }


def _doubt(read: LetterFacts, wanted: LetterWanted) -> LetterRefused | None:
    """Why the text alone does not show that it is the letter of this company, and of this moment."""
    if read.unread:
        return _UNREAD[read.unread]()
    expected: dict[str, Fact] = {"expected_rfc": wanted.rfc, "expected": wanted.name}
    if COMPANY not in read.named:
        if read.rfcs:
            return LetterNamesAnother(rfc=read.rfcs[0], **expected)
        return LetterNamesNobody(**expected)
    if wanted.names_new and NEW not in read.named:
        return LetterNotOfNewCertificate(serial=wanted.serials[NEW_SIGNER])
    return None


#: The gates of the steps that take a letter.
GATES: Mapping[str, Callable[..., Verdict]] = {
    "sign_terms_old": letter,
    "terms_offered_again": letter,
    "sign_terms_new": another_letter,
    "conditions_at_login": another_letter,
    "sign_conditions_new": another_letter,
}
