"""What can be wrong with a file that comes from outside?"""

from renewals.errors.refusal import Refusal


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


class PathMissing(FileRefused):
    """Nothing is at the path."""

    code = "path_missing"


class PathUnreadable(FileRefused):
    """The operating system does not let this user read the file or folder."""

    code = "path_unreadable"


class NotAFile(FileRefused):
    """A pipe, socket or device: reading it might never end."""

    code = "not_a_file"


class TooManyFiles(FileRefused):
    """The walk through the folders stopped here. Facts: ``limit`` of entries, or ``depth`` of folders."""

    code = "too_many_files"


class FileChanged(FileRefused):
    """The file was replaced while it was being taken in."""

    code = "file_changed"


class TooManyPassphrases(Refusal):
    """Facts: ``given`` and ``limit``."""

    code = "too_many_passphrases"
