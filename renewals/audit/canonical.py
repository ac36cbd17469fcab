"""Which bytes stand for an event, the same on every database and for whoever checks them from outside?

JSON (RFC 8259) in ASCII, keys in alphabetical order, no blanks, moments in UTC with six decimals. Nothing in it depends
on how a database keeps a moment or a JSON value, so a copy of the history on another database has the same bytes.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from json import JSONEncoder
from json.encoder import encode_basestring_ascii

from renewals.errors import Fact

#: The version of this form; it stands in the bytes, so that another one may come without a doubt about old ones.
FORMAT = 1

_ENCODER = JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def facts_text(facts: Mapping[str, Fact]) -> str:
    """The facts of an event in their only form."""
    return _ENCODER.encode(facts) if facts else "{}"


def moment_text(at: datetime) -> str:
    """A moment in its only form, such as ``2026-03-03T12:00:00.000000Z``."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def canonical_bytes(
    *,
    at: str,
    name: str,
    person_id: int | None,
    actor: str,
    company_id: int | None,
    subject_type: str,
    subject_id: str,
    facts: str,
) -> bytes:
    """The bytes of one event; ``at`` by :func:`moment_text`, ``facts`` by :func:`facts_text`.

    Put together by hand: a sweep writes thousands, and nine keys in a known order need no sorting.
    """
    text = encode_basestring_ascii
    return (
        f'{{"actor":{text(actor)},"at":"{at}","company":{"null" if company_id is None else company_id},'
        f'"event":{text(name)},"facts":{facts},"format":{FORMAT},"person":{"null" if person_id is None else person_id},'
        f'"subject":{text(subject_type)},"subject_id":{text(subject_id)}}}'
    ).encode("ascii")
