"""Does the guide lead through every step, tell who was faster, and keep strangers out?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from renewals.audit import Machine
from renewals.models import Evidence, Person, Renewal, RenewalState, StepState
from renewals.procedure import progress
from renewals.procedure.handed import Rejection
from renewals.procedure.steps import plan_for
from tests import factories
from tests.pairs import make_pair
from tests.walks import STEPS, Walk, begin, run_workers

pytestmark = pytest.mark.django_db(transaction=True)

#: The same page must not cost more as evidence grows.
MOST_QUERIES = 15


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(client: Client, walk: Walk) -> str:
    response = client.get(reverse("renewal", args=[walk.renewal.pk]))
    assert response.status_code == 200
    return response.content.decode()


def post(client: Client, walk: Walk, name: str = "step_hand_in", **data: Any) -> Any:
    row = walk.row
    fields = {"version": row.version, **data}
    return client.post(reverse(name, args=[walk.renewal.pk, row.key]), fields, follow=True)


@pytest.mark.parametrize("kind", ["npie", "efirma", "csd"])
def test_every_step_has_a_page_that_names_the_company_and_its_rfc(vault_keys: Path, kind: str):
    walk = begin(kind)
    client = signed_in(walk.by)
    for key in plan_for(kind).step_keys():
        walk.to(key)
        for address in (reverse("renewal", args=[walk.renewal.pk]), reverse("step", args=[walk.renewal.pk, key])):
            shown = client.get(address, follow=True).content.decode()
            assert walk.renewal.company.rfc in shown
            assert walk.renewal.company.name in shown
    STEPS[walk.renewal.current_step](walk)
    assert "Renovación terminada" in page(client, walk)
    for key in plan_for(kind).step_keys():
        assert client.get(reverse("step", args=[walk.renewal.pk, key])).status_code == 200


def test_a_step_page_takes_few_queries_at_every_step(vault_keys: Path):
    walk = begin()
    client = signed_in(walk.by)
    client.get(reverse("renewal", args=[walk.renewal.pk]))
    for key in plan_for("npie").step_keys():
        walk.to(key)
        with CaptureQueriesContext(connection) as queries:
            page(client, walk)
        assert len(queries) <= MOST_QUERIES, (key, [one["sql"] for one in queries])


def test_a_certificate_is_renewed_with_one_press_and_a_second_press_finds_the_same(vault_keys: Path, beto: Person):
    home = factories.company(responsible=beto)
    certificate = factories.certificate(home, make_pair("csd"))
    client = signed_in(beto)
    first = client.post(reverse("renewal_start", args=[certificate.pk]))
    second = client.post(reverse("renewal_start", args=[certificate.pk]))
    renewal = Renewal.objects.get(certificate=certificate)
    assert first["Location"] == second["Location"] == reverse("renewal", args=[renewal.pk])
    assert "Se están preparando los pasos" in client.get(first["Location"]).content.decode()


def test_a_certificate_that_was_replaced_is_not_renewed_and_it_is_said(vault_keys: Path, beto: Person):
    home = factories.company(responsible=beto)
    certificate = factories.certificate(home, make_pair("csd"), retired_at=timezone.now(), is_primary=False)
    response = signed_in(beto).post(reverse("renewal_start", args=[certificate.pk]), follow=True)
    assert "ya fue sustituido" in response.content.decode()
    assert not Renewal.objects.exists()


def test_an_answer_moves_on_to_the_next_step(vault_keys: Path):
    walk = begin()
    shown = post(signed_in(walk.by), walk, portal_notice="expired", own_copy="on").content.decode()
    assert "Paso 2 de 14" in shown
    assert "Listo: Entra a IDSE." in shown


def test_a_step_without_its_files_says_what_to_do_and_keeps_the_answer(vault_keys: Path):
    walk = begin()
    response = post(signed_in(walk.by), walk, portal_notice="about_to_expire")
    shown = response.content.decode()
    assert response.status_code == 400
    assert "Saca primero el certificado vencido" in shown
    pressed = shown.split('value="about_to_expire"')[0].rsplit("<button", 1)[1]
    assert "btn-primary" in pressed
    assert walk.row.key == "enter_idse"


def test_an_unanswered_step_is_marked_where_the_answer_is_missing(vault_keys: Path):
    walk = begin()
    response = post(signed_in(walk.by), walk)
    assert response.status_code == 400
    assert 'class="error"' in response.content.decode()


def test_a_revoked_certificate_waits_with_what_to_do(vault_keys: Path):
    walk = begin()
    shown = post(signed_in(walk.by), walk, portal_notice="revoked", own_copy="on").content.decode()
    assert walk.row.state == StepState.WAITING
    assert "subdelegación" in shown


def test_the_second_of_two_people_is_told_who_was_faster(vault_keys: Path, ana: Person):
    walk = begin()
    late = signed_in(ana)
    seen = walk.row
    walk.hand_in(portal_notice="expired", own_copy="yes")
    response = late.post(
        reverse("step_hand_in", args=[walk.renewal.pk, seen.key]),
        {"version": seen.version, "portal_notice": "expired", "own_copy": "on"},
        follow=True,
    )
    shown = response.content.decode()
    assert "beto ya movió este paso" in shown
    assert "Paso 2 de 14" in shown


def test_a_double_click_is_not_told_about_oneself(vault_keys: Path):
    walk = begin()
    client, seen = signed_in(walk.by), walk.row
    sent = {"version": seen.version, "portal_notice": "expired", "own_copy": "on"}
    address = reverse("step_hand_in", args=[walk.renewal.pk, seen.key])
    client.post(address, sent)
    shown = client.post(address, sent, follow=True).content.decode()
    assert "ya lo habías entregado" in shown
    assert "ya movió este paso" not in shown


def test_the_certificate_of_another_client_is_refused_with_both_names(vault_keys: Path):
    walk = begin().to("certificate_saved")
    other = walk.issued(rfc="XIA190128J61", name="XENON INDUSTRIAL ARTICLES")
    file = SimpleUploadedFile("nuevo.cer", other.certificate)
    response = post(signed_in(walk.by), walk, certificate_file=file)
    shown = response.content.decode()
    assert response.status_code == 400
    for text in ("XIA190128J61", "XENON INDUSTRIAL ARTICLES", walk.renewal.company.rfc, walk.renewal.company.name):
        assert text in shown
    assert walk.row.state == StepState.PENDING


def test_a_key_being_checked_is_shown_as_such_and_the_page_goes_on_by_itself(vault_keys: Path):
    walk = begin().to("mouse_entropy")
    client = signed_in(walk.by)
    upload = walk.key_file()
    shown = post(client, walk, key_file=SimpleUploadedFile(upload.name, upload.data)).content.decode()
    assert "El sistema está revisando" in shown
    address = shown.split('data-live="')[1].split('"')[0].replace("&amp;", "&")
    assert "X-Live" not in client.get(address).headers
    run_workers()
    assert client.get(address).headers["X-Live"] == "done"
    assert "Paso 5 de 14" in page(client, walk)


def test_a_key_that_failed_says_why_and_takes_another(vault_keys: Path):
    walk = begin().to("mouse_entropy")
    client = signed_in(walk.by)
    upload = walk.key_file(passphrase="OtraClave2026")
    post(client, walk, key_file=SimpleUploadedFile(upload.name, upload.data))
    run_workers()
    shown = page(client, walk)
    assert "La contraseña sellada no abre esta llave" in shown
    assert "Entregar y revisar" in shown


def test_evidence_is_served_as_a_file_to_save_and_to_nobody_else(vault_keys: Path, carla: Person, dalia: Person):
    walk = begin().to("mail_that_never_comes")
    kept = Evidence.objects.exclude(file="").get()
    address = reverse("evidence_file", args=[kept.pk])
    response = signed_in(walk.by).get(address)
    assert response.headers["Content-Disposition"] == 'attachment; filename="sign_terms_old.png"'
    assert response.getvalue().startswith(b"\x89PNG")
    reading = signed_in(dalia).get(address)
    assert reading.status_code == 200
    reading.close()
    assert signed_in(carla).get(address).status_code == 404


def test_evidence_without_a_file_is_not_there(vault_keys: Path):
    walk = begin().to("confirm_company")
    word = Evidence.objects.filter(step__renewal=walk.renewal, grade="A").get()
    assert signed_in(walk.by).get(reverse("evidence_file", args=[word.pk])).status_code == 404


def test_a_stranger_finds_nothing_and_an_auditor_changes_nothing(vault_keys: Path, carla: Person, dalia: Person):
    walk = begin()
    assert signed_in(carla).get(reverse("renewal", args=[walk.renewal.pk])).status_code == 404
    assert post(signed_in(carla), walk, portal_notice="expired").status_code == 404
    shown = page(signed_in(dalia), walk)
    assert "hand-in" not in shown
    assert post(signed_in(dalia), walk, portal_notice="expired").status_code == 403


def test_a_step_that_no_plan_has_is_not_there(vault_keys: Path):
    walk = begin()
    client = signed_in(walk.by)
    assert client.get(reverse("step", args=[walk.renewal.pk, "obtain"])).status_code == 404


def test_a_step_ahead_can_be_read_and_not_handed_in(vault_keys: Path):
    walk = begin()
    client = signed_in(walk.by)
    shown = client.get(reverse("step", args=[walk.renewal.pk, "certificate_saved"])).content.decode()
    assert "todavía no llega" in shown
    assert "certificate_file" not in shown
    file = SimpleUploadedFile("nuevo.cer", b"x")
    response = client.post(
        reverse("step_hand_in", args=[walk.renewal.pk, "certificate_saved"]),
        {"version": 0, "certificate_file": file},
        follow=True,
    )
    assert "Paso 1 de 14" in response.content.decode()


def test_the_second_word_is_another_persons(vault_keys: Path, ana: Person):
    walk = begin().to("access_granted")
    first = signed_in(walk.by)
    shot = SimpleUploadedFile("idse.png", b"\x89PNG")
    shown = post(first, walk, screenshot=shot, entered="on").content.decode()
    assert "Pide a otra persona" in shown
    refused = post(first, walk, "step_second").content.decode()
    assert "la hace otra persona" in refused
    closed = post(signed_in(ana), walk, "step_second").content.decode()
    assert "Renovación terminada" in closed


def test_a_firm_of_one_confirms_twice(vault_keys: Path):
    walk = begin().to("access_granted")
    Person.objects.exclude(pk=walk.by.pk).update(is_active=False)
    client = signed_in(walk.by)
    shot = SimpleUploadedFile("idse.png", b"\x89PNG")
    shown = post(client, walk, screenshot=shot, entered="on").content.decode()
    assert "no tiene a nadie más" in shown
    assert "Renovación terminada" in post(client, walk, "step_second").content.decode()


def test_a_renewal_is_cancelled_with_a_reason_and_says_it(vault_keys: Path):
    walk = begin()
    client = signed_in(walk.by)
    address = reverse("renewal_cancel", args=[walk.renewal.pk])
    assert "por qué se cancela" in client.post(address, {"reason": "no"}, follow=True).content.decode()
    shown = client.post(address, {"reason": "La empresa cambió de despacho"}, follow=True).content.decode()
    assert "La empresa cambió de despacho" in shown
    walk.renewal.refresh_from_db()
    assert walk.renewal.state == RenewalState.CANCELLED


def test_a_closed_renewal_takes_nothing_more(vault_keys: Path):
    walk = begin()
    client, seen = signed_in(walk.by), walk.row
    client.post(reverse("renewal_cancel", args=[walk.renewal.pk]), {"reason": "La empresa cerró"})
    response = client.post(
        reverse("step_hand_in", args=[walk.renewal.pk, seen.key]),
        {"version": seen.version, "portal_notice": "expired", "own_copy": "on"},
        follow=True,
    )
    assert "Renovación cancelada" in response.content.decode()


def test_what_the_preflight_misses_is_named_with_who_mends_it(vault_keys: Path, beto: Person):
    home = factories.company(responsible=beto, renewal_mailbox="")
    home.contacts.create(name="Carmen Contreras", email="carmen@empresa.example")
    walk = begin(by=beto, company=home, with_key=False)
    shown = page(signed_in(beto), walk)
    assert "todavía no se puede terminar" in shown
    assert "Carmen Contreras" in shown
    factories.sealed_key(walk.renewal.certificate, walk.old)
    signed_in(beto).post(reverse("renewal_preflight", args=[walk.renewal.pk]))
    run_workers()
    assert "todavía no se puede terminar" not in page(signed_in(beto), walk)


def test_a_preflight_under_way_is_not_asked_for_twice_nor_after_the_end(vault_keys: Path):
    walk = begin()
    client, address = signed_in(walk.by), reverse("renewal_preflight", args=[walk.renewal.pk])
    client.post(address)
    assert "ya está en marcha" in client.post(address, follow=True).content.decode()
    client.post(reverse("renewal_cancel", args=[walk.renewal.pk]), {"reason": "La empresa cerró"})
    assert "ya se cerró" in client.post(address, follow=True).content.decode()


def test_a_second_word_given_twice_is_told_to_the_later_one(vault_keys: Path, ana: Person):
    walk = begin().to("confirm_company")
    response = post(signed_in(ana), walk, "step_second")
    assert "Alguien más" in response.content.decode() or "ya movió" in response.content.decode()


def test_a_letter_that_is_missing_is_marked_at_its_field(vault_keys: Path):
    walk = begin().to("sign_terms_old")
    response = post(signed_in(walk.by), walk)
    shown = response.content.decode()
    assert response.status_code == 400
    assert 'id="id_letter_error"' in shown


def test_the_machines_own_step_is_tried_again_with_a_button(vault_keys: Path):
    walk = begin().to("sign_terms_new")
    STEPS["sign_terms_new"](walk)
    row = walk.row
    progress.reject(
        renewal=walk.renewal,
        row=row,
        rejection=Rejection("key_not_kept"),
        by=Machine("test"),
    )
    client = signed_in(walk.by)
    assert "Intentar otra vez" in page(client, walk)
    post(client, walk, "step_try_again")
    run_workers()
    assert "Paso 12 de 14" in page(client, walk)


def test_a_push_without_a_version_changes_nothing(vault_keys: Path):
    walk = begin()
    client = signed_in(walk.by)
    response = client.post(reverse("step_second", args=[walk.renewal.pk, walk.row.key]), {"version": "x"}, follow=True)
    assert "Paso 1 de 14" in response.content.decode()
