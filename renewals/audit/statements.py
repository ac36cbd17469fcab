"""Are the signed heads one unbroken chain, each signed by the firm, and the same that outsiders hold?"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from renewals.audit.canonical import moment_text
from renewals.audit.findings import Report
from renewals.audit.links import NOTHING_BEFORE, Line, NotAStatement, Statement, read_line, read_statement, stands_for
from renewals.errors import Refusal
from renewals.models.event import SignedHeads

#: Refuses a signature: takes the signed bytes, the signature and the id of the key.
RequireSigned = Callable[[bytes, bytes, str], None]

_HELD = re.compile(
    r"(?P<line>vigencia: history heads 1 [1-9]\d* \S+ [0-9a-f]{64} [0-9a-f]{64}) "
    r"signed (?P<key_id>\S{1,16}) (?P<public_key>[0-9a-f]{64}) (?P<signature>[0-9a-f]{128})"
)


@dataclass(frozen=True, slots=True)
class Held:
    """Signed heads as somebody outside holds them, with the public half of the key that signed them."""

    line: Line
    key_id: str
    public_key: bytes
    signature: bytes

    def as_text(self) -> str:
        """As it stands in a mail: two lines of ASCII."""
        line = self.line.as_bytes().decode("ascii")
        return f"{line}signed {self.key_id} {self.public_key.hex()} {self.signature.hex()}"


@dataclass(slots=True)
class Signed:
    """What the statements together say of the chains.

    ``named``: link → number of the statement that names it as a head. ``ends``: chain → last position that is signed.
    ``misfits``: events that were written with bytes which do not match, and linked by their columns.
    """

    named: dict[bytes, int] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)
    legacy_through: int = 0
    misfits: set[int] = field(default_factory=set)


def read_held(text: str) -> list[Held]:
    """Every pair of signed heads in a text, such as a saved mail; breaks and marks of quotation do not matter."""
    found = []
    for match in _HELD.finditer(re.sub(r"[>\s]+", " ", text)):
        try:
            line = read_line(f"{match['line']}\n".encode("ascii"))
        except (NotAStatement, UnicodeEncodeError):
            continue
        key, signature = bytes.fromhex(match["public_key"]), bytes.fromhex(match["signature"])
        found.append(Held(line, match["key_id"], key, signature))
    return found


def newest() -> tuple[Line, str, bytes] | None:
    """The last signed line with its key's id and its signature; ``None`` before the first."""
    row = SignedHeads.objects.order_by("-pk").first()
    return (read_line(bytes(row.statement)), row.audit_key_id, bytes(row.signature)) if row else None


def stored_statements() -> Iterator[tuple[SignedHeads, Statement | None]]:
    """Every row of the firm chain with what it says; ``None`` where it cannot be read."""
    for row in SignedHeads.objects.order_by("pk").iterator(chunk_size=200):
        try:
            yield row, read_statement(bytes(row.statement))
        except NotAStatement:
            yield row, None


def look_at_statements(report: Report, *, require_signed: RequireSigned, held: Sequence[Held]) -> Signed:
    """Follow the firm chain from its beginning, and note what is wrong with it."""
    signed = Signed()
    wanted = {one.line.number: one.line for one in held}
    refused: dict[tuple[str, str], list[int]] = {}
    before: Line | None = None
    number = 0
    for row, statement in stored_statements():
        report.statements += 1
        if row.pk > number + 1:
            report.add("statements_missing", first=number + 1, last=row.pk - 1)
        follows_seen = row.pk == number + 1 and (before is not None or number == 0)
        number, report.last = row.pk, statement.line if statement else report.last
        if statement is None or not _is_whole(row, statement):
            report.add("statement_changed", number=row.pk)
            before = None
            continue
        # What comes after a gap, or after one that was changed, cannot be compared with what stood there.
        if follows_seen and statement.line.before != (before.digest() if before else NOTHING_BEFORE.hex()):
            report.add("statement_out_of_line", number=row.pk)
        before = statement.line
        try:
            require_signed(before.as_bytes(), bytes(row.signature), row.audit_key_id)
        except Refusal as refusal:
            refused.setdefault((row.audit_key_id, refusal.code), []).append(row.pk)
        _take_in(statement, signed, report)
        if wanted.get(row.pk) == before:
            report.confirmed.append(row.pk)
    for (key, why), numbers in refused.items():
        report.add("statements_not_signed", first=numbers[0], last=numbers[-1], number=len(numbers), key=key, why=why)
    _tell_held(wanted, report, last=number)
    return signed


def _is_whole(row: SignedHeads, statement: Statement) -> bool:
    return statement.line.number == row.pk and statement.line.at == moment_text(row.at) and stands_for(statement)


def _tell_held(wanted: Mapping[int, Line], report: Report, *, last: int) -> None:
    for line in wanted.values():
        if line.number > last:
            report.add("held_missing", number=line.number, at=line.at, last=last)
        elif line.number not in report.confirmed:
            report.add("held_differs", number=line.number, at=line.at)


def _take_in(statement: Statement, signed: Signed, report: Report) -> None:
    number = statement.line.number
    for head in statement.heads:
        if head.position <= signed.ends.get(head.chain, 0):
            report.add("heads_contradict", number=number, chain=head.chain, position=head.position)
        signed.ends[head.chain] = max(head.position, signed.ends.get(head.chain, 0))
        signed.named[head.link] = number
    if number == 1:
        signed.legacy_through = statement.notes.legacy_through
    if misfits := statement.notes.misfits:
        signed.misfits.update(misfits)
        report.add("events_misfit", first=min(misfits), last=max(misfits), number=len(misfits), statement=number)
    for event_id in statement.notes.late:
        report.add("event_late", event=event_id, number=number)
