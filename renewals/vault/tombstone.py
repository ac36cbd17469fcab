"""What does the firm sign when it has destroyed a company's keys, so that a restore can do it again and an outsider can
check it?

A line that says what it is, and one line of JSON (UTF-8, keys in order, no blanks), so that the same facts are the same
bytes everywhere.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from renewals.errors import NotATombstone

#: The first line: no statement of another kind begins like this.
KIND = b"vigencia: the data keys of a company were destroyed\n"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Tombstone:
    """Which keys of whom were destroyed, when, on whose word, and until when copies of them may exist."""

    id: UUID
    company_id: int
    company_rfc: str
    company_name: str
    key_ids: Sequence[UUID]
    #: How many sealed key files and passphrases went with them.
    secrets: int
    destroyed_at: datetime
    asked_by: str
    approved_by: str
    last_copy_lapses_on: date

    def statement(self) -> bytes:
        """The bytes that are signed."""
        told = asdict(self) | {
            "version": VERSION,
            "id": self.id.hex,
            "key_ids": sorted(one.hex for one in self.key_ids),
            "destroyed_at": self.destroyed_at.isoformat(),
            "last_copy_lapses_on": self.last_copy_lapses_on.isoformat(),
        }
        text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return KIND + text.encode() + b"\n"


def read(statement: bytes) -> Tombstone:
    """What a statement tells; whether it was signed is asked elsewhere. Raises NotATombstone."""
    if not statement.startswith(KIND):
        raise NotATombstone
    try:
        told = json.loads(statement.removeprefix(KIND))
        if told.pop("version") != VERSION:
            raise NotATombstone
        told |= {
            "id": UUID(hex=told["id"]),
            "key_ids": [UUID(hex=one) for one in told["key_ids"]],
            "destroyed_at": datetime.fromisoformat(told["destroyed_at"]),
            "last_copy_lapses_on": date.fromisoformat(told["last_copy_lapses_on"]),
        }
        return Tombstone(**told)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotATombstone from None
