"""Why is a document not signed with a stored key?"""

from renewals.errors.moves import AlreadyMoved
from renewals.errors.refusal import Refusal


class NotAPdf(Refusal):
    """What was handed in to be signed is no PDF; nothing else is ever signed."""

    code = "not_a_pdf"


class PdfTooLarge(Refusal):
    """Facts: ``limit`` in megabytes."""

    code = "pdf_too_large"


class PdfEncrypted(Refusal):
    """The PDF is locked with a password, so nobody could compare it before it is signed."""

    code = "pdf_encrypted"


class PdfAlreadySigned(Refusal):
    """The PDF carries a signature already, which another one would leave behind as "changed afterwards"."""

    code = "pdf_already_signed"


class PdfDamaged(Refusal):
    """It begins like a PDF and cannot be read as one to its end."""

    code = "pdf_damaged"


class PdfTooHeavy(Refusal):
    """Reading the PDF used up the memory or the time that any honest letter needs."""

    code = "pdf_too_heavy"


class StepSignsNothing(Refusal):
    """The plan has no signature at this step, or the certificate for it is not there yet."""

    code = "step_signs_nothing"


class SigningUnderWay(AlreadyMoved):
    """A document of this step waits to be signed already, or was signed."""

    code = "signing_under_way"


class DocumentChanged(Refusal):
    """The kept file is no longer the one that was asked and approved."""

    code = "document_changed"
