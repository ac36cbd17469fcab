"""A person comes in and sees their own desk; somebody else does not come in."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests import factories
from tests.pairs import make_pair


def test_a_person_comes_in_and_sees_their_work(page_of, live_server):
    company = factories.company(responsible=factories.person("beto"))
    factories.certificate(company, make_pair("npie"))
    page = page_of(None)
    page.goto("/")
    page.fill("input[name=username]", "beto")
    page.fill("input[name=password]", factories.PASSWORD)
    page.click("form button[type=submit]")
    expect(page).to_have_url(re.compile("/admin/"))
    page.goto("/admin/renewals/certificate/")
    expect(page.get_by_text(company.rfc).first).to_be_visible()


def test_a_wrong_password_is_refused_in_spanish(page_of, live_server):
    factories.person("beto")
    page = page_of(None)
    page.goto("/admin/")
    page.fill("input[name=username]", "beto")
    page.fill("input[name=password]", "esta no es")
    page.click("form button[type=submit]")
    expect(page).to_have_url(re.compile("/entrar/"))
    expect(page.locator(".notice.bad, .error").first).to_be_visible()


def test_two_people_see_their_own_companies_side_by_side(page_of, live_server):
    beto, carla = page_of("beto"), page_of("carla")
    company = factories.company(responsible=factories.person("beto"))
    for page in (beto, carla):
        page.goto("/admin/renewals/company/")
    expect(beto.get_by_text(company.rfc).first).to_be_visible()
    expect(carla.get_by_text(company.rfc)).to_have_count(0)
