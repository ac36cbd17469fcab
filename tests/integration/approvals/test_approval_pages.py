"""Does the second person see exactly what they allow, and do the buttons do what they say?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils import timezone

from renewals.approvals.asking import ask
from renewals.approvals.deciding import approve
from renewals.desk.requests import request_of
from renewals.models import Approval, ApprovalKind, ApprovalState, Person
from renewals.web.identity import SESSION_KEY
from renewals.wording.approvals import COLOURS, REQUESTS
from tests.factories import certificate, company, person
from tests.pairs import make_pair

if TYPE_CHECKING:
    from django.test import Client

    from renewals.models import Company

pytestmark = pytest.mark.django_db


@pytest.fixture
def eva(db: None) -> Person:
    """A second partner."""
    return person("eva", role="socio", first_name="Eva", last_name="Lara")


@pytest.fixture
def client_company(beto: Person) -> Company:
    return company(responsible=beto)


@pytest.fixture
def asked(ana: Person, client_company: Company) -> Approval:
    now = timezone.now()
    return ask(
        kind=ApprovalKind.ERASE_COMPANY,
        company=client_company,
        facts={"rfc": client_company.rfc, "un_dato_nuevo": "algo"},
        reason="El cliente se fue",
        by=ana,
        confirmed_at=now,
        now=now,
    )


def signed_in(client: Client, somebody: Person, *, confirmed: bool = True) -> Client:
    client.force_login(somebody)
    if confirmed:
        session = client.session
        session[SESSION_KEY] = timezone.now().isoformat()
        session.save()
    return client


def page(client: Client, approval: Approval) -> str:
    return client.get(reverse("approval", args=[approval.pk])).content.decode()


def test_every_kind_and_state_has_words():
    assert set(REQUESTS) == set(ApprovalKind.values)
    assert set(COLOURS) == set(ApprovalState.values)


def test_the_second_person_reads_what_would_be_allowed_who_asks_why_and_until_when(client, eva, asked):
    shown = page(signed_in(client, eva), asked)
    until = timezone.localtime(asked.expires_at)
    for told in (
        "Borrar para siempre las llaves de Escuela Kemper Urgate",
        "EKU9003173C9",
        "ana",
        "«El cliente se fue»",
        f"{until:%H:%M}",
        "tampoco el despacho",
        "cualquiera de ustedes lo puede detener",
        "Aprobar el borrado de las llaves",
        "Rechazar y conservar las llaves",
    ):
        assert told in shown


def test_no_fact_of_a_request_is_left_out(asked):
    details = {one.name: list(one.values) for one in request_of(asked).details}
    assert details == {"RFC": ["EKU9003173C9"], "un_dato_nuevo": ["algo"]}


def test_certificates_are_named_and_not_numbered(beto, client_company):
    row = certificate(client_company, make_pair())
    approval = Approval(
        kind=ApprovalKind.BULK_CHECKOUT, asked_by=beto, facts={"certificates": [row.pk, 987654]}, reason="Migrar"
    )
    (detail,) = request_of(approval).details
    assert list(detail.values) == [f"{client_company} · {row}", "987654"]


def test_the_button_of_the_second_person_approves(client, eva, asked):
    signed_in(client, eva).post(reverse("approval_approve", args=[asked.pk]))
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by) == (ApprovalState.APPROVED, eva)


def test_who_has_not_typed_the_password_lately_is_asked_for_it_and_nothing_is_approved(client, eva, asked):
    address = reverse("approval_approve", args=[asked.pk])
    response = signed_in(client, eva, confirmed=False).post(address)
    assert response.headers["Location"].startswith(reverse("confirm_identity"))
    asked.refresh_from_db()
    assert asked.state == ApprovalState.ASKED


def test_the_other_button_refuses(client, eva, asked):
    signed_in(client, eva).post(reverse("approval_refuse", args=[asked.pk]))
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by) == (ApprovalState.REFUSED, eva)


def test_who_asked_sees_who_else_can_decide_and_no_button_to_do_it_alone(client, ana, eva, asked):
    shown = page(signed_in(client, ana), asked)
    assert "Puede hacerlo: Eva Lara." in shown
    assert "Aprobar el borrado" not in shown
    told = client.post(reverse("approval_approve", args=[asked.pk]), follow=True).content.decode()
    assert "la tiene que aprobar otra persona" in told
    asked.refresh_from_db()
    assert asked.state == ApprovalState.ASKED


def test_where_nobody_else_can_decide_the_page_says_so(client, ana, asked):
    assert "Nadie más puede decidirla" in page(signed_in(client, ana), asked)


def test_who_asked_takes_it_back(client, ana, asked):
    signed_in(client, ana).post(reverse("approval_withdraw", args=[asked.pk]))
    asked.refresh_from_db()
    assert asked.state == ApprovalState.WITHDRAWN


def test_staff_read_a_request_about_their_company_and_decide_nothing(client, beto, asked):
    shown = page(signed_in(client, beto), asked)
    assert "La puede decidir" in shown or "Nadie más puede decidirla" in shown
    assert "Aprobar el borrado" not in shown
    assert client.post(reverse("approval_approve", args=[asked.pk])).status_code == 403


def test_strangers_to_the_company_see_no_request_about_it(client, carla, asked):
    assert signed_in(client, carla).get(reverse("approval", args=[asked.pk])).status_code == 404


def test_a_request_past_its_time_says_so_and_offers_nothing(client, eva, asked):
    Approval.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    shown = page(signed_in(client, eva), asked)
    assert "Venció sin respuesta" in shown
    assert "Aprobar el borrado" not in shown


def test_the_first_page_and_the_menu_count_what_waits_for_ones_own_word(client, ana, eva, beto, asked):
    dashboard = reverse("admin:index")
    waiting = "Una solicitud espera tu respuesta."
    assert waiting in signed_in(client, eva).get(dashboard).content.decode()
    assert '<span class="desk-badge">1</span>' in client.get(dashboard).content.decode()
    for somebody in (ana, beto):
        shown = signed_in(client, somebody).get(dashboard).content.decode()
        assert waiting not in shown
        assert "desk-badge" not in shown


def test_what_was_approved_can_be_stopped_by_any_partner_and_by_nobody_else(client, ana, beto, eva, asked):
    now = timezone.now()
    approve(approval=asked, by=eva, confirmed_at=now, now=now)
    address = reverse("approval_withdraw", args=[asked.pk])
    assert client.post(address).status_code == 302
    for somebody, sees in ((beto, False), (ana, True), (eva, True)):
        assert ("Todavía se puede detener" in page(signed_in(client, somebody), asked)) is sees
    assert signed_in(client, beto).post(address).status_code == 403
    asked.refresh_from_db()
    assert asked.state == ApprovalState.APPROVED
    told = signed_in(client, eva).post(address, follow=True).content.decode()
    assert "Quedó detenida: no se hace." in told
    assert "Todavía se puede detener" not in told
    asked.refresh_from_db()
    assert asked.state == ApprovalState.STOPPED
