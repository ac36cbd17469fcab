"""Does the guide work beside the portal: verdicts that arrive by themselves, two people, half a window?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from renewals.procedure.steps import plan_for
from tests.walks import Walk, begin, run_workers

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)

#: Half a screen beside the portal, and a phone.
WIDTHS = (720, 390)


def address(walk: Walk) -> str:
    return reverse("renewal", args=[walk.renewal.pk])


def test_the_verdict_arrives_without_reloading_and_the_page_goes_on(
    vault_keys: Path, page_of: Callable[..., Page], tmp_path: Path
):
    walk = begin().to("mouse_entropy")
    file = tmp_path / "nueva.key"
    file.write_bytes(walk.key_file().data)
    page = page_of("beto")
    page.goto(address(walk))
    page.set_input_files("input[name=key_file]", file)
    page.click("text=Entregar y revisar")
    page.wait_for_selector("text=El sistema está revisando")
    run_workers()
    page.wait_for_selector("text=Paso 5 de 14")


def test_a_key_that_does_not_open_comes_back_with_what_to_do(
    vault_keys: Path, page_of: Callable[..., Page], tmp_path: Path
):
    walk = begin().to("mouse_entropy")
    file = tmp_path / "nueva.key"
    file.write_bytes(walk.key_file(passphrase="OtraClave2026").data)
    page = page_of("beto")
    page.goto(address(walk))
    page.set_input_files("input[name=key_file]", file)
    page.click("text=Entregar y revisar")
    run_workers()
    page.wait_for_selector("text=La contraseña sellada no abre esta llave")
    assert page.is_visible("input[name=key_file]")


def test_two_people_on_one_step_one_wins_and_the_other_is_told(vault_keys: Path, page_of: Callable[..., Page]):
    walk = begin().to("confirm_company")
    first, second = page_of("beto"), page_of("ana")
    for page in (first, second):
        page.goto(address(walk))
        page.check("input[name=confirmed]")
    first.click("text=Listo, siguiente paso")
    first.wait_for_selector("text=Paso 3 de 14")
    second.click("text=Listo, siguiente paso")
    second.wait_for_selector("text=beto ya movió este paso")
    assert second.is_visible("text=Paso 3 de 14")


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


def test_the_guide_works_with_the_keyboard_alone(vault_keys: Path, page_of: Callable[..., Page]):
    walk = begin().to("confirm_company")
    page = page_of("beto")
    page.goto(address(walk))
    page.focus("input[name=confirmed]")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Paso 3 de 14")
