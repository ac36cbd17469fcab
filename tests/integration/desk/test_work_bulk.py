"""Does every row of a bulk request get one answer, whoever dies and however often it is asked?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from renewals import audit
from renewals.desk import bulk
from renewals.errors import AlreadyMoved, NotPermitted
from renewals.models import BulkJob, BulkRow, Certificate, Company, Person, Renewal, Role
from renewals.models.bulk import BulkState
from renewals.procedure.queueing import queue_renewals
from tests import factories
from tests.killing import every_boundary
from tests.meanwhile import meanwhile
from tests.pairs import make_pair


def certificates(number: int, person: Person | None, *, rfc: str = "EKU9003173C9") -> list[Certificate]:
    home = factories.company(rfc=rfc, responsible=person)
    pair = make_pair("csd", rfc=rfc)
    return [
        factories.certificate(home, pair, sha256=f"{home.pk:032x}{one:032x}", scope=f"Sucursal {one}", is_primary=False)
        for one in range(number)
    ]


def ask(rows: Sequence[Certificate], by: Person, *, key: str = "una-sola-vez") -> BulkJob:
    return bulk.ask_queue_renewals(certificates=[one.pk for one in rows], request_key=key, by=by)


def work(job: BulkJob, *, later: timedelta = timedelta()) -> None:
    bulk.work_bulk(job_id=job.pk, now=timezone.now() + later)
    job.refresh_from_db()


def answers(job: BulkJob) -> dict[int, tuple[str, str]]:
    return {row.certificate_id: (row.state, row.code) for row in job.rows.all()}


@pytest.mark.django_db
def test_every_certificate_is_queued_and_the_job_is_done(beto: Person):
    rows = certificates(3, beto)
    job = ask(rows, beto)
    work(job)
    assert set(answers(job).values()) == {(BulkState.DONE, "")}
    assert (job.state, job.lease_until) == (BulkState.DONE, None)
    assert Renewal.objects.count() == 3


@pytest.mark.django_db
def test_a_second_click_finds_the_first_job(beto: Person):
    rows = certificates(2, beto)
    assert ask(rows, beto) == ask(rows, beto)
    assert BulkRow.objects.count() == 2


@pytest.mark.django_db
def test_the_same_key_of_another_person_is_another_job(ana: Person, beto: Person):
    rows = certificates(2, beto)
    assert ask(rows, beto) != ask(rows, ana)


@pytest.mark.django_db
def test_what_has_a_renewal_already_is_answered_so(beto: Person):
    rows = certificates(3, beto)
    queue_renewals(certificates=rows[:1], by=beto, now=timezone.now())
    job = ask(rows, beto)
    work(job)
    assert answers(job)[rows[0].pk] == (BulkState.REFUSED, "already_open")
    assert Renewal.objects.count() == 3


@pytest.mark.django_db
def test_what_was_replaced_is_answered_so(beto: Person):
    rows = certificates(2, beto)
    Certificate.objects.filter(pk=rows[0].pk).update(retired_at=timezone.now())
    job = ask(rows, beto)
    work(job)
    assert answers(job)[rows[0].pk] == (BulkState.REFUSED, "certificate_not_current")


@pytest.mark.django_db
def test_what_was_taken_from_the_person_meanwhile_is_refused_one_by_one(beto: Person, carla: Person):
    own, others = certificates(2, beto), certificates(2, beto, rfc="XIA190128J61")
    job = ask([*own, *others], beto)
    Company.objects.filter(pk=others[0].company_id).update(responsible=carla)
    work(job)
    assert {answers(job)[one.pk] for one in own} == {(BulkState.DONE, "")}
    assert {answers(job)[one.pk] for one in others} == {(BulkState.REFUSED, "not_permitted")}
    assert not Renewal.objects.filter(company=others[0].company).exists()


@pytest.mark.django_db
def test_what_others_have_and_what_nobody_has_are_told_apart_by_nothing(beto: Person, carla: Person):
    [own], [hidden] = certificates(1, beto), certificates(1, carla, rfc="XIA190128J61")
    for number, stranger in enumerate((hidden.pk, 404)):
        job = bulk.ask_queue_renewals(certificates=[own.pk, stranger], request_key=str(number), by=beto)
        assert list(answers(job)) == [own.pk]


@pytest.mark.django_db
def test_whoever_lost_their_function_meanwhile_queues_nothing(beto: Person):
    job = ask(certificates(2, beto), beto)
    Person.objects.filter(pk=beto.pk).update(role=Role.AUDITOR)
    work(job)
    assert set(answers(job).values()) == {(BulkState.REFUSED, "not_permitted")}
    assert not Renewal.objects.exists()


@pytest.mark.django_db
def test_an_auditor_asks_for_nothing(dalia: Person, beto: Person):
    with pytest.raises(NotPermitted):
        ask(certificates(1, beto), dalia)
    assert not BulkJob.objects.exists()


@pytest.mark.django_db
def test_a_certificate_that_does_not_exist_is_no_row(beto: Person):
    rows = certificates(1, beto)
    job = bulk.ask_queue_renewals(certificates=[rows[0].pk, rows[0].pk, 404], request_key="x", by=beto)
    assert list(answers(job)) == [rows[0].pk]


@pytest.mark.django_db
def test_working_twice_changes_nothing(beto: Person):
    job = ask(certificates(2, beto), beto)
    work(job)
    finished_at = job.finished_at
    work(job)
    assert job.finished_at == finished_at
    assert Renewal.objects.count() == 2


@pytest.mark.django_db
def test_a_job_that_another_worker_holds_is_left_alone_until_its_hold_lapses(beto: Person):
    job = ask(certificates(2, beto), beto)
    BulkJob.objects.filter(pk=job.pk).update(state=BulkState.WORKING, lease_until=timezone.now() + bulk.LEASE)
    work(job)
    assert not Renewal.objects.exists()
    work(job, later=bulk.LEASE * 2)
    assert Renewal.objects.count() == 2


@pytest.mark.django_db
def test_a_worker_that_was_given_up_on_writes_nothing_more(beto: Person, monkeypatch: pytest.MonkeyPatch):
    job = ask(certificates(2, beto), beto)

    def slowly(**given: Any) -> object:
        BulkJob.objects.filter(pk=job.pk).update(lease_until=timezone.now() + timedelta(minutes=9))
        return queue_renewals(**given)

    monkeypatch.setattr(bulk, "queue_renewals", slowly)
    with pytest.raises(AlreadyMoved):
        work(job)
    assert not Renewal.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_was_given_up_on_does_not_finish_the_job(beto: Person):
    job = ask([], beto)

    def taken_over() -> None:
        BulkJob.objects.filter(pk=job.pk).update(lease_until=timezone.now() + timedelta(minutes=9))

    with meanwhile('FROM "renewals_bulkrow"', taken_over), pytest.raises(AlreadyMoved):
        work(job)
    job.refresh_from_db()
    assert job.state == BulkState.WORKING


@pytest.mark.django_db
def test_who_asked_and_what_came_of_it_are_told(beto: Person):
    job = ask(certificates(2, beto), beto)
    work(job)
    told = {one.name: one.facts for one in audit.history_of(job)}
    assert told["bulk.asked"]["rows"] == 2
    assert told["bulk.finished"] == {"created": 2, "refused": 0}


@pytest.mark.django_db(transaction=True)
def test_killed_anywhere_every_row_is_answered_once_in_the_end(beto: Person, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bulk, "BATCH", 2)
    rows = certificates(5, beto)
    keys = iter(range(900))

    def asked() -> BulkJob:
        Renewal.objects.all().delete()
        return ask(rows, beto, key=str(next(keys)))

    def all_answered(job: BulkJob) -> None:
        work(job, later=timedelta(minutes=5))
        assert job.state == BulkState.DONE
        assert set(answers(job).values()) == {(BulkState.DONE, "")}
        assert Renewal.objects.count() == 5

    boundaries = every_boundary(
        prepare=asked, run=lambda job: bulk.work_bulk(job_id=job.pk, now=timezone.now()), check=all_answered
    )
    assert boundaries > 30


@pytest.mark.django_db(transaction=True)
def test_killed_anywhere_while_asking_there_is_one_whole_job_or_none(beto: Person):
    rows = certificates(3, beto)
    keys = iter(range(900))

    def whole_or_none(key: str) -> None:
        found = BulkJob.objects.filter(request_key=key).first()
        assert found is None or found.rows.count() == 3
        assert ask(rows, beto, key=key).rows.count() == 3

    boundaries = every_boundary(
        prepare=lambda: str(next(keys)), run=lambda key: ask(rows, beto, key=key), check=whole_or_none
    )
    assert boundaries > 5
