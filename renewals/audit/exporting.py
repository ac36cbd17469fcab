"""How does one company's history leave, so that a stranger can check it without this program and without other clients?

One JSON document a line: the company, every event of its chain with the bytes and the link, and every signed line that
vouches for an end of this chain. Of the other chains those lines hold hashes alone.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime

from renewals.audit.canonical import moment_text
from renewals.audit.columns import stored_and_made
from renewals.audit.links import leaves_of
from renewals.audit.statements import stored_statements
from renewals.models.company import Company
from renewals.models.event import Event, EventSeal

#: The version of this form.
FORMAT = 1


def exported(company: Company, *, public_keys: Mapping[str, bytes], now: datetime) -> Iterator[str]:
    """The lines of one company's history, each with its end; read while they are taken.

    ``public_keys``: id of an audit key → its raw public half.
    """
    yield _line(
        {
            "what": "vigencia: history of one company",
            "format": FORMAT,
            "chain": company.pk,
            "rfc": company.rfc,
            "name": company.name,
            "exported_at": moment_text(now),
        }
    )
    last = 0
    misfits = {event_id for _, statement in stored_statements() if statement for event_id in statement.notes.misfits}
    seals = EventSeal.objects.filter(chain=company.pk).order_by("position")
    columns = seals.values_list("position", "event_id", "event__canonical", "link")
    for position, event_id, canonical, link in columns.iterator(chunk_size=500):
        last = position
        # Written before there were bytes, or with others: made from the columns when it was linked, and again here.
        is_legacy = not canonical or event_id in misfits
        told = next(made for _, _, made in stored_and_made([event_id])) if is_legacy else bytes(canonical)
        yield _line(
            {
                "position": position,
                "event": event_id,
                "legacy": is_legacy,
                # Latin-1 has a letter for every byte; what the program writes is ASCII.
                "bytes": told.decode("latin-1"),
                "link": bytes(link).hex(),
            }
        )
    for row, statement in stored_statements():
        heads = statement.heads if statement else ()
        place = next((place for place, head in enumerate(heads) if head.chain == company.pk), None)
        if statement is None or place is None or heads[place].position > last:
            continue
        yield _line(
            {
                "signed": statement.line.as_bytes().decode("ascii"),
                "position": heads[place].position,
                "leaf": place + 1,
                "leaves": [leaf.hex() for leaf in leaves_of(heads, statement.notes)],
                "key": row.audit_key_id,
                "public_key": public_keys.get(row.audit_key_id, b"").hex(),
                "signature": bytes(row.signature).hex(),
            }
        )
    waiting = Event.objects.filter(company=company).exclude(
        pk__in=EventSeal.objects.filter(chain=company.pk).values("pk")
    )
    yield _line({"events": last, "waiting": waiting.count()})


def _line(told: Mapping[str, object]) -> str:
    return json.dumps(told) + "\n"
