"""What does a step make of the letter that a person hands in?

Like every handler of a step (``portal_steps``) it gathers the facts, asks the gate and changes nothing.
"""

from django.db.models import QuerySet

from renewals.models import Evidence
from renewals.procedure import evidence, letter_gates, letters, signing
from renewals.procedure.handed import HandedIn, Outcome, Situation, Upload
from renewals.procedure.letter_gates import TEXT


def take_letter(situation: Situation, handed: HandedIn) -> Outcome:
    """A letter, signed or not; where the vault has signed it here, nothing more is needed."""
    letter, signature = _uploads(handed)
    if letter is None and signature is None:
        if not handed.answer("why_no_file") and signing.signed_for(situation.row) is not None:
            return Outcome(letter_gates.letter_signed_here())
        return Outcome(
            letter_gates.letter(read=None, wanted=letters.wanted(situation, None), reason=handed.answer("why_no_file"))
        )
    facts = letters.read(situation, letter=letter, signature=signature)
    verdict = letter_gates.letter(
        read=facts, wanted=letters.wanted(situation, facts), reason=handed.answer("why_no_file")
    )
    return Outcome(verdict, file=letter or signature, beside=signature if letter else None)


def take_conditions(situation: Situation, handed: HandedIn) -> Outcome:
    """The letter of the next login, which is none of those that came before."""
    letter, _signature = _uploads(handed)
    facts = None if letter is None else letters.read(situation, letter=letter, signature=None)
    verdict = letter_gates.conditions_at_login(
        read=facts,
        wanted=letters.wanted(situation, facts),
        reason=handed.answer("why_no_file"),
        sha256="" if letter is None else evidence.sha256_of(letter),
        earlier_sha256=set(_earlier(situation).exclude(file_sha256="").values_list("file_sha256", flat=True)),
        earlier_texts=set(_earlier(situation).values_list(f"facts__{TEXT}", flat=True)),
    )
    return Outcome(verdict, file=letter)


def _uploads(handed: HandedIn) -> tuple[Upload | None, Upload | None]:
    """The letter and the signature that came beside it. Raises as ``evidence.require_acceptable``."""
    letter, signature = handed.files.get("letter"), handed.files.get("signature_file")
    for one in (letter, signature):
        if one is not None:
            evidence.require_acceptable(one)
    return letter, signature


def _earlier(situation: Situation) -> QuerySet[Evidence]:
    """What proves the other steps of the renewal."""
    return Evidence.objects.filter(step__renewal=situation.renewal, superseded_at=None).exclude(step=situation.row)
