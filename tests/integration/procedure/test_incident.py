"""A portal that does not work: said once, it makes every renewal wait that needs it, and wakes them all."""

from datetime import timedelta

import pytest
from django.utils import timezone

from renewals.desk import pending
from renewals.errors import NotPermitted
from renewals.errors.waiting import IncidentAlreadyOpen, IncidentOver, IncidentUnexplained
from renewals.models import Incident, Portal, Renewal, RenewalStep, StepState, Wait, WaitEnd
from renewals.procedure import branching, cancelling, incidents, limits, timers, waiting
from renewals.procedure.handed import HandedIn
from tests import factories, walks

pytestmark = pytest.mark.django_db


@pytest.fixture
def sat_renewal(beto):
    return walks.laid_out("efirma", by=beto)


@pytest.fixture
def imss_renewal(beto):
    other = factories.company(rfc="CACX7605101P8", name="Xochitl Casas", responsible=beto)
    return walks.laid_out("npie", by=beto, company=other)


def open_incident(by, **changes):
    terms = {"portal": Portal.SAT, "what": "La página no carga", "by": by, "now": timezone.now()}
    return incidents.open_incident(**{**terms, **changes})


def close_incident(incident, by):
    incidents.close_incident(incident=incident, note="", by=by, now=timezone.now())


def answer(run, way, **told):
    run.refresh_from_db()
    handed = HandedIn(answers=told)
    branching.hand_in(run=run, version=run.version, way=way, handed=handed, by=run.begun_by, now=timezone.now())


def work():
    """What the default worker does of this, in its order."""
    jobs = [job for job in pending.JOBS if job.name in {"wake_for_portal", "hold_for_portal"}]
    return pending.look(queue="default", now=timezone.now(), jobs=jobs)


def test_renewals_at_that_portal_wait_and_go_on_when_it_is_back(sat_renewal, imss_renewal, beto, ana):
    incident = open_incident(beto)
    assert work().done == {"wake_for_portal": 0, "hold_for_portal": 1}
    assert (sat_renewal.row.state, sat_renewal.row.waiting_for) == (StepState.WAITING, "portal")
    assert imss_renewal.row.state == StepState.PENDING
    wait = Wait.objects.get()
    assert (wait.incident, wait.check_on, wait.cause) == (incident, None, "La página no carga")
    close_incident(incident, ana)
    assert work().done == {"wake_for_portal": 1, "hold_for_portal": 0}
    wait.refresh_from_db()
    assert (sat_renewal.row.state, wait.how_ended) == (StepState.PENDING, WaitEnd.PORTAL_BACK)


def test_a_second_look_does_nothing_more(sat_renewal, beto):
    open_incident(beto)
    work()
    assert work().done == {"wake_for_portal": 0, "hold_for_portal": 0}
    assert Wait.objects.count() == 1


def test_a_renewal_that_reaches_such_a_step_later_waits_too(beto):
    open_incident(beto)
    work()
    late = walks.laid_out("efirma", by=beto)
    work()
    assert late.row.waiting_for == "portal"


def test_an_incident_that_is_closed_before_the_worker_comes_holds_nobody(sat_renewal, beto):
    incident = open_incident(beto)
    close_incident(incident, beto)
    assert work().done == {"wake_for_portal": 0, "hold_for_portal": 0}
    assert sat_renewal.row.state == StepState.PENDING


def test_what_was_held_while_the_incident_was_being_closed_is_woken_all_the_same(sat_renewal, beto):
    incident = open_incident(beto)
    close_incident(incident, beto)
    # A worker had read the incident as open, and writes the wait only now.
    waiting.hold_for_incident(renewal=sat_renewal.renewal, incident=incident, by=incidents.PORTALS, now=timezone.now())
    work()
    assert sat_renewal.row.state == StepState.PENDING


def test_whoever_goes_on_all_the_same_is_not_stopped_again(sat_renewal, beto):
    open_incident(beto)
    work()
    waiting.end_wait(renewal=sat_renewal.renewal, by=beto, now=timezone.now())
    work()
    assert sat_renewal.row.state == StepState.PENDING


