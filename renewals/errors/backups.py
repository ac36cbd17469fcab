"""Why may a backup not be written, read or brought back?"""

from renewals.errors.refusal import Refusal


class BackupRecipientMissing(Refusal):
    """The settings name nobody who could read a backup; one that anybody could read is never written."""

    code = "backup_recipient_missing"


class NotARecipient(Refusal):
    """Facts: ``position``, the place in BACKUP_RECIPIENTS of what is not a public age key."""

    code = "not_a_recipient"


class IdentityUnreadable(Refusal):
    """The file that should hold the private half of a recipient cannot be read, or holds none."""

    code = "identity_unreadable"


class ArchiveFolderUnusable(Refusal):
    """The folder for archives is not there, or nothing can be written to it."""

    code = "archive_folder_unusable"


class ArchiveUnreadable(Refusal):
    """The file of the archive is not there, or this process may not read it."""

    code = "archive_unreadable"


class ArchiveNotOurs(Refusal):
    """The file is no archive of this program."""

    code = "archive_not_ours"


class ArchiveForOthers(Refusal):
    """The archive was encrypted to other recipients, or its first lines were changed."""

    code = "archive_for_others"


class ArchiveDamaged(Refusal):
    """The archive was changed, or its end is missing."""

    code = "archive_damaged"


class ArchiveOfAnotherKind(Refusal):
    """Data where keys were expected, or keys where data were. Facts: ``expected``, ``data`` or ``keys``."""

    code = "archive_of_another_kind"


class ArchiveOfAnotherVersion(Refusal):
    """Its tables are not those of this program. Facts: ``archive`` and ``here``, the last migration of each."""

    code = "archive_of_another_version"


class DatabaseNotEmpty(Refusal):
    """Backups are brought back into an empty database only. Facts: ``table``, one that has rows."""

    code = "database_not_empty"


class FileInTheWay(Refusal):
    """Where a file of the backup belongs lies another one. Facts: ``name``."""

    code = "file_in_the_way"


class NothingToDrill(Refusal):
    """The backup holds no pair in custody, so opening some proves nothing."""

    code = "nothing_to_drill"
