"""Does a look at the history say which row somebody with the whole database changed, cut out, moved or put in?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from renewals.audit.links import link_of
from renewals.models.event import Event, EventSeal, SignedHeads
from renewals.vault.sealing_history import seal_history
from renewals.vault.verifying_history import verify_history
from tests.factories import company
from tests.integration.audit.thief import (
    clear_up,
    codes,
    found,
    relink,
    run,
    swap,
    with_new_bytes,
    without_foreign_keys,
    write,
)
from tests.unguarded import history_unguarded

pytestmark = pytest.mark.django_db(transaction=True)


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
    assert sorted(found(), key=lambda one: one[1]["event"]) == [
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