def test_what_waits_for_the_client_goes_on_waiting_for_the_client(sat_renewal, beto):
    now = timezone.now()
    waiting.begin_wait(
        renewal=sat_renewal.renewal,
        kind="client",
        cause="El cliente busca su llave",
        check_on=limits.days_later(timezone.localdate(now), 2),
        by=beto,
        now=now,
    )
    incident = open_incident(beto)
    work()
    close_incident(incident, beto)
    work()
    assert sat_renewal.row.waiting_for == "client"


def test_what_a_worker_checks_is_held_when_it_is_done(sat_renewal, beto):
    RenewalStep.objects.filter(pk=sat_renewal.row.pk).update(state=StepState.WORKING)
    open_incident(beto)
    assert work().done["hold_for_portal"] == 0
    RenewalStep.objects.filter(pk=sat_renewal.row.pk).update(state=StepState.FAILED)
    work()
    assert sat_renewal.row.waiting_for == "portal"


@pytest.mark.parametrize("comes_first", [True, False])
def test_whoever_reported_it_and_finds_it_still_down_is_woken_with_the_others(sat_renewal, beto, comes_first):
    run = branching.begin(
        renewal=sat_renewal.renewal, step_key="obtain", key="portal_down", by=beto, now=timezone.now()
    )
    answer(run, "down", what="La página no carga")
    if comes_first:
        work()
    answer(run, "still")
    work()
    assert (sat_renewal.row.waiting_for, Wait.objects.get().check_on) == ("portal", None)
    close_incident(Incident.objects.get(), beto)
    work()
    assert sat_renewal.row.state == StepState.PENDING


def test_whoever_went_on_all_the_same_and_finds_it_down_waits_until_a_day(sat_renewal, beto):
    run = branching.begin(
        renewal=sat_renewal.renewal, step_key="obtain", key="portal_down", by=beto, now=timezone.now()
    )
    answer(run, "down", what="La página no carga")
    work()
    waiting.end_wait(renewal=sat_renewal.renewal, by=beto, now=timezone.now())
    answer(run, "still")
    assert Wait.objects.open().get().check_on is not None


def test_a_cancelled_renewal_is_not_woken(sat_renewal, beto):
    incident = open_incident(beto)
    work()
    cancelling.cancel(renewal=sat_renewal.renewal, reason="El cliente ya no quiere", by=beto, now=timezone.now())
    close_incident(incident, beto)
    assert work().done["wake_for_portal"] == 0


def test_a_portal_is_reported_once_and_is_back_once(beto, ana):
    incident = open_incident(beto)
    with pytest.raises(IncidentAlreadyOpen):
        open_incident(ana)
    close_incident(incident, ana)
    with pytest.raises(IncidentOver):
        close_incident(incident, beto)
    assert open_incident(ana).pk != incident.pk


def test_an_incident_says_what_people_see(beto):
    with pytest.raises(IncidentUnexplained):
        open_incident(beto, what=" no ")
    assert not Incident.objects.exists()


def test_whoever_only_looks_reports_nothing(dalia):
    with pytest.raises(NotPermitted):
        open_incident(dalia)


def test_the_clock_does_not_move_a_screen_on_whose_portal_is_down(imss_renewal, beto):
    later = timezone.now() + timedelta(minutes=10)
    here = RenewalStep.objects.filter(renewal=imss_renewal.renewal, key="mail_that_never_comes")
    here.update(state=StepState.WAITING, waiting_for="timer", check_at=later, started_at=timezone.now())
    Renewal.objects.filter(pk=imss_renewal.renewal.pk).update(current_step="mail_that_never_comes")
    open_incident(beto, portal=Portal.IDSE)
    work()
    assert (imss_renewal.row.waiting_for, imss_renewal.row.check_at) == ("portal", None)
    assert not timers.timers_passed(later + timedelta(hours=1), 10)
