"""The pages: asked for by those who may, prepared by the vault worker, downloaded once in the asking browser."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from renewals.custody.asking import WAITS
from renewals.custody.authorising import USUAL_MINUTES
from renewals.custody.lapsing import lapse
from renewals.custody.preparing import prepare
from renewals.models import Certificate, Checkout, CheckoutState, Mandate, Person, Renewal
from renewals.web import checkout as pages
from renewals.web.identity import remember_confirmation

pytestmark = pytest.mark.django_db(transaction=True)


def browser(person: Person | None, *, confirmed: bool = True) -> Client:
    """A browser of its own, signed in."""
    client = Client()
    if person is None:
        return client
    client.force_login(person)
    session = client.session
    session.pop("confirmed_at", None)
    if confirmed:
        session["confirmed_at"] = timezone.now().isoformat()
    session.save()
    return client


def ask_address(certificate: Certificate) -> str:
    return f"{reverse('checkout_ask')}?certificado={certificate.pk}"


def asked(client: Client, certificate: Certificate) -> Checkout:
    answer = client.post(ask_address(certificate), {"reason": "Entrar a IDSE"})
    assert answer.status_code == 302, answer.content
    return Checkout.objects.latest("asked_at")


def prepared(client: Client, certificate: Certificate) -> Checkout:
    checkout = asked(client, certificate)
    prepare(checkout_id=checkout.pk, now=timezone.now())
    return checkout


def page(client: Client, checkout: Checkout) -> str:
    return client.get(reverse("checkout", args=[checkout.pk])).content.decode()


def post(client: Client, name: str, checkout: Checkout):
    return client.post(reverse(name, args=[checkout.pk]))


# --- asking -------------------------------------------------------------------------------------------------------


def test_the_page_says_what_is_handed_out(certificate, beto):
    text = browser(beto).get(ask_address(certificate)).content.decode()
    assert "Certificado, llave y contraseña" in text
    assert certificate.company.name in text


def test_on_the_way_through_the_guide_the_step_is_the_reason(certificate, beto):
    renewal = Renewal.objects.create(
        company=certificate.company, certificate=certificate, plan="npie", edition=1, state="open"
    )
    client = browser(beto)
    address = f"{reverse('checkout_ask')}?renovacion={renewal.pk}&paso=enter_idse"
    text = client.get(address).content.decode()
    assert f"Renovación {renewal.pk}, paso «" in text
    assert client.post(address, {"reason": "Entrar a IDSE"}).status_code == 302
    checkout = Checkout.objects.get()
    assert (checkout.renewal, checkout.step_key, checkout.certificate) == (renewal, "enter_idse", certificate)
    text = page(client, checkout)
    assert f"/renovaciones/{renewal.pk}/pasos/enter_idse/" in text


@pytest.mark.parametrize(("who", "status"), [("ana", 200), ("beto", 200), ("carla", 404), ("dalia", 403), (None, 302)])
def test_only_those_who_work_for_the_company_may_ask(certificate, request, who, status):
    person = request.getfixturevalue(who) if who else None
    assert browser(person).get(ask_address(certificate)).status_code == status
    answer = browser(person).post(ask_address(certificate), {"reason": "Entrar a IDSE"})
    assert answer.status_code == (302 if status == 200 else status)
    assert Checkout.objects.count() == (1 if status == 200 else 0)


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_old_confirmation_leads_to_the_password_and_asks_nothing(certificate, beto, method):
    client = browser(beto, confirmed=False)
    answer = getattr(client, method)(ask_address(certificate), {"reason": "Entrar a IDSE"} if method == "post" else {})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("confirm_identity"))
    assert not Checkout.objects.exists()


def test_a_missing_reason_is_said_at_the_field(certificate, beto):
    answer = browser(beto).post(ask_address(certificate), {"reason": "  "})
    assert answer.status_code == 200
    assert not Checkout.objects.exists()


def test_a_refusal_is_said_on_the_page(certificate, beto, settings):
    settings.INTAKE_PUBLIC_KEY = ""
    text = browser(beto).post(ask_address(certificate), {"reason": "Entrar a IDSE"}).content.decode()
    assert "todavía no puede recibir llaves" in text


@pytest.mark.parametrize(
    "query",
    [
        "",
        "certificado=",
        "certificado=x",
        "certificado=-1",
        "certificado=9" + "9" * 30,
        "renovacion=1",
        "certificado=²",
    ],
)
def test_an_address_of_nothing_is_not_found(certificate, beto, query):
    assert browser(beto).get(f"{reverse('checkout_ask')}?{query}").status_code == 404


def test_the_cookie_is_for_this_checkout_and_this_browser_only(certificate, beto, settings):
    settings.PLAIN_HTTP = False
    client = browser(beto)
    checkout = asked(client, certificate)
    cookie = client.cookies[pages.COOKIE]
    assert cookie["path"] == reverse("checkout", args=[checkout.pk])
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Strict")
    assert cookie["max-age"] == (WAITS + timedelta(minutes=USUAL_MINUTES)).total_seconds()


# --- waiting, downloading, seeing ---------------------------------------------------------------------------------


def test_the_page_waits_and_then_goes_on_by_itself(certificate, beto):
    client = browser(beto)
    checkout = asked(client, certificate)
    state = reverse("checkout_state", args=[checkout.pk])
    assert f'data-live="{state}?fase=asked"' in page(client, checkout)
    assert "X-Live" not in client.get(f"{state}?fase=asked").headers
    prepare(checkout_id=checkout.pk, now=timezone.now())
    assert client.get(f"{state}?fase=asked").headers["X-Live"] == "done"
    assert "Descargar archivos" in page(client, checkout)
    assert "X-Live" not in client.get(f"{state}?fase=ready").headers


def test_where_the_vault_worker_is_down_the_page_says_so_and_the_request_waits(certificate, beto):
    client = browser(beto)
    checkout = asked(client, certificate)
    assert "Tarda unos segundos" in page(client, checkout)
    Checkout.objects.update(asked_at=timezone.now() - timedelta(seconds=pages.PATIENCE + 1))
    text = page(client, checkout)
    assert "La bóveda no responde" in text
    assert "Tu solicitud no se pierde" in text
    state = client.get(f"{reverse('checkout_state', args=[checkout.pk])}?fase=asked")
    assert "La bóveda no responde" in state.content.decode()
    # Back again, the vault worker finds the request where it was.
    prepare(checkout_id=checkout.pk, now=timezone.now())
    assert "Descargar archivos" in page(client, checkout)


def test_a_request_that_the_vault_worker_never_came_to_says_that_nothing_was_opened(certificate, beto):
    client = browser(beto)
    checkout = asked(client, certificate)
    Checkout.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "no se abrió ninguna llave" in page(client, checkout)


def test_minutes_and_form_are_chosen_and_a_step_has_no_choice_of_form(certificate, beto):
    client = browser(beto)
    text = client.get(ask_address(certificate)).content.decode()
    assert "30 minutos" in text
    assert "Un archivo .pfx para Windows" in text
    chosen = {"reason": "Entrar a IDSE", "minutes": "30", "form": "pfx_windows"}
    assert client.post(ask_address(certificate), chosen).status_code == 302
    checkout = Checkout.objects.get()
    assert (checkout.minutes, checkout.form) == (30, "pfx_windows")
    odd = {"reason": "Entrar a IDSE", "minutes": "600", "form": "exe"}
    assert client.post(ask_address(certificate), odd).status_code == 200
    assert Checkout.objects.count() == 1


def test_a_lost_mandate_is_said_with_the_way_to_mend_it(certificate, beto):
    client = browser(beto)
    checkout = asked(client, certificate)
    Mandate.objects.update(revoked_at=timezone.now())
    prepare(checkout_id=checkout.pk, now=timezone.now())
    text = page(client, checkout)
    assert "Falta un mandato vigente" in text
    assert f"{reverse('company', args=[certificate.company_id])}#mandatos" in text


def test_the_files_are_downloaded_and_then_the_page_says_so(certificate, beto, pair):
    client = browser(beto)
    checkout = prepared(client, certificate)
    answer = post(client, "checkout_download", checkout)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="EKU9003173C9_npie_')
    assert "no-store" in answer.headers["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert pair.certificate in [archive.read(name) for name in archive.namelist()]
    text = page(client, checkout)
    assert "Descargados" in text
    assert "borra los archivos de esta computadora" in text
    assert "Descargar archivos" not in text


def test_the_passphrase_is_shown_once_and_hides_itself(certificate, beto, pair):
    client = browser(beto)
    checkout = prepared(client, certificate)
    answer = post(client, "checkout_passphrase", checkout)
    assert pair.passphrase in answer.content.decode()
    assert answer.headers["Refresh"] == f"60; url={reverse('checkout', args=[checkout.pk])}"
    assert "no-store" in answer.headers["Cache-Control"]
    assert pair.passphrase not in page(client, checkout)
    assert "Mostrada" in page(client, checkout)
    again = post(client, "checkout_passphrase", checkout)
    assert again.status_code == 409
    assert "ya se mostró" in again.content.decode()
    assert pair.passphrase not in again.content.decode()


def test_a_second_download_is_refused_in_words(certificate, beto):
    client = browser(beto)
    checkout = prepared(client, certificate)
    post(client, "checkout_download", checkout)
    again = post(client, "checkout_download", checkout)
    assert again.status_code == 409
    assert "ya se descargaron" in again.content.decode()


@pytest.mark.parametrize("name", ["checkout_download", "checkout_passphrase"])
def test_a_mail_scanner_or_a_preview_consumes_nothing(certificate, beto, name):
    client = browser(beto)
    checkout = prepared(client, certificate)
    assert client.get(reverse(name, args=[checkout.pk])).status_code == 405
    assert Checkout.objects.get().state == CheckoutState.READY


@pytest.mark.parametrize("name", ["checkout_download", "checkout_passphrase"])
def test_the_same_person_in_another_browser_is_told_where_it_is(certificate, beto, pair, name):
    first = browser(beto)
    checkout = prepared(first, certificate)
    for cookie in (None, "no base64 at all", "QUJD"):
        second = browser(beto)
        if cookie:
            second.cookies[pages.COOKIE] = cookie
        answer = post(second, name, checkout)
        assert answer.status_code == 409
        assert "navegador que los pidió" in answer.content.decode()
    assert post(first, name, checkout).status_code == 200


@pytest.mark.parametrize("who", ["ana", "carla", "dalia"])
def test_another_person_s_checkout_does_not_exist(certificate, beto, request, who):
    client = browser(beto)
    checkout = prepared(client, certificate)
    other = browser(request.getfixturevalue(who))
    other.cookies[pages.COOKIE] = client.cookies[pages.COOKIE].value
    expected = 403 if who == "dalia" else 404
    assert other.get(reverse("checkout", args=[checkout.pk])).status_code == expected
    assert other.get(reverse("checkout_state", args=[checkout.pk])).status_code == expected
    assert post(other, "checkout_download", checkout).status_code == expected
    assert post(other, "checkout_passphrase", checkout).status_code == expected
    assert Checkout.objects.get().state == CheckoutState.READY


def test_a_checkout_past_its_time_says_so_before_and_after_it_is_cleared(certificate, beto):
    client = browser(beto)
    checkout = prepared(client, certificate)
    Checkout.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "La entrega venció" in page(client, checkout)
    assert post(client, "checkout_download", checkout).status_code == 409
    lapse(checkout_id=checkout.pk, now=timezone.now())
    assert "La entrega venció" in page(client, checkout)
    assert client.get(reverse("checkout_state", args=[checkout.pk]) + "?fase=ready").headers["X-Live"] == "done"


def test_a_passphrase_past_its_time_is_no_longer_offered(certificate, beto):
    client = browser(beto)
    checkout = prepared(client, certificate)
    post(client, "checkout_download", checkout)
    Checkout.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    text = page(client, checkout)
    assert "Ver la contraseña" not in text
    assert "El tiempo de esta entrega terminó" in text


def test_what_could_not_be_prepared_is_said_with_its_reason(certificate, beto):
    client = browser(beto)
    checkout = asked(client, certificate)
    Checkout.objects.update(sealed_transport_key=None)
    prepare(checkout_id=checkout.pk, now=timezone.now())
    text = page(client, checkout)
    assert "No se pudieron preparar los archivos" in text
    assert "no hay archivos que entregar" in text


def test_the_session_keeps_the_moment_of_a_confirmation(certificate, beto, rf):
    request = rf.get("/")
    request.session = {}
    now = timezone.now()
    remember_confirmation(request, now)
    client = browser(beto, confirmed=False)
    session = client.session
    session.update(request.session)
    session.save()
    assert client.get(ask_address(certificate)).status_code == 200
