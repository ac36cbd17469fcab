"""What can somebody do who owns the tables of the history, and what do they lack?

Triggers are put away, and links are made anew where it helps. What the thief lacks is the audit key, which only the
vault worker can open.
"""

from __future__ import annotations

from django.db import connection, transaction
from django.utils import timezone

from renewals.audit import Machine, record
from renewals.audit.columns import stored_and_made
from renewals.audit.links import NOTHING_BEFORE, Notes, link_of, read_statement, statement_after
from renewals.audit.statements import Held, read_held
from renewals.models.event import Event, EventSeal, SignedHeads
from renewals.models.stored_key import AuditKey
from renewals.vault.sealing_history import seal_history
from renewals.vault.verifying_history import verify_history
from tests.factories import company
from tests.unguarded import history_unguarded


def write(one, **facts):
    with transaction.atomic():
        record("company.changed", by=Machine("test"), subject=one, company=one, **facts)


class Firm:
    """Two companies with four linked events each, and what an outsider holds."""

    def __init__(self):
        self.mine = company()
        self.yours = company(rfc="IIA040805DZ4", name="Indistria Ilucsas")
        for turn in range(4):
            write(self.mine, turn=turn)
            write(self.yours, turn=turn)
            if turn % 2:
                seal_history(now=timezone.now())
        self.held = held_now()

    def events(self, one=None):
        return list(Event.objects.filter(company=one or self.mine).order_by("pk"))


def held_now() -> list[Held]:
    """What went out in the last mail, read back from its text."""
    row = SignedHeads.objects.latest("pk")
    key = AuditKey.objects.get(pk=row.audit_key_id)
    line = read_statement(bytes(row.statement)).line
    return read_held(Held(line, key.pk, bytes(key.public_key), bytes(row.signature)).as_text())


def found(held=()):
    report = verify_history(held=held, now=timezone.now())
    return [(one.code, dict(one.facts)) for one in report.findings]


def codes(held=()):
    return [code for code, _ in found(held)]


def with_new_bytes(event):
    ((_, _, made),) = stored_and_made([event.pk])
    Event.objects.filter(pk=event.pk).update(canonical=made)


def relink(one):
    """Make every link of a chain anew, as the sealer would for the rows that stand there now."""
    before = NOTHING_BEFORE
    for seal in EventSeal.objects.filter(chain=one.pk).order_by("position").select_related("event"):
        event = seal.event
        before = link_of(
            before,
            chain=one.pk,
            position=seal.position,
            event_id=event.pk,
            canonical=bytes(event.canonical),
            is_legacy=False,
        )
        EventSeal.objects.filter(pk=seal.pk).update(link=before)


def thief_signs_everything_anew(firm, private):
    """Facts, bytes, links and heads: all of one piece, under a key of the thief's own."""
    event = firm.events()[1]
    Event.objects.filter(pk=event.pk).update(facts={"turn": 7})
    with_new_bytes(event)
    relink(firm.mine)
    before = None
    for row in SignedHeads.objects.order_by("pk"):
        told = read_statement(bytes(row.statement))
        heads = [
            head._replace(link=bytes(EventSeal.objects.get(chain=head.chain, position=head.position).link))
            for head in told.heads
        ]
        made = statement_after(before, at=told.line.at, heads=heads, notes=Notes(told.notes.legacy_through))
        before = made.line
        SignedHeads.objects.filter(pk=row.pk).update(
            statement=made.as_bytes(), signature=private.sign(made.line.as_bytes())
        )


def told_by(row):
    return read_statement(bytes(row.statement)).heads


def swap(one, other, column, *, aside):
    first, second = (rows.values_list(column, flat=True).get() for rows in (one, other))
    one.update(**{column: aside})
    other.update(**{column: first})
    one.update(**{column: second})


def run(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


class without_foreign_keys:  # noqa: N801  # reads as the statement it is
    """As the owner of a database may put its foreign keys aside."""

    def __enter__(self):
        if connection.vendor == "sqlite":
            run("PRAGMA foreign_keys = OFF")
        else:
            run("ALTER TABLE renewals_event DISABLE TRIGGER ALL")

    def __exit__(self, *_):
        if connection.vendor == "sqlite":
            run("PRAGMA foreign_keys = ON")
        else:
            run("ALTER TABLE renewals_event ENABLE TRIGGER ALL")


def clear_up():
    """A link without an event must not outlive its test: Django checks foreign keys at the end of the next one."""
    with history_unguarded():
        run("DELETE FROM renewals_eventseal")
