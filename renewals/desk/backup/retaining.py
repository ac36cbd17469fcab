"""Which archives of keys have had their time? They are deleted on their day, so that what was erased lapses."""

from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from renewals import audit
from renewals.audit import Actor
from renewals.desk.backup.names import lapsed_in
from renewals.errors import ArchiveFolderUnusable
from renewals.models import Archive, ArchiveKind


def delete_lapsed(*, folder: Path, by: Actor, now: datetime) -> list[str]:
    """Delete the archives of keys in a folder whose day has come; gives their names.

    Copies that lie elsewhere are beyond its reach: whoever makes them deletes them by the same name.

    Raises:
        ArchiveFolderUnusable: one of them cannot be deleted.
    """
    gone = []
    try:
        for path in lapsed_in(folder, today=timezone.localdate(now)):
            path.unlink(missing_ok=True)
            gone.append(path.name)
    except OSError:
        raise ArchiveFolderUnusable from None
    with transaction.atomic():
        for name in gone:
            known = Archive.objects.filter(kind=ArchiveKind.KEYS, name=name).first() or Archive(name=name)
            audit.record("backup.keys_deleted", by=by, subject=known, archive=name)
    return gone
