"""Is every committed event linked exactly once, soon after it was written, and vouched for by a signature?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from renewals.audit import Machine, record, sealing
from renewals.audit.columns import stored_and_made
from renewals.audit.links import FIRM, NOTHING_BEFORE, link_of, read_statement, stands_for
from renewals.desk import pending
from renewals.errors import AlreadyMoved
from renewals.models.event import Event, EventSeal, SignedHeads
from renewals.vault import audit_key
from renewals.vault.sealing_history import history_waiting, seal_history
from renewals.vault.verifying_history import verify_history
from tests.factories import company
from tests.killing import every_boundary, killed_at
from tests.meanwhile import meanwhile
from tests.unguarded import history_unguarded

pytestmark = pytest.mark.django_db(transaction=True)


def write(*companies, times=1):
    for _ in range(times):
        for one in companies:
            with transaction.atomic():
                record("company.changed", by=Machine("test"), subject=one, company=one, name="Ñandú")


@pytest.fixture
def two(vault_keys):
    """Two companies, one chain each; what the firm itself did before stands in a chain of its own."""
    return company(), company(rfc="IIA040805DZ4", name="Indistria Ilucsas")


def unlinked() -> int:
    return Event.objects.exclude(pk__in=EventSeal.objects.values("pk")).count()


def test_every_event_is_linked_in_the_chain_of_its_company(two):
    mine, yours = two
    write(mine, yours, mine)
    seal_history(now=timezone.now())
    # Making the audit key that signs is itself on the record, after the look.
    assert unlinked() == 1
    seal_history(now=timezone.now())
    assert unlinked() == 0
    for chain in (mine.pk, yours.pk, FIRM):
        before = NOTHING_BEFORE
        seals = EventSeal.objects.filter(chain=chain).order_by("position").select_related("event")
        for position, seal in enumerate(seals, start=1):
            assert (seal.position, seal.event.company_id or FIRM) == (position, chain)
            before = link_of(
                before,
                chain=chain,
                position=position,
                event_id=seal.pk,
                canonical=bytes(seal.event.canonical),
                is_legacy=False,
            )
            assert bytes(seal.link) == before


def test_the_heads_are_signed_and_chained(two):
    for _ in range(3):
        write(*two)
        seal_history(now=timezone.now())
    rows = SignedHeads.objects.order_by("pk")
    before = NOTHING_BEFORE.hex()
    for number, row in enumerate(rows, start=1):
        statement = read_statement(bytes(row.statement))
        assert (row.pk, statement.line.number, statement.line.before) == (number, number, before)
        assert stands_for(statement)
        audit_key.require_signed(
            statement.line.as_bytes(),
            audit_key.Signed(bytes(row.signature), row.audit_key_id),
            keys=audit_key.trusted_keys(),
        )
        before = statement.line.digest()
    newest = {head.chain: head for row in rows for head in read_statement(bytes(row.statement)).heads}
    for one in two:
        last = EventSeal.objects.filter(chain=one.pk).latest("position")
        assert (newest[one.pk].position, newest[one.pk].link) == (last.position, bytes(last.link))


def test_nothing_new_means_nothing_to_do(two):
    write(*two)
    now = timezone.now()
    seal_history(now=now)
    seal_history(now=now)
    signed = SignedHeads.objects.count()
    assert list(history_waiting(now, 1)) == []
    assert seal_history(now=now) == 0
    assert SignedHeads.objects.count() == signed


def test_the_heads_are_signed_at_most_once_a_minute_and_at_least_once_a_day(two):
    write(*two)
    now = timezone.now()
    seal_history(now=now)
    write(*two)
    assert list(history_waiting(now + timedelta(seconds=5), 1)) == []
    assert list(history_waiting(now + sealing.PAUSE, 1)) == ["chains"]
    seal_history(now=now + sealing.PAUSE)
    tomorrow = now + timedelta(days=1)
    assert list(history_waiting(tomorrow, 1)) == ["chains"]
    signed = SignedHeads.objects.count()
    assert seal_history(now=tomorrow) == 0
    assert SignedHeads.objects.count() == signed + 1


def test_a_clock_that_was_set_back_does_not_stop_the_links(two):
    now = timezone.now()
    write(*two)
    seal_history(now=now + timedelta(hours=3))
    write(*two)
    assert list(history_waiting(now, 1)) == ["chains"]


def test_an_event_that_becomes_visible_late_is_linked_after_the_others(two):
    """PostgreSQL gives ids before it commits; here the row is put in with an id that was left out."""
    mine, _ = two
    write(mine, times=3)
    events = list(Event.objects.filter(company=mine).order_by("pk"))
    late = Event.objects.filter(pk=events[1].pk).values().get()
    with history_unguarded():
        Event.objects.filter(pk=events[1].pk).delete()
    seal_history(now=timezone.now())
    Event.objects.create(**late)
    seal_history(now=timezone.now())
    in_order = EventSeal.objects.filter(chain=mine.pk).order_by("position").values_list("pk", flat=True)
    assert list(in_order) == [events[0].pk, events[2].pk, events[1].pk]
    assert not any(read_statement(bytes(row.statement)).notes.late for row in SignedHeads.objects.all())


def test_what_became_visible_very_late_is_found_the_next_day(two, monkeypatch):
    monkeypatch.setattr(sealing, "LOOK_BACK", 2)
    mine, _ = two
    write(mine, times=6)
    first = Event.objects.filter(company=mine).earliest("pk")
    late = Event.objects.filter(pk=first.pk).values().get()
    with history_unguarded():
        Event.objects.filter(pk=first.pk).delete()
    now = timezone.now()
    seal_history(now=now)
    Event.objects.create(**late)
    seal_history(now=now)
    assert unlinked() == 1
    seal_history(now=now + timedelta(days=1))
    assert unlinked() == 0


def test_many_are_linked_in_several_turns(two, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 2)
    write(*two, times=3)
    waiting = unlinked()
    assert seal_history(now=timezone.now()) >= waiting
    assert unlinked() == 0
    assert SignedHeads.objects.count() > waiting // 2


def test_two_workers_link_every_event_once(two):
    write(*two)
    now = timezone.now()
    seal_history(now=now)
    write(*two)
    with meanwhile("renewals_auditkey", lambda: seal_history(now=now)), pytest.raises(AlreadyMoved):
        seal_history(now=now)
    assert unlinked() == 0
    assert EventSeal.objects.count() == Event.objects.count()


def test_a_death_at_any_boundary_leaves_all_or_nothing(two):
    now = timezone.now()
    seal_history(now=now)

    def prepare():
        write(*two)
        return EventSeal.objects.count(), SignedHeads.objects.count()

    def check(before):
        linked, signed = before
        assert (EventSeal.objects.count() > linked) == (SignedHeads.objects.count() > signed)
        seal_history(now=now)
        assert unlinked() == 0
        assert SignedHeads.objects.count() == signed + 1

    assert every_boundary(prepare=prepare, run=lambda _: seal_history(now=now), check=check) >= 4


def test_what_is_not_committed_is_not_linked(two):
    with transaction.atomic(), pytest.raises(RuntimeError, match="not committed"):
        seal_history(now=timezone.now())


def test_without_the_master_key_events_wait(two, settings, tmp_path):
    write(*two)
    settings.MASTER_KEYS_DIR = str(tmp_path / "nothing")
    look = pending.look(queue="vault")
    assert (look.done["seal_history"], look.failed["seal_history"]) == (0, 1)
    assert EventSeal.objects.count() == 0


def test_events_from_before_there_were_bytes_are_linked_as_what_they_are(two):
    mine, _ = two
    old = [
        Event.objects.create(
            at=timezone.now() - timedelta(days=300),
            name="company.created",
            actor="machine:shell",
            company=mine,
            subject_type="company",
            subject_id=str(mine.pk),
            facts={"name": "Ñandú"},
        )
        for _ in range(2)
    ]
    write(mine)
    seal_history(now=timezone.now())
    notes = read_statement(bytes(SignedHeads.objects.earliest("pk").statement)).notes
    assert (notes.legacy_through, notes.late) == (old[-1].pk, [])
    old[0].refresh_from_db()
    assert bytes(old[0].canonical) == b""
    ((_, _, made),) = stored_and_made([old[0].pk])
    expected = link_of(
        NOTHING_BEFORE,
        chain=mine.pk,
        position=1,
        event_id=old[0].pk,
        canonical=made,
        is_legacy=True,
    )
    assert bytes(EventSeal.objects.get(pk=old[0].pk).link) == expected


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_a_writer_that_has_not_committed_keeps_nobody_waiting_and_is_linked_later(two):
    """A second session holds an event back with a smaller id; the sealer links what is there and comes again."""
    mine, _ = two
    write(mine)
    seal_history(now=timezone.now())
    columns = "at, name, actor, company_id, subject_type, subject_id, facts, canonical"
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(f"INSERT INTO renewals_event ({columns}) SELECT {columns} FROM renewals_event LIMIT 1")
        write(mine)
        seal_history(now=timezone.now())
        with other.cursor() as cursor:
            cursor.execute("COMMIT")
    finally:
        other.close()
    assert unlinked() == 1
    seal_history(now=timezone.now())
    assert unlinked() == 0


def test_after_days_without_a_vault_worker_nothing_counts_as_late(two, monkeypatch):
    """Neither when the backlog takes several turns, nor when a worker dies between two of them."""
    monkeypatch.setattr(sealing, "BATCH", 2)
    now = timezone.now()
    seal_history(now=now)
    write(*two, times=3)
    with killed_at(30):
        seal_history(now=now + timedelta(days=3))
    seal_history(now=now + timedelta(days=3))
    assert unlinked() == 0
    assert not any(read_statement(bytes(row.statement)).notes.late for row in SignedHeads.objects.all())


@pytest.mark.parametrize("pk", [-7, 2**62])
def test_an_id_that_no_writer_gives_stops_nobody(two, monkeypatch, pk):
    monkeypatch.setattr(sealing, "LOOK_BACK", 2)
    mine, _ = two
    write(mine)
    strange = Event.objects.filter(company=mine).values().get() | {"id": pk}
    Event.objects.create(**strange)
    now = timezone.now()
    seal_history(now=now)
    write(*two)
    seal_history(now=now)
    seal_history(now=now + timedelta(days=1))
    assert unlinked() == 0
    assert verify_history(now=now).findings == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no infinity")
def test_a_moment_that_never_comes_stops_nobody(two):
    mine, _ = two
    write(mine)
    columns = "name, actor, company_id, subject_type, subject_id, facts, canonical"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO renewals_event (at, {columns}) SELECT 'infinity', {columns} FROM renewals_event LIMIT 1"
        )
    seal_history(now=timezone.now())
    assert unlinked() == 1
    assert {"events_misfit", "event_late"} == {one.code for one in verify_history(now=timezone.now()).findings}
