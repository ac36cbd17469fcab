"""Does every way out of trouble lead out, pressed in a browser by whoever is stuck, one question at a time?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils import timezone

from renewals.models import Evidence, Incident, PlaybookRun, PlaybookState, RenewalState, Wait
from renewals.procedure import limits
from tests.walks import Walk, begin, run_workers

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.e2e.conftest import Watch

pytestmark = pytest.mark.django_db(transaction=True)

Open = Callable[..., "Page"]


def stuck_at(page_of: Open, walk: Walk, happened: str) -> Page:
    """Beto's window at the current step, with a way out begun."""
    page = page_of("beto")
    page.goto(reverse("renewal", args=[walk.renewal.pk]))
    page.click(f"summary:has-text('{happened}')")
    page.click("details[open] >> text=Resolverlo paso a paso")
    page.wait_for_selector("#salida")
    return page


def press(page: Page, words: str, *, then: str) -> None:
    """Give an answer, and see what comes next."""
    page.click(f"#salida button:has-text('{words}')")
    page.wait_for_selector(f"#salida h2:has-text('{then}')")


def out(page: Page, words: str) -> None:
    """Give the answer that ends it, and be back at the step."""
    page.click(f"#salida button:has-text('{words}')")
    page.wait_for_selector("#salida", state="detached")


def is_solved(walk: Walk) -> bool:
    return PlaybookRun.objects.get(renewal=walk.renewal).state == PlaybookState.SOLVED


def a_working_day() -> date:
    return limits.next_open(timezone.localdate() + timedelta(days=7))


def test_the_mail_that_never_came_and_a_page_that_stayed(vault_keys: Path, page_of: Open):
    walk = begin().to("mail_that_never_comes")
    page = stuck_at(page_of, walk, "espera un correo que no llega")
    press(page, "sigue esperando", then="serie del certificado nuevo")
    page.fill("#walk_serial", "00001000000777")
    press(page, "Sí, esta es", then="¿Guardaste el certificado?")
    assert "instalaRenovacion.idse?SERIAL_NOM=00001000000777" in page.inner_text("#recovery")
    out(page, "Sí, ya lo guardé")
    assert is_solved(walk)


def test_a_certificate_that_was_issued_and_not_downloaded(vault_keys: Path, page_of: Open, watch: Watch):
    watch.allowed.append("status of 400")
    walk = begin().to("certificate_saved")
    page = stuck_at(page_of, walk, "no se descargó")
    page.click("#salida button:has-text('Sí, esta es')")
    page.wait_for_selector("#salida >> text=Falta contestar esto")
    page.fill("#walk_serial", walk.old_certificate.serial)
    page.click("#salida button:has-text('Sí, esta es')")
    page.wait_for_selector("#salida >> text=es la del certificado anterior")
    page.fill("#walk_serial", "0000 1000 000 778")
    press(page, "Sí, esta es", then="¿Guardaste el certificado?")
    assert page.inner_text("#recovery").endswith("=00001000000778")
    assert page.is_visible("#salida >> text=Sacar la llave nueva")
    out(page, "Sí, ya lo guardé")
    assert is_solved(walk)


def test_a_page_that_is_broken_asks_for_compatibility_last(vault_keys: Path, page_of: Open, tmp_path: Path):
    walk = begin()
    page = stuck_at(page_of, walk, "se ve rota o pide Java")
    assert not page.is_visible("#salida >> text=modo Internet Explorer")
    press(page, "No, sigue igual", then="¿Ya se ve bien?")
    assert page.is_visible("#salida >> text=modo Internet Explorer")
    press(page, "No, sigue igual", then="¿Le pasa solo a esta empresa?")
    picture = tmp_path / "captura.png"
    picture.write_bytes(b"\x89PNG rota")
    page.fill("#walk_what", "La página sale en blanco")
    page.set_input_files("#walk_picture", picture)
    press(page, "Esperar y revisar mañana", then="¿Ya se ve bien?")
    assert Evidence.objects.get(playbook__renewal=walk.renewal, grade="F").file_name == "captura.png"
    assert Wait.objects.open().get().kind == "portal"
    out(page, "Sí, ya funciona")
    assert not Wait.objects.open().exists()


