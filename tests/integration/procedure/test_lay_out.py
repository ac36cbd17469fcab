"""Does a queued renewal begin with its steps, once?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from renewals.models import Person, Renewal, RenewalState, RenewalStep, StepState
from renewals.procedure import cancelling, layout
from renewals.procedure.queueing import queue_renewals
from renewals.procedure.steps import plan_for
from tests import factories
from tests.killing import every_boundary
from tests.meanwhile import meanwhile
from tests.pairs import make_pair


def queued(person: Person) -> Renewal:
    now = timezone.now()
    home = factories.company(rfc=f"EKU{Renewal.objects.count():03d}0101AA1")
    pair = make_pair("npie", not_before=now - timedelta(days=700), not_after=now - timedelta(days=3))
    certificate = factories.certificate(home, pair, sha256=f"{home.pk:064x}")
    queue_renewals(certificates=[certificate], by=person, now=now)
    return Renewal.objects.get(certificate=certificate)


@pytest.mark.django_db
def test_the_steps_of_the_plan_are_laid_out_in_order_and_the_first_is_current(beto: Person):
    renewal = queued(beto)
    layout.lay_out(renewal_id=renewal.pk, now=timezone.now())
    renewal.refresh_from_db()
    keys = list(RenewalStep.objects.filter(renewal=renewal).order_by("position").values_list("key", flat=True))
    assert tuple(keys) == plan_for("npie").step_keys()
    assert (renewal.state, renewal.current_step) == (RenewalState.OPEN, "enter_idse")
    assert set(renewal.steps.values_list("state", flat=True)) == {StepState.PENDING}


@pytest.mark.django_db
def test_laying_out_twice_changes_nothing(beto: Person):
    renewal = queued(beto)
    for _ in range(2):
        layout.lay_out(renewal_id=renewal.pk, now=timezone.now())
    assert renewal.steps.count() == 14


@pytest.mark.django_db
def test_a_renewal_that_vanished_is_no_fault(beto: Person):
    layout.lay_out(renewal_id=404, now=timezone.now())
    assert not RenewalStep.objects.exists()


@pytest.mark.django_db
def test_a_cancelled_renewal_is_not_laid_out(beto: Person):
    renewal = queued(beto)
    Renewal.objects.filter(pk=renewal.pk).update(state=RenewalState.CANCELLED, open=None)
    layout.lay_out(renewal_id=renewal.pk, now=timezone.now())
    assert not renewal.steps.exists()


@pytest.mark.django_db(transaction=True)
def test_a_cancellation_at_this_moment_wins(beto: Person):
    renewal = queued(beto)

    def cancel() -> None:
        cancelling.cancel(renewal=renewal, reason="La empresa cerró", by=beto, now=timezone.now())

    with meanwhile('FROM "renewals_renewal"', cancel):
        layout.lay_out(renewal_id=renewal.pk, now=timezone.now())
    renewal.refresh_from_db()
    assert (renewal.state, renewal.steps.count()) == (RenewalState.CANCELLED, 0)


@pytest.mark.django_db
def test_a_renewal_covers_the_registros_patronales_of_its_certificate(beto: Person):
    renewal = queued(beto)
    registro = renewal.company.registros_patronales.create(number="Y5400001102", number_10="Y540000110")
    renewal.certificate.registros_patronales.add(registro)
    layout.lay_out(renewal_id=renewal.pk, now=timezone.now())
    assert list(renewal.registros_patronales.all()) == [registro]


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_anywhere_leaves_it_queued_or_laid_out_once(beto: Person):
    def check(renewal: Renewal) -> None:
        renewal.refresh_from_db()
        laid_out = renewal.state == RenewalState.OPEN
        assert renewal.steps.count() == (14 if laid_out else 0)
        layout.lay_out(renewal_id=renewal.pk, now=timezone.now())
        renewal.refresh_from_db()
        assert (renewal.state, renewal.steps.count()) == (RenewalState.OPEN, 14)

    boundaries = every_boundary(
        prepare=lambda: queued(beto),
        run=lambda renewal: layout.lay_out(renewal_id=renewal.pk, now=timezone.now()),
        check=check,
    )
    assert boundaries >= 5
