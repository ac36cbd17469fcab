"""The way from a missing mandate to the files is short: register, another person confirms, ask."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from renewals.clients.documents import LIMIT_MEGABYTES, MEGABYTE
from renewals.models import Checkout, Mandate
from tests import factories
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db
PAPER = b"%PDF-1.7 carta mandato"
TODAY = timezone.localdate()


@pytest.fixture(autouse=True)
def private_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def company(beto):
    return factories.company(responsible=beto, with_mandate=False)


@pytest.fixture
def certificate(company):
    return factories.certificate(company, make_pair(), pair_state="in_custody")


def browser(person, *, confirmed: bool = True) -> Client:
    client = Client()
    client.force_login(person)
    if confirmed:
        session = client.session
        session["confirmed_at"] = timezone.now().isoformat()
        session.save()
    return client


def told(**otherwise):
    return {
        "kinds": ["npie", "efirma"],
        "given_by": "Laura Contadora",
        "valid_from_on": TODAY.isoformat(),
        "valid_until_on": (TODAY + timedelta(days=365)).isoformat(),
        "document": SimpleUploadedFile("mandato.pdf", PAPER),
    } | otherwise


def ask_address(certificate) -> str:
    return f"{reverse('checkout_ask')}?certificado={certificate.pk}"


def text_of(answer) -> str:
    return str(answer.content.decode())


def test_whoever_lacks_the_mandate_is_led_to_it_and_back(company, certificate, beto, ana):
    mine = browser(beto)
    lacking = mine.get(ask_address(certificate))
    assert "Todavía no se pueden pedir" in text_of(lacking)
    assert "¿Para qué lo necesitas?" not in text_of(lacking)
    assert f"{reverse('mandate_new', args=[company.pk])}?{lacking.context['onward']}" in text_of(lacking)

    registered = mine.post(f"{reverse('mandate_new', args=[company.pk])}?{lacking.context['onward']}", told())
    mandate = Mandate.objects.get()
    assert registered.headers["Location"].startswith(reverse("mandate", args=[mandate.pk]))
    page = text_of(mine.get(registered.headers["Location"]))
    assert "Falta que otra persona lo confirme" in page
    assert "ana" in page
    assert f'href="{ask_address(certificate)}"' in page
    assert "Coincide: confirmar" not in page
    assert "Ver a quién pedírselo" in text_of(mine.get(ask_address(certificate)))

    hers = browser(ana)
    assert "Revisarlo y confirmarlo" in text_of(hers.get(ask_address(certificate)))
    assert "Coincide: confirmar" in text_of(hers.get(reverse("mandate", args=[mandate.pk])))
    done = hers.post(reverse("mandate_confirm", args=[mandate.pk]), follow=True)
    assert "Falta que el cliente lo autorice" in text_of(done)
    assert "falta que el cliente lo autorice él mismo" in text_of(mine.get(ask_address(certificate)))
    factories.accept(mandate)
    assert "Vigente" in text_of(hers.get(reverse("mandate", args=[mandate.pk])))
    again = text_of(mine.get(ask_address(certificate)))
    assert "¿Para qué lo necesitas?" in again
    assert "de Laura Contadora" in again


def test_the_dates_are_written_as_browsers_read_them(company, beto):
    page = text_of(browser(beto).get(reverse("mandate_new", args=[company.pk])))
    assert f'value="{TODAY.isoformat()}"' in page


def test_what_is_typed_past_the_page_is_refused_as_well(certificate, beto):
    answer = browser(beto).post(ask_address(certificate), {"reason": "Entrar a IDSE"})
    assert "Falta un mandato vigente" in text_of(answer)
    assert not Checkout.objects.exists()


def test_the_one_who_registered_cannot_confirm_past_the_page(company, beto):
    mine = browser(beto)
    mine.post(reverse("mandate_new", args=[company.pk]), told())
    answer = mine.post(reverse("mandate_confirm", args=[Mandate.objects.get().pk]), follow=True)
    assert "lo tiene que confirmar otra persona" in text_of(answer)
    assert Mandate.objects.get().confirmed_at is None


def test_an_old_password_is_asked_for_before_a_confirmation(company, ana):
    mandate = factories.mandate(company, confirmed_by=None, confirmed_at=None)
    address = reverse("mandate_confirm", args=[mandate.pk])
    answer = browser(ana, confirmed=False).post(address)
    assert answer.headers["Location"].startswith(reverse("confirm_identity"))
    assert Mandate.objects.get().confirmed_at is None


@pytest.mark.parametrize(
    ("otherwise", "words"),
    [
        ({"document": SimpleUploadedFile("mandato.exe", b"MZ")}, "no es un PDF ni una foto"),
        ({"document": SimpleUploadedFile("mandato.pdf", b"%PDF" + b"x" * LIMIT_MEGABYTES * MEGABYTE)}, "más de 10 MB"),
        ({"document": SimpleUploadedFile("mandato.pdf", b"")}, "El archivo está vacío"),
        ({"kinds": []}, "Marca al menos uno"),
        ({"valid_until_on": (TODAY - timedelta(days=1)).isoformat()}, "Revisa las fechas"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(company, beto, otherwise, words):
    answer = browser(beto).post(reverse("mandate_new", args=[company.pk]), told(**otherwise))
    assert answer.status_code == 200
    assert words in text_of(answer)
    assert "Laura Contadora" in text_of(answer)
    assert not Mandate.objects.exists()


def test_the_paper_is_saved_and_never_shown_by_the_browser(company, beto):
    mine = browser(beto)
    mine.post(reverse("mandate_new", args=[company.pk]), told())
    answer = mine.get(reverse("mandate_document", args=[Mandate.objects.get().pk]))
    assert answer.content == PAPER
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="mandato.pdf"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_mandate_ends_with_a_reason_and_stays_to_be_read(company, beto):
    mandate = factories.mandate(company)
    mine = browser(beto)
    address = reverse("mandate_end", args=[mandate.pk])
    assert mine.post(address, {"reason": " "}).status_code == 200
    assert "ya no se entregan archivos" in text_of(mine.post(address, {"reason": "El cliente se fue"}, follow=True))
    assert "ya confirmó o terminó" in text_of(mine.post(address, {"reason": "otra vez"}, follow=True))
    page = text_of(mine.get(reverse("mandate", args=[mandate.pk])))
    assert "«El cliente se fue»" in page
    assert "Terminado" in page


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({}, "Vigente"),
        ({"confirmed_by": None, "confirmed_at": None}, "Por confirmar"),
        ({"accepted_at": None, "accepted_by": ""}, "Falta que el cliente lo autorice"),
        ({"valid_until_on": TODAY - timedelta(days=1)}, "Vencido"),
        ({"valid_from_on": TODAY + timedelta(days=1)}, "Todavía no empieza"),
    ],
)
def test_the_company_says_how_each_mandate_stands(company, beto, fields, word):
    factories.mandate(company, **fields)
    assert word in text_of(browser(beto).get(reverse("company", args=[company.pk])))


def test_a_company_without_one_says_so(company, dalia, beto):
    address = reverse("company", args=[company.pk])
    assert "Falta el mandato" in text_of(browser(dalia).get(address))
    assert reverse("mandate_new", args=[company.pk]) not in text_of(browser(dalia).get(address))
    assert reverse("mandate_new", args=[company.pk]) in text_of(browser(beto).get(address))


def test_the_first_page_names_what_waits_for_ones_own_word(company, beto, ana, carla, dalia):
    factories.mandate(company, registered_by=beto, confirmed_by=None, confirmed_at=None)
    said = {one.username: text_of(browser(one).get(reverse("admin:index"))) for one in (ana, beto, carla, dalia)}
    asked = {name for name, text in said.items() if "espera que lo confirmes" in text}
    assert asked == {"ana"}


def test_a_mandate_that_ended_is_said_with_its_last_day_in_words(company, certificate, beto):
    factories.mandate(company, valid_from_on=date(2025, 1, 2), valid_until_on=date(2026, 1, 2))
    assert "venció el 2 de enero de 2026" in text_of(browser(beto).get(ask_address(certificate)))


def test_where_nobody_else_attends_the_company_it_says_what_to_do(company, beto):
    mandate = factories.mandate(company, registered_by=beto, confirmed_by=None, confirmed_at=None)
    page = text_of(browser(beto).get(reverse("mandate", args=[mandate.pk])))
    assert "Nadie más atiende a esta empresa" in page
