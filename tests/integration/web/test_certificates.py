"""What do the pages of a certificate promise, and what do they say about each bad file?"""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from renewals.clients.companies import create_company
from renewals.models import Certificate, Company, PairState, Renewal
from renewals.vault.storing import seal_pair, store_sealed
from tests import factories, pairs
from tests.hostile import asking_for_rounds, pem, plain_key
from tests.pairs import PASSPHRASE, make_pair
from tests.walks import run_workers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vault_keys")]
NOW = datetime.now(UTC)
UPLOAD = "certificate_upload"


def browser(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def company(ana, beto):
    return create_company(
        rfc=pairs.RFC, name="Escuela", responsible=beto, registros_patronales=[pairs.REGISTRO_PATRONAL], by=ana
    )


def sent(person, *, company=None, **told):
    """Send the form; files are given as bytes, or as (name, bytes)."""
    data = {}
    for field, value in told.items():
        file = (f"{field}.bin", value) if isinstance(value, bytes) else value
        data[field] = SimpleUploadedFile(*file) if isinstance(file, tuple) else file
    address = reverse(UPLOAD) + (f"?empresa={company.pk}" if company else "")
    return browser(person).post(address, data, follow=True)


def whole(pair, **changes):
    return {"certificate": pair.certificate, "key": pair.key_file, "passphrase": pair.passphrase} | changes


def said(response):
    return [str(message) for message in response.context["messages"]]


def errors(response):
    assert response.status_code == 200
    assert "No se guardó nada." in response.content.decode()
    return {field: told[0] for field, told in response.context["form"].errors.items()}


# --- what is taken ------------------------------------------------------------------------------------------------


def test_a_pair_is_proved_kept_and_shown(company, beto):
    response = sent(beto, **whole(make_pair()))

    row = Certificate.objects.get()
    assert response.redirect_chain == [(reverse("certificate", args=[row.pk]), 302)]
    assert said(response) == ["Se guardó el certificado."]
    page = response.content.decode()
    assert "Vigente" in page
    assert "días" in page
    assert reverse("certificate_state", args=[row.pk]) in page, "the page waits for the vault worker"
    assert PASSPHRASE not in page


def test_a_pfx_named_cer_and_pem_named_cer_are_what_they_hold(company, beto):
    sent(beto, certificate=("cliente.cer", make_pair().pfx()), passphrase=PASSPHRASE)
    pair = make_pair("csd")
    sent(beto, **whole(pair, certificate=("cliente.cer", pem("CERTIFICATE", pair.certificate))))

    assert list(Certificate.objects.values_list("pair_state", flat=True)) == [PairState.SEALED] * 2


def test_what_a_person_should_know_is_said(company, beto):
    old = make_pair("csd", not_before=NOW - timedelta(days=900), not_after=NOW - timedelta(days=3))
    assert any("venció" in one for one in said(sent(beto, **whole(old))))
    early = make_pair(not_before=NOW + timedelta(days=3), not_after=NOW + timedelta(days=900))
    assert any("empieza a valer hasta" in one for one in said(sent(beto, **whole(early))))
    assert any("Por identificar" in one for one in said(sent(beto, **whole(make_pair("unknown")))))
    bare = make_pair("efirma")
    assert any("no tiene contraseña" in one for one in said(sent(beto, **whole(bare, key=plain_key(bare.key)))))


def test_the_company_is_recognised_typed_or_taken_on(company, ana, beto, carla):
    sent(beto, **whole(make_pair(), rfc=pairs.RFC.lower()))
    assert Certificate.objects.get().company == company

    response = sent(carla, **whole(make_pair("efirma", rfc="H&E951128469")))
    assert "no está entre tus empresas" in errors(response)["certificate"]
    assert "despues=certificado" in response.context["remedy"][0]
    assert "H%26E951128469" in response.context["remedy"][0]

    sent(carla, **whole(make_pair("efirma", rfc="H&E951128469"), create="on"))
    assert list(Company.objects.visible_to(carla).values_list("rfc", flat=True)) == ["H&E951128469"]


def test_the_key_can_come_later(company, beto):
    pair = make_pair()
    sent(beto, certificate=pair.certificate)
    row = Certificate.objects.get()
    address = reverse("certificate_key", args=[row.pk])
    assert address in browser(beto).get(reverse("certificate", args=[row.pk])).content.decode()

    wrong = browser(beto).post(address, {"key": SimpleUploadedFile("a.key", pair.key_file), "passphrase": "otra"})
    assert "no abre la llave" in wrong.context["form"].errors["passphrase"][0]
    assert "otra" not in wrong.context["form"]["passphrase"].as_widget()

    told = {"key": SimpleUploadedFile("a.key", pair.key_file), "passphrase": PASSPHRASE}
    response = browser(beto).post(address, told, follow=True)
    assert said(response) == ["Se guardó la llave."]
    row.refresh_from_db()
    assert row.pair_state == PairState.SEALED
    again = browser(beto).post(address, {"key": SimpleUploadedFile("a.key", pair.key_file), "passphrase": PASSPHRASE})
    assert "ya tiene su llave" in again.context["form"].errors["key"][0]


@pytest.mark.django_db(transaction=True)
def test_a_key_that_does_not_open_is_kept_all_the_same_and_a_passphrase_alone_is_tried_on_it(company, beto):
    pair = make_pair()
    sent(beto, certificate=pair.certificate)
    row = Certificate.objects.get()
    address = reverse("certificate_key", args=[row.pk])

    def post(**told):
        return browser(beto).post(address, told, follow=True)

    def key():
        return SimpleUploadedFile("a.key", pair.key_file)

    box = "Guardar la llave aunque todavía no abra"
    assert box not in browser(beto).get(address).content.decode()
    assert "Elige el archivo" in post(passphrase=PASSPHRASE).content.decode()
    assert box in post(key=key(), passphrase="otra").content.decode()
    kept = post(key=key(), passphrase="otra", keep_locked="on")
    assert said(kept)[0] == "Se guardó la llave."
    assert "Todavía no abre" in said(kept)[1]
    run_workers()
    page = browser(beto).get(reverse("certificate", args=[row.pk])).content.decode()
    assert "La llave está guardada y todavía no abre" in page
    assert "que=passphrase" in page
    assert said(post(passphrase=PASSPHRASE)) == ["La contraseña quedó sellada; la bóveda la va a probar."]
    assert "está probando" in browser(beto).get(reverse("certificate_state", args=[row.pk])).content.decode()
    run_workers()
    row.refresh_from_db()
    assert row.pair_state == PairState.IN_CUSTODY


# --- what is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "field", "words"),
    [
        (lambda pair: whole(pair, certificate=b""), "certificate", "está vacío"),
        (lambda pair: whole(pair, key=b""), "key", "está vacío"),
        (lambda pair: whole(pair, certificate=bytes(2_000_000)), "certificate", "demasiado grande"),
        (lambda pair: whole(pair, certificate=b"%PDF-1.7"), "certificate", "no es un certificado"),
        (lambda pair: whole(pair, certificate=pair.certificate[:600]), "certificate", "dañado o incompleto"),
        (lambda pair: whole(pair, key=pair.key_file[:600]), "key", "dañado o incompleto"),
        (lambda pair: whole(pair, key=asking_for_rounds(2**31)), "key", "trabajo excesivo"),
        (lambda pair: whole(pair, passphrase="otra"), "passphrase", "no abre la llave"),
        (lambda pair: whole(pair, passphrase=""), "passphrase", "escribe su contraseña"),
        (lambda pair: whole(pair, key=make_pair().key_file), "key", "no corresponde a este certificado"),
        (lambda pair: whole(pair, key=make_pair().certificate), "key", "Se esperaba una llave privada"),
        (lambda pair: {"passphrase": "x"}, "certificate", "Elige el archivo"),
        (lambda pair: {"key": pair.key_file, "passphrase": PASSPHRASE}, "certificate", "Falta el certificado"),
        (lambda pair: whole(pair, rfc="NADA000101AAA"), "rfc", "No tienes una empresa con el RFC"),
    ],
)
def test_each_fault_is_said_at_its_field_and_nothing_is_kept(company, beto, told, field, words):
    response = sent(beto, **told(make_pair()))

    assert words in errors(response)[field]
    assert not Certificate.objects.exists()
    assert PASSPHRASE not in response.content.decode()


