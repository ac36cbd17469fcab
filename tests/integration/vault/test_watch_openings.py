"""The vault worker counts what it opens for people, refuses too much, and raises alerts on the unusual."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction

from renewals.audit import Machine, record_first
from renewals.errors import FirmOpenedTooMany, FirmSignedTooMany, TooManyKeysOpened
from renewals.models import Alert, AlertKind, Company
from renewals.models.event import Event
from renewals.vault import expecting, watching
from renewals.vault.keys import stored_key
from renewals.vault.opening import opening
from tests import factories

if TYPE_CHECKING:
    from renewals.models.stored_key import StoredKey

pytestmark = pytest.mark.django_db(transaction=True)
BY = Machine("test")
MEXICO = ZoneInfo("America/Mexico_City")
#: A Tuesday on which Mexico works.
NOON = datetime(2026, 11, 24, 12, tzinfo=MEXICO)


@pytest.fixture
def key(vault_keys):
    return key_of(factories.company())


def key_of(company: Company) -> StoredKey:
    """A key that holds nothing but the passphrase that was made for it: quick to make and to open."""
    prepared = expecting.prepare_expected_key(company=company)
    with transaction.atomic():
        key_id = expecting.expect_prepared(prepared, by=BY)
    return stored_key(key_id)


def open_for(person, *keys, at=NOON, **facts):
    with time_machine.travel(at, tick=False), opening(rows=keys, by=person, reason="Renovar", **facts):
        pass


def alerts() -> list[tuple[str, str]]:
    return [(alert.kind, str(alert.person)) for alert in Alert.objects.order_by("id")]


def opened() -> int:
    return Event.objects.filter(name="key.opened").count()


def test_the_first_opening_for_a_company_is_told_and_the_second_is_not(key, beto):
    open_for(beto, key, checkout="c-1")
    alert = Alert.objects.get()
    assert (alert.kind, alert.person, alert.company_id) == (AlertKind.FIRST_TIME, beto, key.company_id)
    assert alert.facts == {"checkout": "c-1", "keys": 1}
    open_for(beto, key, at=NOON + timedelta(hours=3))
    assert Alert.objects.count() == 1


def test_everybody_has_a_first_time_of_their_own(key, ana, beto):
    open_for(beto, key)
    open_for(ana, key)
    assert alerts() == [("first_time", "beto"), ("first_time", "ana")]


def test_a_history_that_was_written_beforehand_hides_no_first_time(key, beto):
    # Every process may add to the history; alerts are the vault worker's own.
    with time_machine.travel(NOON - timedelta(days=9), tick=False):
        record_first("key.opened", by=beto, subject=key, company=key.company_id, reason="antes")
    open_for(beto, key)
    assert alerts() == [("first_time", "beto")]


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 24, 3, tzinfo=MEXICO),
        datetime(2026, 11, 24, 21, tzinfo=MEXICO),
        datetime(2026, 11, 22, 12, tzinfo=MEXICO),  # a Sunday
        datetime(2026, 11, 16, 12, tzinfo=MEXICO),  # the day that stands for the Revolution's
        datetime(2026, 11, 25, 4, tzinfo=UTC),  # ten at night of the 24th in Mexico City
    ],
)
def test_an_opening_at_an_hour_when_nobody_works_is_told(key, beto, moment):
    open_for(beto, key)
    Alert.objects.all().delete()
    open_for(beto, key, at=moment)
    assert ("night", "beto") in alerts()


@pytest.mark.parametrize("hour", [7, 20])
def test_an_opening_in_working_hours_is_no_night(key, beto, hour):
    open_for(beto, key, at=datetime(2026, 11, 24, hour, 30, tzinfo=MEXICO))
    assert alerts() == [("first_time", "beto")]


def test_one_night_is_told_once_a_company(key, beto):
    night = datetime(2026, 11, 24, 2, tzinfo=MEXICO)
    other = key_of(factories.company(rfc="XIA190128J61", name="Xenon"))
    for one, at in ((key, night), (key, night + timedelta(hours=2)), (other, night + timedelta(hours=3))):
        open_for(beto, one, at=at)
    assert [kind for kind, _ in alerts()].count("night") == 2
    open_for(beto, key, at=night + timedelta(days=1))
    assert [kind for kind, _ in alerts()].count("night") == 3


def test_keys_of_many_companies_in_a_short_time_are_a_burst(vault_keys, beto, monkeypatch):
    monkeypatch.setattr(watching, "BURST_COMPANIES", 2)
    keys = [key_of(factories.company(rfc=rfc, name=rfc)) for rfc in ("EKU9003173C9", "XIA190128J61", "AAA010101AAA")]
    open_for(beto, keys[0])
    open_for(beto, keys[0], at=NOON + timedelta(minutes=1))
    assert "burst" not in {kind for kind, _ in alerts()}
    open_for(beto, keys[1], at=NOON + timedelta(minutes=20))
    assert "burst" not in {kind for kind, _ in alerts()}
    open_for(beto, keys[2], at=NOON + timedelta(minutes=21))
    open_for(beto, keys[0], at=NOON + timedelta(minutes=22))
    (burst,) = Alert.objects.filter(kind=AlertKind.BURST)
    assert burst.facts == {"keys": 1, "companies": 2, "minutes": 15}


def test_many_keys_at_once_are_a_burst_whoever_approved_them(vault_keys, beto, monkeypatch):
    monkeypatch.setattr(watching, "BURST_COMPANIES", 2)
    keys = [key_of(factories.company(rfc=rfc, name=rfc)) for rfc in ("EKU9003173C9", "XIA190128J61")]
    open_for(beto, *keys, checkout="bundle")
    assert sorted(kind for kind, _ in alerts()) == ["burst", "first_time", "first_time"]


def test_a_person_reaches_a_limit_and_nothing_more_is_opened(key, ana, beto, monkeypatch):
    monkeypatch.setattr(watching, "MOST_OF_PERSON", 2)
    for minutes in (0, 1):
        open_for(beto, key, at=NOON + timedelta(minutes=minutes))
    before = opened()
    for minutes in (2, 3):
        with pytest.raises(TooManyKeysOpened) as refused:
            open_for(beto, key, at=NOON + timedelta(minutes=minutes))
    assert refused.value.facts == {"limit": 2, "hours": 24}
    assert opened() == before
    # Told once, although it was tried twice.
    assert [one for one in alerts() if one[0] == "limit"] == [("limit", "beto")]
    open_for(ana, key, at=NOON + timedelta(minutes=4))
    open_for(beto, key, at=NOON + timedelta(hours=24, minutes=2))


def test_keys_asked_for_together_are_counted_together(vault_keys, beto, monkeypatch):
    monkeypatch.setattr(watching, "MOST_OF_PERSON", 1)
    keys = [key_of(factories.company(rfc=rfc, name=rfc)) for rfc in ("EKU9003173C9", "XIA190128J61")]
    before = opened()
    with pytest.raises(TooManyKeysOpened):
        open_for(beto, *keys)
    assert opened() == before


def test_inventing_people_does_not_help_over_the_limit_of_the_firm(key, monkeypatch):
    monkeypatch.setattr(watching, "MOST_OF_FIRM", 2)
    for number in range(2):
        open_for(factories.person(f"nadie{number}"), key)
    with pytest.raises(FirmOpenedTooMany):
        open_for(factories.person("nadie9"), key)
    assert Alert.objects.get(kind=AlertKind.LIMIT).facts == {"limit": 2, "minutes": 1440, "of_firm": True}


def test_every_signature_is_told(key, beto):
    for minutes in (0, 1):
        open_for(beto, key, at=NOON + timedelta(minutes=minutes), signing=f"s-{minutes}")
    told = Alert.objects.filter(kind=AlertKind.SIGNATURE).order_by("id")
    assert [(one.person, one.company_id, one.facts["signing"]) for one in told] == [
        (beto, key.company_id, "s-0"),
        (beto, key.company_id, "s-1"),
    ]


def test_the_firm_signs_only_so_much_in_an_hour_whoever_asks(key, beto, monkeypatch):
    monkeypatch.setattr(watching, "MOST_SIGNATURES", 2)
    for number in range(2):
        open_for(factories.person(f"nadie{number}"), key, signing=f"s-{number}")
    before = opened()
    with pytest.raises(FirmSignedTooMany) as refused:
        open_for(beto, key, at=NOON + timedelta(minutes=59), signing="s-3")
    assert (refused.value.facts, opened()) == ({"limit": 2, "minutes": 60}, before)
    facts = {"limit": 2, "minutes": 60, "of_firm": True, "of_signatures": True}
    assert Alert.objects.get(kind=AlertKind.LIMIT).facts == facts
    # Files still go out, and after the hour documents are signed again.
    open_for(beto, key, at=NOON + timedelta(minutes=59), checkout="c-1")
    open_for(beto, key, at=NOON + timedelta(minutes=61), signing="s-4")


def test_the_machine_is_neither_counted_nor_watched_nor_stopped(key, beto, monkeypatch):
    monkeypatch.setattr(watching, "MOST_OF_PERSON", 1)
    monkeypatch.setattr(watching, "MOST_OF_FIRM", 1)
    night = datetime(2026, 11, 24, 3, tzinfo=MEXICO)
    for minutes in range(5):
        open_for(BY, key, at=night + timedelta(minutes=minutes))
    assert alerts() == []
    # What the machine opened counts for nobody, and a person at their limit does not hold up the machine.
    open_for(beto, key)
    open_for(BY, key, at=NOON + timedelta(minutes=1))


def test_an_alert_names_no_reason_that_a_person_typed(key, beto):
    open_for(beto, key, checkout="c-1", other="no")
    assert set(Alert.objects.get().facts) <= {"checkout", "keys"}


def test_alert_and_event_are_written_together_or_not_at_all(key, beto, monkeypatch):
    def lost(*_args, **_kwargs):
        raise ZeroDivisionError

    before = opened()
    monkeypatch.setattr("renewals.vault.opening.audit.record_many", lost)
    with pytest.raises(ZeroDivisionError):
        open_for(beto, key)
    assert (Alert.objects.count(), opened()) == (0, before)
