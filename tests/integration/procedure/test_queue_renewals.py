"""Does each certificate get at most one open renewal, and is it told which had one?"""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from renewals import audit
from renewals.models import Certificate, Person, Renewal, RenewalState
from renewals.procedure import queueing
from renewals.procedure.queueing import queue_renewals
from tests import factories
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db


def certificates(number: int, person: Person) -> list[Certificate]:
    home = factories.company(responsible=person)
    pair = make_pair("csd")
    return [
        factories.certificate(home, pair, sha256=f"{one:064x}", scope=f"Sucursal {one}", is_primary=False)
        for one in range(number)
    ]


def test_every_certificate_gets_a_queued_renewal_of_its_own(beto: Person):
    asked = certificates(3, beto)
    outcome = queue_renewals(certificates=asked, by=beto, now=timezone.now())
    assert outcome.created == tuple(one.pk for one in asked)
    assert set(Renewal.objects.values_list("state", "open", "plan", "assignee")) == {
        (RenewalState.QUEUED, True, "general", beto.pk)
    }


def test_an_imss_certificate_is_queued_along_the_portal_plan(beto: Person):
    certificate = factories.certificate(factories.company(), make_pair("npie"))
    queue_renewals(certificates=[certificate], by=beto, now=timezone.now())
    assert Renewal.objects.get().plan == "npie"


def test_a_second_request_creates_nothing_and_says_so(beto: Person):
    asked = certificates(2, beto)
    queue_renewals(certificates=asked, by=beto, now=timezone.now())
    outcome = queue_renewals(certificates=asked, by=beto, now=timezone.now())
    assert outcome.created == ()
    assert outcome.already_open == tuple(one.pk for one in asked)
    assert Renewal.objects.count() == 2


def test_a_certificate_that_was_replaced_is_not_queued(beto: Person):
    [certificate] = certificates(1, beto)
    certificate.retired_at = timezone.now()
    certificate.save(update_fields=["retired_at"])
    outcome = queue_renewals(certificates=[certificate], by=beto, now=timezone.now())
    assert outcome.not_current == (certificate.pk,)
    assert not Renewal.objects.exists()


def test_a_certificate_that_was_replaced_since_it_was_read_is_not_queued(beto: Person):
    asked = certificates(3, beto)
    Certificate.objects.filter(pk=asked[1].pk).update(retired_at=timezone.now())
    outcome = queue_renewals(certificates=asked, by=beto, now=timezone.now())
    assert outcome.created == (asked[0].pk, asked[2].pk)
    assert outcome.not_current == (asked[1].pk,)
    assert not Renewal.objects.filter(certificate=asked[1]).exists()


def test_somebody_who_was_faster_with_one_does_not_stop_the_others(beto: Person, monkeypatch: pytest.MonkeyPatch):
    asked = certificates(3, beto)

    def nothing_open_yet(self: object) -> object:
        return Renewal.objects.none()

    queue_renewals(certificates=asked[1:2], by=beto, now=timezone.now())
    monkeypatch.setattr(type(Renewal.objects.all()), "under_way", nothing_open_yet)
    outcome = queue_renewals(certificates=asked, by=beto, now=timezone.now())
    assert outcome.created == (asked[0].pk, asked[2].pk)
    assert outcome.already_open == (asked[1].pk,)
    assert Renewal.objects.count() == 3


def test_every_renewal_is_told_in_the_history_of_its_company(beto: Person):
    asked = certificates(2, beto)
    queue_renewals(certificates=asked, by=beto, now=timezone.now())
    told = audit.history_of_company(asked[0].company).filter(name="renewal.queued")
    assert sorted(one.facts["certificate"] for one in told) == [one.pk for one in asked]


def test_a_thousand_take_as_many_queries_for_each_batch_as_a_hundred(beto: Person, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(queueing, "BATCH", 40)
    asked = certificates(80, beto)
    with CaptureQueriesContext(
        connection,
    ) as few:
        queue_renewals(certificates=asked[:40], by=beto, now=timezone.now())
    Renewal.objects.all().delete()
    with CaptureQueriesContext(connection) as many:
        queue_renewals(certificates=asked, by=beto, now=timezone.now())
    assert len(many) <= 2 * len(few)
