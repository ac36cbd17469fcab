"""Which pictures of the guide does the handbook show? Run by name, it walks a renewal and takes them anew.

    .venv/bin/pytest tests/e2e/pictures.py

Every step half a window wide and in light, as it stands beside the portal; a few wide, dark and on a phone.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from PIL import Image

from firm.env import BASE_DIR
from renewals.procedure.steps import plan_for
from tests import factories
from tests.walks import begin

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)

PLACE = BASE_DIR / "docs" / "images" / "steps"
SIZES = {"half": (720, 860), "wide": (1440, 900), "phone": (390, 844)}
#: Steps that are shown in other sizes and colours too.
MORE = {
    "enter_idse": (("wide", "light"), ("phone", "light")),
    "confirm_company": (("wide", "dark"),),
    "mouse_entropy": (("half", "dark"), ("phone", "dark")),
    "sign_terms_old": (("wide", "light"), ("half", "dark")),
    "certificate_saved": (("phone", "light"),),
    "access_granted": (("wide", "light"), ("half", "dark"), ("phone", "light")),
}
COLOURS = 48


def test_take_pictures_of_every_step(vault_keys: Path, page_of: Callable[..., Page]):
    beto = factories.person("beto")
    home = factories.company(
        responsible=beto, name="Maderas del Istmo, S.A. de C.V.", renewal_mailbox="imss@maderas.example"
    )
    walk = begin(by=beto, company=home)
    page = page_of("beto")
    for number, key in enumerate(plan_for("npie").step_keys(), start=1):
        walk.to(key)
        page.goto(reverse("step", args=[walk.renewal.pk, key]))
        for size, scheme in (("half", "light"), *MORE.get(key, ())):
            _take(page, f"{number:02}-{key}-{size}-{scheme}.png", size, scheme)


def _take(page: Page, name: str, size: str, scheme: str) -> None:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # light or dark, from the table above
    PLACE.mkdir(parents=True, exist_ok=True)
    path = PLACE / name
    page.screenshot(path=path)
    with Image.open(path) as taken:
        taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
