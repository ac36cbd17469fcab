"""Why is a letter of a step not taken, or not without a person's word beside it?"""

from renewals.errors.refusal import Refusal


class LetterRefused(Refusal):
    """Of a letter that was handed in; nothing has changed, and it can be handed in again."""

    code = "letter_refused"


class LetterOfNoKnownKind(LetterRefused):
    """It is no PDF, no picture and nothing signed, whatever it is called."""

    code = "letter_of_no_known_kind"


class LetterPicture(LetterRefused):
    """A photograph has no text to be read; somebody has to say what they see."""

    code = "letter_picture"


class LetterWithoutText(LetterRefused):
    """The PDF shows pictures only, as a scanner makes them; somebody has to say what they see."""

    code = "letter_without_text"


class LetterUnreadable(LetterRefused):
    """The PDF breaks off, or is made in a way that is not read here; somebody has to say what they see."""

    code = "letter_unreadable"


class LetterNamesNobody(LetterRefused):
    """Neither the RFC nor a registro patronal of the company is in its text. Facts: ``expected_rfc``, ``expected``."""

    code = "letter_names_nobody"


class LetterNamesAnother(LetterRefused):
    """Another RFC is in its text, and not the company's. Facts: ``rfc`` (found), ``expected_rfc``, ``expected``."""

    code = "letter_names_another"


class LetterOfAnotherCompany(LetterRefused):
    """It is the letter of another client, whom the person may see. Facts: ``rfc``, ``name``, ``expected_rfc``,
    ``expected``.
    """

    code = "letter_of_another_company"


class LetterNotOfNewCertificate(LetterRefused):
    """It names neither the new serial nor a day since the new certificate exists. Facts: ``serial``."""

    code = "letter_not_of_new_certificate"


class LetterChanged(LetterRefused):
    """What is signed is not what the file shows now."""

    code = "letter_changed"


class LetterSignedWithAnother(LetterRefused):
    """Signed with the renewal's other certificate. Facts: ``serial`` (found), ``expected_serial``."""

    code = "letter_signed_with_another"


class LetterHasScript(LetterRefused):
    """A PDF that does something when it is opened may show one thing today and another one tomorrow."""

    code = "letter_has_script"


class LetterCarriesFiles(LetterRefused):
    """Other files travel inside the PDF."""

    code = "letter_carries_files"


class SignatureWithoutLetter(LetterRefused):
    """A signature apart, and not the letter that it signs."""

    code = "signature_without_letter"


class NotASignature(LetterRefused):
    """What was handed in as a signature is none."""

    code = "not_a_signature"


class LetterTooHeavy(LetterRefused):
    """Reading it used up the memory or the time that any honest letter needs."""

    code = "letter_too_heavy"


class LetterLocked(LetterRefused):
    """The PDF opens with a password only, so nobody could look at it later."""

    code = "letter_locked"