def test_the_certificate_of_another_company_is_refused_with_both_rfcs(company, beto):
    response = sent(beto, company=company, **whole(make_pair("efirma", rfc="H&E951128469")))

    told = errors(response)["certificate"]
    assert "H&E951128469" in told
    assert pairs.RFC in told
    assert not Certificate.objects.exists()


def test_the_same_file_twice_leads_to_the_one_that_is_kept(company, beto):
    pair = make_pair()
    sent(beto, **whole(pair))
    response = sent(beto, **whole(pair))

    assert "ya estaba guardado" in errors(response)["certificate"]
    assert response.context["remedy"][0] == reverse("certificate", args=[Certificate.objects.get().pk])
    assert Certificate.objects.count() == 1


def test_a_renewal_under_way_is_led_to(company, beto):
    sent(beto, **whole(make_pair(not_after=NOW + timedelta(days=5))))
    renewal = Renewal.objects.create(company=company, certificate=Certificate.objects.get(), plan="imss", edition=1)
    response = sent(beto, **whole(make_pair(not_after=NOW + timedelta(days=700))))

    assert "renovación en curso" in errors(response)["certificate"]
    assert response.context["remedy"][0] == reverse("renewal", args=[renewal.pk])


@pytest.mark.parametrize("name", ["../../etc/passwd", "..\\..\\llave.cer", "a\x00b.cer", "ñandú&.cer"])
def test_the_name_of_a_file_is_never_looked_at(company, beto, name):
    pair = make_pair()
    sent(beto, **whole(pair, certificate=(name, pair.certificate)))

    assert Certificate.objects.get().sha256 == pair.facts.sha256


