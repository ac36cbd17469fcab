"""How does an event hang on the one before it, and what do the firm's signed heads say of all chains together?

Everything here is bytes and SHA-256, so that whoever has no part in this program can do it over again:
``docs/verify_company_history.py`` does.
"""

import json
import re
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

#: What stands for the link before the first one.
NOTHING_BEFORE = bytes(32)
#: The chain of what belongs to no company.
FIRM = 0

# Each kind of thing that is hashed begins with a number of its own, so that none can pass for another.
#: What is hashed before the bytes of an event: 1, the link before, chain, position, id, and whether it is a legacy one.
LINK = struct.Struct(">B32sqQqB")
_HEAD = struct.Struct(">BqQ32s")
IS_LINK, _IS_NOTES, _IS_HEAD, _IS_LIST = 1, 2, 3, 4

_LINE = re.compile(
    r"vigencia: history heads 1 (?P<number>[1-9]\d{0,17}) (?P<at>[0-9T:.\-]{26}Z) (?P<before>[0-9a-f]{64}) "
    r"(?P<heads>[0-9a-f]{64})\n"
)


class NotAStatement(ValueError):
    """These bytes are not signed heads of a history."""


class Head(NamedTuple):
    """The end of one chain: the last position, counted from 1, and its link."""

    chain: int
    position: int
    link: bytes


@dataclass(frozen=True, slots=True)
class Notes:
    """What the sealer noticed.

    ``late``: ids of events that say they happened long before they appeared, or in the future. ``misfits``: ids of
    those written with bytes that do not match their columns; what was linked was made from the columns.
    ``legacy_through``: the last event written before there were canonical bytes, 0 where there is none; the same in
    every statement.
    ``all_linked_at``: when nothing was left to link for the last time; what appears later did not happen before.
    """

    legacy_through: int = 0
    late: Sequence[int] = ()
    all_linked_at: str = ""
    misfits: Sequence[int] = ()

    def told(self) -> dict[str, object]:
        """As JSON has it."""
        return {
            "all_linked_at": self.all_linked_at,
            "late": list(self.late),
            "legacy_through": self.legacy_through,
            "misfits": list(self.misfits),
        }


@dataclass(frozen=True, slots=True)
class Line:
    """What is signed and sent to outsiders: one line that stands for all chains, and for every line before it."""

    number: int
    at: str
    before: str
    heads: str

    def as_bytes(self) -> bytes:
        """The signed bytes: one line of ASCII with its end."""
        return f"vigencia: history heads 1 {self.number} {self.at} {self.before} {self.heads}\n".encode("ascii")

    def digest(self) -> str:
        """By which the next line names this one."""
        return sha256(self.as_bytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class Statement:
    """A line, and what it stands for: the heads that moved since the line before, and the notes."""

    line: Line
    heads: Sequence[Head] = ()
    notes: Notes = field(default_factory=Notes)

    def as_bytes(self) -> bytes:
        """As it is stored: the line, then the rest as JSON."""
        heads = [[head.chain, head.position, head.link.hex()] for head in self.heads]
        return self.line.as_bytes() + _json({"heads": heads, **self.notes.told()})


def link_of(before: bytes, *, chain: int, position: int, event_id: int, canonical: bytes, is_legacy: bool) -> bytes:
    """The link of one event: over the link before it, its place, its id and its bytes.

    ``is_legacy``: these bytes were made from the columns when the event was linked: it was written without any, or with
    others.
    """
    return sha256(LINK.pack(IS_LINK, before, chain, position, event_id, is_legacy) + canonical).digest()


def leaves_of(heads: Iterable[Head], notes: Notes) -> list[bytes]:
    """One hash for the notes and one a head, in order: whoever is shown one chain learns nothing of the others."""
    leaves = [sha256(bytes([_IS_NOTES]) + _json(notes.told())).digest()]
    pack = _HEAD.pack
    leaves += [sha256(pack(_IS_HEAD, *head)).digest() for head in heads]
    return leaves


def digest_of(leaves: Iterable[bytes]) -> str:
    """What a line says of all its leaves."""
    return sha256(bytes([_IS_LIST]) + b"".join(leaves)).hexdigest()


def statement_after(before: Line | None, *, at: str, heads: Sequence[Head], notes: Notes) -> Statement:
    """The next statement of the firm chain."""
    return Statement(
        line=Line(
            number=before.number + 1 if before else 1,
            at=at,
            before=before.digest() if before else NOTHING_BEFORE.hex(),
            heads=digest_of(leaves_of(heads, notes)),
        ),
        heads=heads,
        notes=notes,
    )


def read_line(data: bytes) -> Line:
    """The line at the beginning of these bytes.

    Raises:
        NotAStatement: there is none.
    """
    found = _LINE.match(data[:400].decode("ascii", errors="replace"))
    if found is None:
        raise NotAStatement
    return Line(int(found["number"]), found["at"], found["before"], found["heads"])


def read_statement(data: bytes) -> Statement:
    """A stored statement. Whether the line stands for the rest is asked by :func:`stands_for`.

    Raises:
        NotAStatement: it does not have the form of :meth:`Statement.as_bytes`.
    """
    line = read_line(data)
    try:
        told: Mapping[str, Any] = json.loads(data[len(line.as_bytes()) :])
        heads = [Head(chain, position, bytes.fromhex(link)) for chain, position, link in told["heads"]]
        late, misfits = ([int(one) for one in told[name]] for name in ("late", "misfits"))
        notes = Notes(int(told["legacy_through"]), late, str(told["all_linked_at"]), misfits)
        return Statement(line, heads, notes)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotAStatement from error


def stands_for(statement: Statement) -> bool:
    """Whether the line was made over just these heads and notes."""
    try:
        return statement.line.heads == digest_of(leaves_of(statement.heads, statement.notes))
    except struct.error:
        return False


def _json(told: Mapping[str, object]) -> bytes:
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode("ascii")
