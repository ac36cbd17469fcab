"""Do the firm's own words stand in the place of the program's, escaped, by version, and only where they belong?"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from renewals.errors import NotPermitted
from renewals.errors.texts import TextChanged, TextPlaceUnknown
from renewals.models import Person, StepText
from renewals.procedure import restricted_text, steps, texts
from renewals.procedure.steps import PLANS
from renewals.web.program_words import program_words
from tests import factories
from tests.walks import begin

pytestmark = pytest.mark.django_db(transaction=True)

#: The edition that renewals begin with today.
EDITION = steps.plan_for("npie").edition
ADDRESS = ("npie", EDITION, "enter_idse", "do")
PARTS = [
    pytest.param(plan, step.key, part, id=f"{plan.name}-{plan.edition}-{step.key}-{part}")
    for plan in PLANS
    for step in plan.steps
    for part in texts.PARTS
]


@pytest.fixture
def partner() -> Person:
    return factories.person("ana", role="socio")


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def save(by: Person, body: str, *, seen: int = 0, part: str = "do", step_key: str = "enter_idse") -> StepText:
    return texts.save(
        plan="npie", edition=EDITION, step_key=step_key, part=part, body=body, seen=seen, by=by, now=timezone.now()
    )


def test_own_words_stand_on_the_page_filled_in_and_escaped(vault_keys: Path, partner: Person):
    company = factories.company(name="Tornillos <b>& Tuercas</b>", responsible=factories.person("beto"))
    walk = begin(company=company, by=factories.person("beto"))
    save(partner, "Hola **{empresa}** <script>alert(1)</script>\n\n1. Entra a https://idse.imss.gob.mx/")
    save(partner, "Llama a {correo}", part="playbook:key_lost")
    page = signed_in(walk.by).get(reverse("renewal", args=[walk.renewal.pk])).content.decode()
    assert "<strong>Tornillos &lt;b&gt;&amp; Tuercas&lt;/b&gt;</strong>" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert '<a href="https://idse.imss.gob.mx/"' in page
    assert "Saca de aquí el certificado anterior" not in page
    assert "Llama a" in page


def test_a_version_follows_another_and_nothing_is_lost(partner: Person):
    first = save(partner, "Uno")
    second = save(partner, "Dos", seen=first.version)
    save(partner, "", seen=second.version)
    bodies = [(one.version, one.body, one.is_current) for one in texts.versions_of(*ADDRESS)]
    assert bodies == [(3, "", True), (2, "Dos", False), (1, "Uno", False)]
    assert not texts.texts_of("npie", EDITION, "enter_idse")


def test_of_two_partners_one_saves_and_the_other_is_told(partner: Person):
    save(partner, "Uno")
    for late in (0, 5):
        with pytest.raises(TextChanged):
            save(partner, "Otro", seen=late)
    assert [one.body for one in texts.versions_of(*ADDRESS)] == ["Uno"]


def test_only_partners_write_and_only_where_there_is_something(partner: Person):
    with pytest.raises(NotPermitted):
        save(factories.person("beto"), "Hola")
    for step_key, part in (("enter_idse", "title"), ("enter_idse", "playbook:mail_missing"), ("no_such_step", "do")):
        with pytest.raises(TextPlaceUnknown):
            save(partner, "Hola", step_key=step_key, part=part)


def test_the_page_shows_both_previews_saves_and_brings_back(partner: Person):
    client, address = signed_in(partner), reverse("text", args=ADDRESS)
    assert "Saca de aquí el certificado anterior" in client.get(address).content.decode()
    seen = client.post(address, {"seen": 0, "body": "Con {rfc}", "preview": "1"}).content.decode()
    assert "Con XAXX010101000" in seen
    assert not StepText.objects.exists()
    refused = client.post(address, {"seen": 0, "body": "Con {clave}"})
    assert refused.status_code == 400
    assert "No hay ningún dato que se llame {clave}" in refused.content.decode()
    client.post(address, {"seen": 0, "body": "Con {rfc}"})
    assert "Nuestras" in client.get(reverse("texts")).content.decode()
    client.post(reverse("text_bring_back", args=ADDRESS), {"seen": 1})
    assert not texts.texts_of("npie", EDITION, "enter_idse")


@pytest.mark.parametrize(("plan", "step_key", "part"), PARTS)
def test_every_part_of_every_step_can_be_begun_from_the_programs_words(plan: steps.Plan, step_key: str, part: str):
    for kind in ("npie",) if plan.name == "npie" else ("efirma", "csd", "unknown"):
        words = program_words(step_key, part, kind=kind)
        assert restricted_text.parse(words)
        assert "{%" not in words


def test_a_renewal_stays_on_the_edition_it_began_with(
    vault_keys: Path, partner: Person, monkeypatch: pytest.MonkeyPatch
):
    walk = begin()
    first = steps.plan_for("npie")
    second = dataclasses.replace(first, edition=EDITION + 1, steps=first.steps[:1] + first.steps[2:])
    monkeypatch.setattr(steps, "PLANS", (*steps.PLANS, second))
    monkeypatch.setitem(steps._PLAN_OF_KIND, "npie", second)
    texts.save(
        plan="npie",
        edition=EDITION + 1,
        step_key="enter_idse",
        part="do",
        body="Nuevo",
        seen=0,
        by=partner,
        now=timezone.now(),
    )
    walk.hand_in(portal_notice="expired", own_copy="yes")
    assert walk.renewal.current_step == "confirm_company"
    assert walk.renewal.edition == EDITION
    page = signed_in(walk.by).get(reverse("step", args=[walk.renewal.pk, "enter_idse"])).content.decode()
    assert "Nuevo" not in page
    other = begin(company=factories.company(rfc="OÑO120726RX3", responsible=walk.by), by=walk.by)
    other.hand_in(portal_notice="expired", own_copy="yes")
    assert (other.renewal.edition, other.renewal.current_step) == (EDITION + 1, "new_key_place")