def test_an_old_password_that_nobody_knows_ends_in_a_visit_with_papers(vault_keys: Path, page_of: Open):
    walk = begin()
    page = stuck_at(page_of, walk, "La contraseña anterior no funciona")
    press(page, "No, sigue igual", then="¿Alguna contraseña guardada")
    press(page, "Ninguna abre", then="¿La sabe el cliente?")
    press(page, "Ya se la pedí", then="¿Ya contestó el cliente?")
    assert Wait.objects.open().get().kind == "client"
    press(page, "Nadie la sabe", then="¿Para cuándo es la cita?")
    page.goto(page.get_attribute("#salida >> text=Imprimir la lista", "href") or "")
    assert page.is_visible("text=Tarjeta de identificación patronal")
    assert page.is_visible(f"text={walk.renewal.company.rfc}")
    page.click("text=Volver a la renovación")
    page.fill("#walk_day", a_working_day().isoformat())
    press(page, "Esperar hasta la cita", then="¿Qué día pediste el certificado nuevo?")
    assert Wait.objects.open().get().check_on == a_working_day()


def test_a_key_that_somebody_else_used_is_cancelled_in_person_and_ends_the_renewal(vault_keys: Path, page_of: Open):
    walk = begin()
    page = stuck_at(page_of, walk, "Se perdió la llave o alguien más la usó")
    press(page, "Alguien más la tuvo", then="¿Cuándo vas a la subdelegación?")
    press(page, "Ya fuimos", then="¿Qué día pediste el certificado nuevo?")
    page.fill("#walk_requested_on", timezone.localdate().isoformat())
    press(page, "Ya lo pedimos", then="¿Ya te dieron el certificado nuevo?")
    assert page.is_visible("#salida >> text=Termina el trámite a más tardar el")
    page.click("#salida button:has-text('Ya me lo dieron')")
    page.wait_for_selector("text=Renovación cancelada")
    walk.renewal.refresh_from_db()
    assert walk.renewal.state == RenewalState.CANCELLED


def test_data_that_do_not_match_stand_side_by_side_and_lead_back_to_the_first_step(vault_keys: Path, page_of: Open):
    walk = begin().to("confirm_company")
    page = stuck_at(page_of, walk, "El RFC o el registro patronal no coincide")
    page.fill("#walk_seen_rfc", "OÑO120726RX3")
    press(page, "Comparar", then="¿Qué pasó?")
    shown = page.inner_text("#salida table")
    assert "OÑO120726RX3" in shown
    assert walk.renewal.company.rfc in shown
    page.click("#salida button:has-text('Entré con otra empresa')")
    page.wait_for_selector("text=Paso 1 de 14")
    assert is_solved(walk)


def test_a_portal_that_is_down_is_reported_once_and_holds_the_renewal(vault_keys: Path, page_of: Open):
    walk = begin()
    page = stuck_at(page_of, walk, "El portal no responde")
    page.fill("#walk_what", "No carga la página de entrada")
    press(page, "No responde: reportarlo", then="¿Ya responde el portal?")
    run_workers()
    assert Wait.objects.open().get(renewal=walk.renewal).incident == Incident.objects.get()
    page.reload()
    out(page, "Sí, ya funciona")
    assert not Wait.objects.open().exists()


def test_an_efirma_without_its_password_goes_to_the_sat_with_an_appointment(vault_keys: Path, page_of: Open):
    walk = begin("efirma")
    page = stuck_at(page_of, walk, "Falta la llave anterior")
    press(page, "Ninguna abre", then="¿La sabe el cliente?")
    press(page, "Nadie la sabe", then="¿Para cuándo es la cita?")
    assert page.is_visible("#salida >> text=requerimiento (.req)")
    press(page, "Ya fuimos", then="¿Ya tienes el certificado nuevo?")
    out(page, "Sí, ya lo tengo")
    assert is_solved(walk)


def test_a_sat_certificate_is_revoked_and_downloaded_again(vault_keys: Path, page_of: Open):
    walk = begin("csd")
    page = stuck_at(page_of, walk, "Alguien más usó la llave")
    press(page, "Sí, ya está revocado", then="¿Cómo se pide el certificado nuevo?")
    out(page, "Por internet, con la e.firma")
    page.click("summary:has-text('no se descargó')")
    page.click("details[open] >> text=Resolverlo paso a paso")
    press(page, "No aparece", then="¿Ya lo descargaste?")
    out(page, "Sí, ya lo guardé")
    assert set(PlaybookRun.objects.values_list("state", flat=True)) == {PlaybookState.SOLVED}


def test_files_of_another_company_are_compared_and_the_walk_can_be_left(vault_keys: Path, page_of: Open):
    walk = begin("csd").to("take_in")
    page = stuck_at(page_of, walk, "el archivo es de otra empresa")
    page.fill("#walk_seen_rfc", "OÑO120726RX3")
    press(page, "Comparar", then="¿Qué pasó?")
    press(page, "Aquí están mal los datos", then="¿Ya los corregiste?")
    out(page, "Dejar esta salida")
    assert PlaybookRun.objects.get().state == PlaybookState.LEFT
    assert Evidence.objects.filter(playbook__renewal=walk.renewal).count() == 2