def test_fifty_megabytes_of_noise_are_answered_with_a_page(company, beto):
    client = Client(raise_request_exception=False)
    client.force_login(beto)
    noise = SimpleUploadedFile("ruido.cer", bytes(50_000_000))
    response = client.post(reverse(UPLOAD), {"certificate": noise, "passphrase": "x"})

    assert response.status_code == 400
    assert "demasiado grande" in response.content.decode()
    assert not Certificate.objects.exists()


# --- who may ------------------------------------------------------------------------------------------------------


def test_each_person_is_let_do_what_is_theirs(company, ana, beto, carla, dalia):
    sent(beto, certificate=make_pair().certificate)
    row = Certificate.objects.get()
    for name, statuses in {
        "certificate": [200, 200, 404, 200],
        "certificate_state": [200, 200, 404, 200],
        "certificate_key": [200, 200, 404, 403],
    }.items():
        address = reverse(name, args=[row.pk])
        assert [browser(one).get(address).status_code for one in (ana, beto, carla, dalia)] == statuses
    assert [browser(one).get(reverse(UPLOAD)).status_code for one in (ana, beto, carla, dalia)] == [200, 200, 200, 403]
    fixed = f"{reverse(UPLOAD)}?empresa={company.pk}"
    assert [browser(one).get(fixed).status_code for one in (ana, beto, carla, dalia)] == [200, 200, 404, 403]
    looks = browser(dalia).get(reverse("certificate", args=[row.pk])).content.decode()
    assert "Iniciar renovación" not in looks
    assert "Agregar llave" not in looks


@pytest.mark.parametrize("number", ["0", "-1", "x", "٣", "9" * 30, "9" * 5000])
def test_an_address_with_an_invented_company_leads_nowhere(beto, number):
    assert browser(beto).get(reverse(UPLOAD), {"empresa": number}).status_code == 404


def test_the_waiting_part_says_when_it_is_done(company, beto):
    sent(beto, **whole(make_pair()))
    row = Certificate.objects.get()
    address = reverse("certificate_state", args=[row.pk])
    assert "X-Live" not in browser(beto).get(address).headers

    Certificate.objects.update(pair_state=PairState.IN_CUSTODY)
    done = browser(beto).get(address)
    assert done.headers["X-Live"] == "done"
    assert "La llave está en resguardo" in done.content.decode()
    page = browser(beto).get(reverse("certificate", args=[row.pk])).content.decode()
    assert f"{reverse('checkout_ask')}?certificado={row.pk}" in page


def test_a_replaced_certificate_leads_to_its_successor(company, beto):
    sent(beto, **whole(make_pair(not_after=NOW + timedelta(days=5))))
    sent(beto, **whole(make_pair(not_after=NOW + timedelta(days=700))))
    old, new = Certificate.objects.order_by("not_after")

    page = browser(beto).get(reverse("certificate", args=[old.pk])).content.decode()
    assert reverse("certificate", args=[new.pk]) in page
    assert "Iniciar renovación" not in page
    assert (
        reverse("certificate", args=[old.pk])
        in browser(beto).get(reverse("certificate", args=[new.pk])).content.decode()
    )


# --- together with the vault worker -------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_pair_comes_into_custody_and_the_page_says_so(company, beto, work):
    sent(beto, **whole(make_pair()))
    work()
    row = Certificate.objects.get()

    assert row.pair_state == PairState.IN_CUSTODY
    assert "La llave está en resguardo" in browser(beto).get(reverse("certificate", args=[row.pk])).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_key_that_the_vault_refused_is_explained_and_can_be_brought_again(company, beto, work):
    pair = make_pair()
    row = factories.certificate(company, pair)
    sealed = seal_pair(company_id=company.pk, container="private_key", data=pair.key_file, passphrase="otra")
    with transaction.atomic():
        store_sealed([(sealed, row)], by=beto)
    work()
    page = browser(beto).get(reverse("certificate", args=[row.pk])).content.decode()
    assert "La contraseña no abre la llave" in page
    assert reverse("certificate_key", args=[row.pk]) in page

    told = {"key": SimpleUploadedFile("a.key", pair.key_file), "passphrase": PASSPHRASE}
    browser(beto).post(reverse("certificate_key", args=[row.pk]), told)
    work()
    row.refresh_from_db()
    assert row.pair_state == PairState.IN_CUSTODY
