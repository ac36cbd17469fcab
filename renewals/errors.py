"""Which refusals can the program answer with, and which facts does each carry?

A refusal knows a stable code and plain facts; the Spanish for it lives in ``renewals.wording``. Facts may be
shown to people and written to history, so no key, passphrase or file content ever goes into one.
"""

from typing import ClassVar

Fact = str | int | bool | None


class Refusal(Exception):
    """Base of everything the program refuses to do; ``facts`` are shown to people, so they hold no secret."""

    code: ClassVar[str] = "refused"

    def __init__(self, **facts: Fact) -> None:
        super().__init__(self.code)
        self.facts = facts


# --- files from outside -----------------------------------------------------------------------------------------


class FileRefused(Refusal):
    """A file from outside cannot be taken for what was asked."""

    code = "file_refused"


class EmptyFile(FileRefused):
    """Nothing is in the file."""

    code = "empty_file"


class FileTooLarge(FileRefused):
    """Facts: ``size`` and ``limit`` in bytes."""

    code = "file_too_large"


class UnrecognisedFile(FileRefused):
    """The bytes are none of the formats the program reads."""

    code = "unrecognised_file"


class UnexpectedContent(FileRefused):
    """A known format, but not the one asked for. Facts: ``expected``, ``found`` (values of ``pki.content.Content``)."""

    code = "unexpected_content"


class DamagedFile(FileRefused):
    """The file begins like a known format and then breaks off or contradicts itself. Facts: ``content``."""

    code = "damaged_file"


class ExcessiveWork(FileRefused):
    """The header asks for more work than any honest file does. Facts: ``what``, ``asked``, ``limit``."""

    code = "excessive_work"


class UnsupportedEncryption(FileRefused):
    """Facts: ``encryption``."""

    code = "unsupported_encryption"


class UnsupportedKey(FileRefused):
    """Neither RSA nor an elliptic curve, or a size nobody honest uses. Facts: ``algorithm``, ``bits``."""

    code = "unsupported_key"


# --- pairs --------------------------------------------------------------------------------------------------------


class PassphraseMissing(Refusal):
    """The key is encrypted and no passphrase was given."""

    code = "passphrase_missing"


class WrongPassphrase(Refusal):
    """The passphrase does not open the key."""

    code = "wrong_passphrase"


class KeyOfAnotherCertificate(Refusal):
    """The private key does not belong to the certificate."""

    code = "key_of_another_certificate"


# --- people and permissions ---------------------------------------------------------------------------------------


class NotVisible(Refusal):
    """The person may not know that this exists; doors answer 404."""

    code = "not_visible"


class NotPermitted(Refusal):
    """The person may see it and may not do this; doors answer 403. Facts: ``right``."""

    code = "not_permitted"


class ConfirmationNeeded(Refusal):
    """The act needs the person's password again, typed within the last minutes."""

    code = "confirmation_needed"


class TooManyAttempts(Refusal):
    """Too many failed passwords. Facts: ``minutes`` to wait."""

    code = "too_many_attempts"


# --- changes ------------------------------------------------------------------------------------------------------


class AlreadyMoved(Refusal):
    """Somebody was faster: the row is no longer in the state this change began from."""

    code = "already_moved"
