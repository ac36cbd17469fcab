"""What does a step make of the letter that a person hands in?

Like every handler of a step (``portal_steps``) it gathers the facts, asks the gate and changes nothing.
"""

from renewals.procedure import evidence, letter_gates, letters, signing
from renewals.procedure.handed import HandedIn, Outcome, Situation, Upload


def take_letter(situation: Situation, handed: HandedIn) -> Outcome:
    """A letter, signed or not; where the vault has signed it here, nothing more is needed."""
    letter, signature = _uploads(handed)
    file, said = letter or signature, handed.answer("why_no_file")
    if file is None:
        if not said and signing.signed_for(situation.row) is not None:
            return Outcome(letter_gates.letter_signed_here())
        return Outcome(letter_gates.letter(read=None, wanted=letters.wanted(situation, None), reason=said))
    facts = letters.read(situation, letter=letter, signature=signature)
    verdict = letter_gates.another_letter(
        read=facts,
        wanted=letters.wanted(situation, facts),
        reason=said,
        sha256=evidence.sha256_of(file),
        earlier=letters.earlier(situation),
    )
    return Outcome(verdict, file=file, beside=signature if letter else None)


def _uploads(handed: HandedIn) -> tuple[Upload | None, Upload | None]:
    """The letter and the signature that came beside it. Raises as ``evidence.require_acceptable``."""
    letter, signature = handed.files.get("letter"), handed.files.get("signature_file")
    for one in (letter, signature):
        if one is not None:
            evidence.require_acceptable(one)
    return letter, signature
