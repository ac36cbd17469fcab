"""Do partners hear that a round could not do everything, once a day and nobody else?"""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from renewals.audit import Machine
from renewals.desk import pending
from renewals.errors import AlreadyMoved
from renewals.models import Delivery, SweepRun
from renewals.notices import failures
from renewals.notices.round import sweep
from tests.factories import person

pytestmark = pytest.mark.django_db

#: Noon in Mexico City.
NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)
TELL = [job for job in pending.JOBS if job.name == "failures"]


def failed_round(at: datetime = NOW, *, certificate: int = 7) -> SweepRun:
    reasons = [{"certificate": certificate, "error": "ValueError"}]
    return SweepRun.objects.create(started_at=at, finished_at=at, evaluated=3, failed=1, failures=reasons)


def told(at: datetime = NOW) -> list[tuple[str, str]]:
    pending.look(queue="default", now=at, jobs=TELL)
    rows = Delivery.objects.order_by("pk").select_related("person")
    return [(row.person.username if row.person else "", row.day.isoformat()) for row in rows]


def test_every_partner_is_told_once_a_day_however_many_rounds_fail(ana, beto, dalia):
    person("eva", role="socio")
    failed_round()
    assert told() == [("ana", "2026-11-23"), ("eva", "2026-11-23")]
    failed_round(NOW + timedelta(minutes=15))
    assert len(told(NOW + timedelta(hours=1))) == 2
    tomorrow = NOW + timedelta(days=1)
    assert len(told(tomorrow)) == 2
    failed_round(tomorrow)
    assert told(tomorrow)[2:] == [("ana", "2026-11-24"), ("eva", "2026-11-24")]


def test_the_message_names_what_failed_and_leaves_at_any_hour(ana):
    run = failed_round(certificate=4711)
    told()
    row = Delivery.objects.get()
    assert row.is_critical
    assert "4711" in row.text
    assert "Lo demás se hizo." in row.text
    assert "Lo demás se hizo." in row.html
    assert f"/admin/renewals/sweeprun/{run.pk}/change/" in row.text
    assert row.next_try_at == NOW


def test_a_round_in_which_nothing_failed_is_not_told(ana):
    SweepRun.objects.create(started_at=NOW, finished_at=NOW, evaluated=3)
    SweepRun.objects.create(started_at=NOW)
    assert told() == []


def test_a_round_that_broke_off_is_told_the_same_day(ana):
    with time_machine.travel(NOW, tick=False), pytest.raises(ValueError, match="naive"):
        sweep(now=NOW.replace(tzinfo=None), by=Machine("sweep"))
    run = SweepRun.objects.get()
    assert (run.finished_at, run.failed) == (None, 1)
    assert len(told()) == 1
    row = Delivery.objects.get()
    assert "La revisión no terminó (ValueError)" in row.text
    for words in (row.text, row.html):
        assert "Lo demás se hizo" not in words
        assert "Lo que faltaba no se hizo." in words


def test_two_workers_at_once_write_one_message(ana):
    failed_round()
    failures.tell(person_id=ana.pk, now=NOW, by=Machine("mail"))
    with pytest.raises(AlreadyMoved):
        failures.tell(person_id=ana.pk, now=NOW, by=Machine("mail"))
    assert Delivery.objects.count() == 1


def test_nobody_is_asked_to_do_what_cannot_be_done(beto):
    """No partner has an address: the job does not come back at every look."""
    failed_round()
    assert failures.partners_to_tell(NOW, 10) == []
