"""Does the desk work in a real browser: numbers that lead to rows, many queued at once, every width, light and dark?"""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from renewals.desk import pending
from renewals.models import Renewal, SweepRun
from tests.factories import company, person
from tests.integration.desk.rows import listed

WIDTHS = {"wide": 1440, "half": 720, "phone": 390}


@pytest.fixture
def firm(transactional_db):
    """Beto's company with certificates near and far, watched an hour ago."""
    theirs = company(name="Óptica Ñandú", responsible=person("beto"))
    now = timezone.now()
    SweepRun.objects.create(started_at=now - timedelta(hours=1), finished_at=now)
    return [listed(theirs, days=days) for days in (-4, 2, 20, 80, 300)]


def test_a_number_leads_to_its_rows_and_a_search_finds_one(firm, page_of):
    page = page_of("beto")
    page.goto(reverse("admin:index"))
    page.get_by_role("link", name=re.compile("Vencen en 90 días")).click()
    expect(page.locator("#result_list tbody")).to_have_count(3)
    page.get_by_placeholder("RFC, empresa, registro patronal").fill(firm[0].serial)
    page.keyboard.press("Enter")
    page.wait_for_url("**q=**")
    page.goto(f"{reverse('admin:renewals_certificate_changelist')}?q=nandu")
    expect(page.locator("#result_list tbody")).to_have_count(5)
    page.get_by_role("link", name=re.compile("Óptica Ñandú")).first.click()
    page.wait_for_url(f"**{reverse('certificate', args=[firm[0].pk])}")


def test_chosen_certificates_are_queued_and_the_page_shows_it_by_itself(firm, page_of):
    page = page_of("beto")
    page.goto(f"{reverse('admin:renewals_certificate_changelist')}?faltan=30")
    for place in range(2):
        page.locator("input.action-select").nth(place).check()
    page.locator("select[name=action]").select_option(label="Poner en cola la renovación")
    page.get_by_role("button", name="Hacer").click()
    page.get_by_role("button", name="Poner en cola").click()
    page.get_by_text("Puedes cerrar esta página").wait_for()
    pending.work(queue="default")
    # The bar asks again by itself, and then the page shows every row.
    page.get_by_text("Terminado").wait_for()
    page.get_by_text("2 de 2").wait_for()
    assert Renewal.objects.count() == 2


def test_the_desk_fits_every_width_in_light_and_dark(firm, page_of):
    page = page_of("ana")
    pages = [
        "admin:index",
        "admin:renewals_certificate_changelist",
        "admin:renewals_company_changelist",
        "admin:renewals_person_changelist",
        "person_new",
        "change_password",
        "mail_test",
    ]
    for name in pages:
        page.goto(reverse(name))
        page.wait_for_load_state("networkidle")
        for size, width in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": 900})
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, size, scheme)


def test_the_keyboard_reaches_the_content_first_and_sees_where_it_is(page_of):
    page = page_of("ana")
    page.goto(reverse("change_password"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Ir al contenido"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "current"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
