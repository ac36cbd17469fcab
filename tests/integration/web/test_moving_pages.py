"""The pages on which a renewal waits, changes hands, goes back or goes on, and the portals."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from renewals.desk import pending
from renewals.models import Incident, RenewalState, RenewalStep, StepState, Wait
from renewals.procedure import cancelling, handing_over, incidents, limits, waiting
from tests import walks

pytestmark = pytest.mark.django_db


@pytest.fixture
def walk(beto):
    made = walks.laid_out(by=beto)
    made.hand_in(obtained="yes")
    return made


@pytest.fixture
def browser(client, beto):
    client.force_login(beto)
    return client


def post(browser, name, row, **told):
    return browser.post(reverse(name, args=[row]), told, follow=True)


def page(browser, walk):
    return browser.get(reverse("renewal", args=[walk.renewal.pk])).content.decode()


def test_a_renewal_is_put_on_hold_and_says_so_on_its_page(browser, walk):
    told = post(browser, "renewal_wait", walk.renewal.pk, kind="client", cause="Busca su contraseña", check_on="")
    assert "En espera · El cliente" in told.content.decode()
    assert "Busca su contraseña" in told.content.decode()
    usual = limits.suggested_check("client", today=timezone.localdate())
    assert Wait.objects.get().check_on == usual


def test_an_appointment_says_its_day_and_what_was_typed_stays(browser, walk):
    told = post(browser, "renewal_wait", walk.renewal.pk, kind="appointment", cause="Cita en la subdelegación")
    assert told.status_code == 400
    assert "¿Qué día es la cita?" in told.content.decode()
    assert "Cita en la subdelegación" in told.content.decode()


def test_a_closed_day_is_refused_at_its_field(browser, walk):
    today = timezone.localdate()
    sunday = today + timedelta(days=6 - today.weekday())
    told = post(browser, "renewal_wait", walk.renewal.pk, kind="client", cause="Busca su llave", check_on=sunday)
    assert "el despacho no trabaja" in told.content.decode()


def test_a_second_click_is_told_that_it_waits_already(browser, walk):
    for _ in range(2):
        told = post(browser, "renewal_wait", walk.renewal.pk, kind="client", cause="Busca su llave")
    assert "ya está en espera" in told.content.decode()
    assert Wait.objects.count() == 1


def test_a_wait_is_put_off_and_ended(browser, walk):
    post(browser, "renewal_wait", walk.renewal.pk, kind="client", cause="Busca su llave")
    offered = browser.get(reverse("renewal_options", args=[walk.renewal.pk])).content.decode()
    assert "Busca su llave" in offered
    assert "Seguir esperando" in offered
    later = limits.days_later(timezone.localdate(), 4)
    post(browser, "renewal_wait_postpone", walk.renewal.pk, check_on=later.isoformat())
    assert Wait.objects.get().check_on == later
    told = post(browser, "renewal_wait_end", walk.renewal.pk)
    assert "el paso puede seguir" in told.content.decode()
    assert walk.row.state == StepState.PENDING


def test_a_wait_whose_day_has_come_asks_for_attention(browser, walk, beto):
    today = timezone.localdate()
    day = limits.next_open(today)
    waiting.begin_wait(
        renewal=walk.renewal, kind="client", cause="Busca su llave", check_on=day, by=beto, now=timezone.now()
    )
    Wait.objects.update(check_on=today)
    assert "Toca revisarlo hoy." in page(browser, walk)
    found = browser.get(reverse("admin:renewals_renewal_changelist"), {"avance": "por-revisar"}).content.decode()
    assert "El cliente · revisar" in found
    assert "Por revisar hoy" in browser.get(reverse("admin:index")).content.decode()


def test_a_late_step_says_how_late_it_is_until_it_waits(browser, walk, beto):
    RenewalStep.objects.filter(pk=walk.row.pk).update(
        started_at=timezone.now() - timedelta(days=20), due_on=timezone.localdate() - timedelta(days=15)
    )
    assert "debía quedar el" in page(browser, walk)
    late = {"avance": "atorada"}
    assert "Atorada desde" in browser.get(reverse("admin:renewals_renewal_changelist"), late).content.decode()
    post(browser, "renewal_wait", walk.renewal.pk, kind="client", cause="Busca su llave")
    assert "debía quedar el" not in page(browser, walk)
    assert "Atorada desde" not in browser.get(reverse("admin:renewals_renewal_changelist"), late).content.decode()


def test_a_renewal_is_handed_over_with_a_note_that_the_next_person_reads(browser, client, walk, ana):
    told = post(
        browser,
        "renewal_hand_over",
        walk.renewal.pk,
        to=ana.pk,
        note="Falta la llave",
        in_hands_of=walk.by.pk,
    )
    assert "Ahora está a cargo de" in told.content.decode()
    assert "Falta la llave" not in page(browser, walk)
    client.force_login(ana)
    assert "Falta la llave" in page(client, walk)


def test_whoever_hands_over_what_somebody_took_meanwhile_is_told_who_has_it(browser, walk, ana):
    handing_over.take_over(renewal=walk.renewal, in_hands_of=walk.by.pk, by=ana, now=timezone.now())
    told = post(browser, "renewal_take_over", walk.renewal.pk, in_hands_of=walk.second.pk + 1000)
    assert "Ahora está a cargo de: ana" in told.content.decode()


@pytest.mark.parametrize("number", ["9" * 30, "-1", "nadie"])
def test_a_form_that_names_nobody_moves_nothing(browser, walk, ana, number):
    taken = post(browser, "renewal_take_over", walk.renewal.pk, in_hands_of=number)
    given = post(browser, "renewal_hand_over", walk.renewal.pk, to=ana.pk, in_hands_of=number)
    assert (taken.status_code, given.status_code) == (200, 400)
    walk.renewal.refresh_from_db()
    assert walk.renewal.assignee == walk.by


def test_a_step_back_asks_why_and_shows_what_was_done_as_struck_out(browser, walk):
    seen = {"from_key": "take_in", "version": walk.row.version, "to_key": "obtain"}
    told = post(browser, "renewal_send_back", walk.renewal.pk, reason="", **seen)
    assert told.status_code == 400
    told = post(browser, "renewal_send_back", walk.renewal.pk, reason="Era el certificado de otra", **seen)
    assert "La renovación regresó a" in told.content.decode()
    assert walk.row.key == "obtain"
    assert "<del" in page(browser, walk)


def test_the_second_of_two_steps_back_is_told_who_was_faster(browser, client, walk, ana):
    seen = {"from_key": "take_in", "version": walk.row.version, "to_key": "obtain"}
    client.force_login(ana)
    post(client, "renewal_send_back", walk.renewal.pk, reason="Era el certificado de otra", **seen)
    client.force_login(walk.by)
    told = post(client, "renewal_send_back", walk.renewal.pk, reason="Me equivoqué de archivo", **seen)
    assert "ana" in told.content.decode()


def test_a_cancelled_renewal_is_reopened(browser, walk):
    cancelling.cancel(renewal=walk.renewal, reason="El cliente ya no quiere", by=walk.by, now=timezone.now())
    assert "Reabrir la renovación" in page(browser, walk)
    told = post(browser, "renewal_reopen", walk.renewal.pk, reason="El cliente volvió")
    assert "sigue donde se quedó" in told.content.decode()
    walk.renewal.refresh_from_db()
    assert walk.renewal.state == RenewalState.OPEN


def test_a_portal_is_reported_once_said_on_every_page_that_needs_it_and_closed(browser, walk, beto):
    told = post(browser, "portal_report", "sat", what="No carga la página")
    assert "quedan en espera" in told.content.decode()
    assert "Portal del SAT no funciona" in browser.get(reverse("admin:index")).content.decode()
    # Another one at the portal's own step, which the worker holds.
    other = walks.laid_out("csd", by=beto, company=walk.renewal.company)
    assert "Portal del SAT no funciona" in page(browser, other)
    pending.look(queue="default", jobs=[one for one in pending.JOBS if one.name == "hold_for_portal"])
    assert "En espera: Portal del SAT no funciona" in page(browser, other)
    assert "1 renovación tuya espera" in browser.get(reverse("portals")).content.decode()
    again = post(browser, "portal_report", "sat", what="No carga la página")
    assert "Alguien ya reportó" in again.content.decode()
    told = post(browser, "incident_close", Incident.objects.get().pk, note="Volvió")
    assert "Las renovaciones que lo esperaban siguen" in told.content.decode()
    assert not incidents.open_incidents()
