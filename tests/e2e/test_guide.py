"""Does the guide work beside the portal: verdicts that arrive by themselves, two people, half a window?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from renewals.procedure.steps import plan_for
from tests.factories import PASSWORD
from tests.walks import Walk, begin, run_workers

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.e2e.conftest import Watch

pytestmark = pytest.mark.django_db(transaction=True)

#: Half a screen beside the portal, and a phone.
WIDTHS = (720, 390)
COINCIDES = "Los datos coinciden y capturé el correo de esta página"
#: What a browser does with files that are let go over an element, and with a picture in its clipboard.
DROP = """([selector, name, text]) => {
  const files = new DataTransfer();
  files.items.add(new File([text], name));
  const event = new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true });
  document.querySelector(selector).dispatchEvent(event);
}"""
PASTE = """() => {
  const files = new DataTransfer();
  files.items.add(new File(["imagen"], "image.png", { type: "image/png" }));
  document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: files, bubbles: true, cancelable: true }));
}"""


def address(walk: Walk) -> str:
    return reverse("renewal", args=[walk.renewal.pk])


def stays_the_same_page(page: Page) -> None:
    page.evaluate("window.isTheSamePage = true")


def is_the_same_page(page: Page) -> bool:
    return bool(page.evaluate("window.isTheSamePage === true"))


def choose_key(page: Page, walk: Walk, passphrase: str | None = None) -> None:
    key = walk.key_file(passphrase=passphrase)
    file = {"name": "nueva.key", "mimeType": "application/octet-stream", "buffer": key.data}
    page.set_input_files("input[name=key_file]", file)  # type: ignore[arg-type]  # the payload as a plain dict


def test_the_verdict_arrives_without_reloading_and_the_page_goes_on(vault_keys: Path, page_of: Callable[..., Page]):
    walk = begin().to("mouse_entropy")
    page = page_of("beto")
    page.goto(address(walk))
    stays_the_same_page(page)
    choose_key(page, walk)
    page.click("text=Entregar y revisar")
    page.wait_for_selector("text=El sistema está revisando")
    run_workers()
    page.wait_for_selector("text=Paso 5 de 14")
    assert is_the_same_page(page)
    assert page.evaluate("document.activeElement.id") == "step-title"
    assert "Firma la carta con el certificado anterior" in page.inner_text("#announce")


def test_a_key_that_does_not_open_comes_back_with_what_to_do(vault_keys: Path, page_of: Callable[..., Page]):
    walk = begin().to("mouse_entropy")
    page = page_of("beto")
    page.goto(address(walk))
    choose_key(page, walk, passphrase="OtraClave2026")
    page.click("text=Entregar y revisar")
    page.wait_for_selector("text=El sistema está revisando")
    run_workers()
    page.wait_for_selector("text=La contraseña sellada no abre esta llave")
    assert "La contraseña sellada no abre esta llave" in page.inner_text("#announce")
    assert page.evaluate("document.activeElement.closest('.notice.bad') !== null")
    assert page.locator("input[name=key_file]").count() == 1


def test_two_people_on_one_step_one_wins_and_the_other_is_told(vault_keys: Path, page_of: Callable[..., Page]):
    walk = begin().to("confirm_company")
    first, second = page_of("beto"), page_of("ana")
    for page in (first, second):
        page.goto(address(walk))
    first.click(f"text={COINCIDES}")
    first.wait_for_selector("text=Paso 3 de 14")
    second.click(f"text={COINCIDES}")
    second.wait_for_selector("text=beto ya movió este paso")
    assert second.is_visible("text=Paso 3 de 14")


def test_a_tab_left_open_catches_up_when_somebody_comes_back_to_it(vault_keys: Path, page_of: Callable[..., Page]):
    walk = begin().to("confirm_company")
    page = page_of("beto")
    page.goto(address(walk))
    walk.hand_in(confirmed="yes", by=walk.second)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_selector("text=Paso 3 de 14")


def test_an_upload_outlives_a_session_that_ended_and_is_sent_from_the_same_page(
    vault_keys: Path, page_of: Callable[..., Page], watch: Watch
):
    walk = begin().to("mouse_entropy")
    page = page_of("beto")
    page.goto(address(walk))
    choose_key(page, walk)
    session = [one for one in page.context.cookies() if one.get("name") == "sessionid"]
    assert session
    page.context.clear_cookies(name="sessionid")
    page.click("text=Entregar y revisar")
    page.wait_for_selector("text=Tu sesión terminó; aquí no se perdió nada")
    assert page.is_visible("text=nueva.key")

    with page.context.expect_page() as opening:
        page.click("text=Entrar en otra pestaña")
    beside = opening.value
    watch.listen(beside)
    beside.fill("input[name=username]", "beto")
    beside.fill("input[name=password]", PASSWORD)
    beside.click("form button[type=submit]")
    beside.wait_for_selector("text=Ya entraste")
    beside.close()

    page.click("text=Entregar y revisar")
    page.wait_for_selector("text=El sistema está revisando")


def test_a_file_is_dropped_anywhere_and_shown_with_its_size_before_it_is_sent(
    vault_keys: Path, page_of: Callable[..., Page]
):
    walk = begin().to("certificate_saved")
    page = page_of("beto")
    page.goto(address(walk))
    page.evaluate(DROP, [".reading", "nuevo.cer", "x" * 2048])
    assert page.inner_text(".dropzone-files").startswith("nuevo.cer 2 kB")
    page.click("text=Quitar")
    assert page.evaluate("document.querySelector('[name=certificate_file]').files.length") == 0


def test_a_picture_is_pasted_as_evidence_and_what_is_too_large_is_said_before_it_is_sent(
    vault_keys: Path, page_of: Callable[..., Page]
):
    walk = begin().to("access_granted")
    page = page_of("beto")
    page.goto(address(walk))
    page.evaluate(PASTE)
    assert page.inner_text(".dropzone-files").startswith("captura-")
    page.evaluate("document.querySelector('[name=screenshot]').dataset.limit = 3")
    page.evaluate(PASTE)
    page.click("text=Entré a IDSE con el certificado nuevo")
    assert page.is_visible("text=Este archivo es muy grande")
    walk.renewal.refresh_from_db()
    assert walk.row.state == "pending"


def test_every_step_fits_half_a_window_and_a_phone_with_the_company_in_sight(
    vault_keys: Path, page_of: Callable[..., Page]
):
    walk = begin()
    page = page_of("beto")
    for key in plan_for("npie").step_keys():
        page.goto(reverse("step", args=[walk.renewal.pk, key]))
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (key, width)
            page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
            box = page.locator(".client").bounding_box()
            assert box is not None
            assert 0 <= box["y"] < 800, (key, width)
            page.evaluate("window.scrollTo(0, 0)")


def test_a_file_name_is_copied_with_one_press(vault_keys: Path, page_of: Callable[..., Page]):
    walk = begin().to("new_key_place")
    page = page_of("beto")
    page.goto(address(walk))
    page.click("[data-copy='#key-name']")
    page.wait_for_selector("button:has-text('Copiado')")
    page.click(".client .who .copy-text")
    page.wait_for_selector(f".client :text('{walk.renewal.company.rfc} ✓')")


def test_the_guide_works_with_the_keyboard_alone(vault_keys: Path, page_of: Callable[..., Page]):
    walk = begin().to("confirm_company")
    page = page_of("beto")
    page.goto(address(walk))
    page.focus("button[name=confirmed]")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Paso 3 de 14")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.step') !== null")
