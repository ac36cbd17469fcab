"""Does a look at the history say which row somebody with the whole database changed, cut out, moved or put in?

The thief here owns the tables: triggers are put away, links are made anew where it helps. What they lack is the audit
key, which only the vault worker can open.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from renewals.audit import Machine, record
from renewals.audit.links import NOTHING_BEFORE, Notes, link_of, read_statement, statement_after
from renewals.audit.sealing import bytes_of
from renewals.audit.statements import Held, read_held
from renewals.models.event import Event, EventSeal, SignedHeads
from renewals.models.stored_key import AuditKey
from renewals.vault import audit_key
from renewals.vault.sealing_history import seal_history
from renewals.vault.verifying_history import verify_history
from tests.factories import company
from tests.unguarded import history_unguarded

pytestmark = pytest.mark.django_db(transaction=True)


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


@pytest.fixture
def firm(vault_keys):
    return Firm()


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
    Event.objects.filter(pk=event.pk).update(canonical=bytes_of(Event.objects.get(pk=event.pk)))


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


def test_an_untouched_history_holds(firm):
    report = verify_history(held=firm.held, now=timezone.now())
    assert (report.findings, report.more) == ([], 0)
    assert (report.events, report.legacy, report.waiting) == (Event.objects.count(), 0, 0)
    assert report.keys_proved
    assert report.confirmed == [firm.held[0].line.number] == [report.statements]
    assert report.chains == 3


def test_where_no_master_key_is_the_keys_are_what_the_database_says(firm, settings):
    settings.MASTER_KEYS_DIR = ""
    settings.PROCESS_ROLE = "web"
    report = verify_history(held=firm.held, now=timezone.now())
    assert (report.findings, report.keys_proved) == ([], False)


def test_history_goes_on_after_what_was_held(firm):
    write(firm.mine, turn=9)
    seal_history(now=timezone.now())
    assert found(firm.held) == []


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"name": "company.created"}, "event"),
        ({"actor": "machine:other"}, "actor"),
        ({"facts": {"turn": 7}}, "facts"),
        ({"subject_id": "999"}, "subject_id"),
        ({"subject_type": "person"}, "subject"),
        ({"at": timezone.now() - timedelta(days=30)}, "at"),
        ({"at": timezone.now().replace(microsecond=0)}, "at"),
        ({"company": None}, "company"),
    ],
)
def test_a_changed_fact_is_named(firm, change, column):
    event = firm.events()[1]
    with history_unguarded():
        Event.objects.filter(pk=event.pk).update(**change)
    assert found() == found(firm.held) == [("event_changed", {"event": event.pk, "columns": column})]


def test_a_fact_changed_together_with_its_bytes_is_named(firm):
    event = firm.events()[1]
    with history_unguarded():
        Event.objects.filter(pk=event.pk).update(facts={"turn": 7})
        with_new_bytes(event)
    told = {"event": event.pk, "chain": firm.mine.pk, "position": 2}
    assert found() == found(firm.held) == [("link_broken", told)]


def test_a_fact_changed_with_its_bytes_and_every_link_after_it_is_named(firm):
    event = firm.events()[1]
    with history_unguarded():
        Event.objects.filter(pk=event.pk).update(facts={"turn": 7})
        with_new_bytes(event)
        relink(firm.mine)
    first, second = firm.events()[:2]
    assert second == event
    told = {"chain": firm.mine.pk, "first_event": first.pk, "last_event": second.pk, "number": 1}
    assert found() == found(firm.held) == [("chain_rewritten", told)]


def test_bytes_that_nobody_can_read_are_named(firm):
    event = firm.events()[1]
    with history_unguarded():
        Event.objects.filter(pk=event.pk).update(canonical=b"\xff\x00")
    assert ("event_changed", {"event": event.pk, "columns": ""}) in found()
    assert ("link_broken", {"event": event.pk, "chain": firm.mine.pk, "position": 2}) in found()


def test_bytes_that_were_taken_away_are_named(firm):
    event = firm.events()[1]
    with history_unguarded():
        Event.objects.filter(pk=event.pk).update(canonical=b"")
    assert ("event_without_bytes", {"event": event.pk}) in found()


def test_a_deleted_event_is_named_by_its_link(firm):
    event = firm.events()[1]
    with history_unguarded(), without_foreign_keys():
        run("DELETE FROM renewals_event WHERE id = %s", event.pk)
    try:
        told = {"event": event.pk, "chain": firm.mine.pk, "position": 2}
        assert found() == found(firm.held) == [("event_missing", told)]
    finally:
        clear_up()


def test_an_event_deleted_with_its_link_leaves_a_gap(firm):
    event = firm.events()[1]
    with history_unguarded():
        EventSeal.objects.filter(pk=event.pk).delete()
        Event.objects.filter(pk=event.pk).delete()
    assert found() == found(firm.held) == [("links_missing", {"chain": firm.mine.pk, "first": 2, "last": 2})]


def test_a_chain_closed_up_after_a_deletion_is_not_the_one_that_was_signed(firm):
    event = firm.events()[1]
    with history_unguarded():
        EventSeal.objects.filter(pk=event.pk).delete()
        Event.objects.filter(pk=event.pk).delete()
        for seal in EventSeal.objects.filter(chain=firm.mine.pk, position__gt=2).order_by("position"):
            EventSeal.objects.filter(pk=seal.pk).update(position=F("position") - 1)
        relink(firm.mine)
    assert set(codes()) == {"chain_rewritten", "chain_cut"}
    assert ("chain_cut", {"chain": firm.mine.pk, "first": 4, "last": 4}) in found()


def test_a_tail_cut_off_with_its_links_is_missed_by_the_signed_heads(firm):
    last = firm.events()[-1]
    with history_unguarded():
        EventSeal.objects.filter(pk=last.pk).delete()
        Event.objects.filter(pk=last.pk).delete()
    assert found() == found(firm.held) == [("chain_cut", {"chain": firm.mine.pk, "first": 4, "last": 4})]


def test_a_tail_cut_off_with_links_and_heads_shows_only_against_what_is_held(firm):
    last = SignedHeads.objects.latest("pk")
    heads = {head.chain: head.position for row in SignedHeads.objects.exclude(pk=last.pk) for head in told_by(row)}
    with history_unguarded():
        for seal in list(EventSeal.objects.all()):
            if seal.position > heads.get(seal.chain, 0):
                seal.delete()
                Event.objects.filter(pk=seal.pk).delete()
        Event.objects.exclude(pk__in=EventSeal.objects.values("pk")).delete()
        last.delete()
    assert found() == []
    line = firm.held[0].line
    assert found(firm.held) == [("held_missing", {"number": line.number, "at": line.at, "last": line.number - 1})]


def test_a_tail_linked_anew_after_its_links_were_deleted_contradicts_the_heads(firm):
    """The sealer itself links what the thief changed: then two signed heads name the same place."""
    last = firm.events()[-1]
    with history_unguarded():
        EventSeal.objects.filter(pk=last.pk).delete()
        Event.objects.filter(pk=last.pk).update(facts={"turn": 7})
        with_new_bytes(last)
    seal_history(now=timezone.now())
    told = {"number": 3, "chain": firm.mine.pk, "position": 4}
    assert ("heads_contradict", told) in found()
    assert "chain_rewritten" in codes(firm.held)


def test_events_that_changed_places_are_both_named(firm):
    _, second, third, _ = firm.events()
    rows = EventSeal.objects.filter(pk=second.pk), EventSeal.objects.filter(pk=third.pk)
    with history_unguarded():
        swap(*rows, "position", aside=99)
        swap(*rows, "link", aside=bytes(32))
    chain = firm.mine.pk
    assert sorted(found(), key=str) == [
        ("event_moved", {"event": one.pk, "chain": chain, "position": now, "its_chain": chain, "its_position": before})
        for one, now, before in ((second, 3, 2), (third, 2, 3))
    ]


def test_positions_that_were_exchanged_break_both_links(firm):
    _, second, third, _ = firm.events()
    with history_unguarded():
        swap(EventSeal.objects.filter(pk=second.pk), EventSeal.objects.filter(pk=third.pk), "position", aside=99)
    assert {(code, facts["event"]) for code, facts in found()} >= {
        ("link_broken", second.pk),
        ("link_broken", third.pk),
    }


def test_swapped_links_of_two_companies_are_named(firm):
    mine, yours = firm.events()[1], firm.events(firm.yours)[1]
    with history_unguarded():
        swap(EventSeal.objects.filter(pk=mine.pk), EventSeal.objects.filter(pk=yours.pk), "chain", aside=99)
    told = found()
    for event, chain in ((mine, firm.yours.pk), (yours, firm.mine.pk)):
        assert ("event_in_wrong_chain", {"event": event.pk, "chain": chain, "position": 2}) in told
    assert found(firm.held) == told


def test_an_event_put_in_with_an_old_date_is_named_once_it_is_linked(firm):
    """Whoever may write events, such as a stolen web server, can put one in; not into the past."""
    old = Event.objects.create(
        at=timezone.now() - timedelta(days=90),
        name="company.changed",
        actor="machine:test",
        company=firm.mine,
        subject_type="company",
        subject_id=str(firm.mine.pk),
    )
    with history_unguarded():
        with_new_bytes(old)
    assert found()[0] == ("event_not_linked", {"event": old.pk})
    seal_history(now=timezone.now())
    assert found() == found(firm.held) == [("event_late", {"event": old.pk, "number": 3})]


def test_an_event_put_in_with_a_link_of_its_own_is_named(firm):
    write(firm.mine, turn=9)
    event = firm.events()[-1]
    last = EventSeal.objects.filter(chain=firm.mine.pk).latest("position")
    link = link_of(
        bytes(last.link),
        chain=firm.mine.pk,
        position=5,
        event_id=event.pk,
        canonical=bytes(event.canonical),
        is_legacy=False,
    )
    EventSeal.objects.create(event=event, chain=firm.mine.pk, position=5, link=link)
    assert found() == [("link_not_signed", {"event": event.pk, "chain": firm.mine.pk})]


@pytest.mark.parametrize("change", [{"at": timezone.now()}, {"statement": b"nothing"}])
def test_changed_heads_are_named(firm, change):
    with history_unguarded():
        SignedHeads.objects.filter(pk=1).update(**change)
    assert ("statement_changed", {"number": 1}) in found()


def test_heads_that_the_firm_did_not_sign_are_named(firm):
    with history_unguarded():
        SignedHeads.objects.filter(pk=1).update(signature=bytes(64))
    told = {"first": 1, "last": 1, "number": 1, "key": firm.held[0].key_id, "why": "signature_wrong"}
    assert found() == [("statements_not_signed", told)]


def test_deleted_heads_are_named(firm):
    with history_unguarded():
        SignedHeads.objects.filter(pk=1).delete()
    assert ("statements_missing", {"first": 1, "last": 1}) in found()


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


def test_a_replaced_audit_key_is_found_where_the_master_key_is_and_against_what_is_held(firm, settings):
    private = Ed25519PrivateKey.generate()
    key_id = firm.held[0].key_id
    with history_unguarded():
        AuditKey.objects.update(public_key=private.public_key().public_bytes_raw())
        thief_signs_everything_anew(firm, private)
    assert ("key_not_ours", {"key": key_id}) in found()
    settings.MASTER_KEYS_DIR = ""
    settings.PROCESS_ROLE = "web"
    # Nothing in the database contradicts the thief any more: whoever holds no heads, and has no master key, is fooled.
    assert found() == []
    line = firm.held[0].line
    assert found(firm.held) == [
        ("held_differs", {"number": line.number, "at": line.at}),
        ("held_key_differs", {"number": line.number, "key": key_id}),
    ]


def test_an_audit_key_put_in_beside_ours_vouches_for_nothing(firm, settings):
    private = Ed25519PrivateKey.generate()
    with history_unguarded():
        AuditKey.objects.create(
            key_id="ak-thief",
            public_key=private.public_key().public_bytes_raw(),
            wrapped_private_key=b"",
            is_active=False,
            created_at=timezone.now() - timedelta(days=9),
            replaced_at=timezone.now(),
        )
        thief_signs_everything_anew(firm, private)
        SignedHeads.objects.update(audit_key_id="ak-thief")
    for role in ("vault", "web"):
        settings.PROCESS_ROLE = role
        assert {"statements_not_signed", "key_not_ours"} <= set(codes())


def test_heads_signed_before_the_audit_key_was_replaced_still_hold(firm):
    audit_key.rotate_audit_key(by=Machine("test"), now=timezone.now())
    write(firm.mine, turn=9)
    seal_history(now=timezone.now())
    assert found(firm.held) == []
    assert held_now()[0].key_id != firm.held[0].key_id


def test_a_held_text_that_was_changed_is_not_believed(firm):
    text = firm.held[0].as_text()
    signature = firm.held[0].signature.hex()
    (changed,) = read_held(text.replace(signature, "0" * 128))
    assert codes([changed]) == ["held_not_signed"]


def test_heads_are_read_from_a_quoted_and_broken_mail(firm):
    text = firm.held[0].as_text()
    quoted = "Buenos días:\n> " + text.replace(" ", "\n> ") + "\n> Guárdalo.\n" + text
    assert read_held(quoted) == firm.held * 2
    assert read_held("nada de eso") == []


def test_an_event_from_before_there_were_bytes_is_guarded_from_its_link_on(vault_keys):
    mine = company()
    old = Event.objects.create(
        at=timezone.now() - timedelta(days=300),
        name="company.created",
        actor="machine:shell",
        company=mine,
        subject_type="company",
        subject_id=str(mine.pk),
        facts={"name": "Ñandú"},
    )
    write(mine, turn=1)
    seal_history(now=timezone.now())
    report = verify_history(now=timezone.now())
    assert (report.findings, report.legacy) == ([], 1)
    with history_unguarded():
        Event.objects.filter(pk=old.pk).update(facts={"name": "otro"})
    assert found() == [("link_broken", {"event": old.pk, "chain": mine.pk, "position": 1})]


def test_ids_that_became_visible_out_of_order_are_no_tampering(firm, monkeypatch):
    write(firm.mine, turn=10)
    late = Event.objects.filter(company=firm.mine).order_by("-pk").values()[0]
    write(firm.mine, turn=11)
    with history_unguarded():
        Event.objects.filter(pk=late["id"]).delete()
    seal_history(now=timezone.now())
    Event.objects.create(**late)
    seal_history(now=timezone.now())
    assert found(firm.held) == []
    with history_unguarded():
        Event.objects.filter(pk=late["id"]).update(facts={"turn": 7})
    assert found() == [("event_changed", {"event": late["id"], "columns": "facts"})]


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
