"""What is an archive called, and what does its name promise?

``vigencia-data-20261123T090000Z-1a2b3c4d.age``, and ``vigencia-keys-20261123T090000Z-until-20261223-5e6f7a8b.age``:
the day on which an archive of keys is deleted travels with it, so a longer retention of later ones does not prolong it.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from renewals.models import ArchiveKind

_KEYS: Final = re.compile(r"vigencia-keys-\d{8}T\d{6}Z-until-(\d{8})-[0-9a-f]{8}\.age")


def name_of(*, kind: ArchiveKind, made_at: datetime, lapses_on: date | None, archive_id: UUID) -> str:
    """The name of an archive; the moment is in UTC, the day of its end is the firm's."""
    until = "" if lapses_on is None else f"-until-{lapses_on:%Y%m%d}"
    return f"vigencia-{kind.value}-{made_at.astimezone(UTC):%Y%m%dT%H%M%SZ}{until}-{archive_id.hex[:8]}.age"


def lapsed_in(folder: Path, *, today: date) -> Iterator[Path]:
    """The archives of keys in a folder whose day has come."""
    for path in sorted(folder.iterdir()):
        named = _KEYS.fullmatch(path.name)
        if named is not None and f"{today:%Y%m%d}" >= named[1]:
            yield path
