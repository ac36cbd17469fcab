"""Does a client without an account send a key, and say yes to a mandate, from a telephone, with a link and a code?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core import mail
from django.urls import reverse

from renewals.models import Certificate, Contact, Mandate, PairState
from tests import factories
from tests.pairs import Pair, make_pair
from tests.walks import run_workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.e2e.conftest import Watch

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def pair() -> Pair:
    return make_pair()


@pytest.fixture
def certificate(pair: Pair, vault_keys: Path, settings, tmp_path: Path) -> Certificate:
    """Without its key, of a company whose contact has an address."""
    settings.MEDIA_ROOT = tmp_path / "files"
    company = factories.company(responsible=factories.person("beto"), with_mandate=False)
    Contact.objects.create(company=company, name="Laura Contadora", email="laura@kemper.example", phone="55 1234 5678")
    factories.mandate(company, accepted_at=None, accepted_by="", document_name="mandato.pdf")
    return factories.certificate(company, pair, pair_state="no_key")


def press(page: Page, name: str) -> None:
    """Press the one button of this name, and wait for the answer."""
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_load_state()


def asked_for(page: Page, address: str) -> tuple[str, str]:
    """Ask on the page; the link from the mail that then leaves, and the code that the page shows."""
    page.goto(address)
    press(page, "Mandar el enlace y ver el código")
    code = page.locator("#the-code").inner_text()
    run_workers()
    sent = mail.outbox[-1]
    assert code not in str(sent.body)
    found = re.search(r"(/enlace/[\w-]+/)", str(sent.body))
    assert found is not None
    return found[1], code


def fits(page: Page) -> bool:
    """Whether nothing of the page lies beside the telephone's screen."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def come_in(phone: Page, link: str, code: str) -> None:
    """Open the link, and type the code as it was heard."""
    phone.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a plain dict is one
    phone.goto(link)
    assert fits(phone)
    assert "Kemper" not in phone.content()
    press(phone, "Continuar")
    assert link.split("/")[2] not in phone.url
    assert "Kemper" not in phone.content()
    phone.get_by_label("Código que le dictaron por teléfono").fill(code.lower())
    press(phone, "Continuar")
    phone.get_by_text("Lo que le pedimos").first.wait_for()
    assert fits(phone)


def test_a_key_and_a_yes_come_from_a_telephone(
    certificate: Certificate, pair: Pair, beto_page: Page, page_of: Callable[..., Page], watch: Watch
) -> None:
    # Pages that refuse answer 409, which Chromium tells in its console.
    watch.allowed.append("status of 409")
    company, query = certificate.company_id, f"certificado={certificate.pk}&que=key,mandate"
    link, code = asked_for(beto_page, f"{reverse('client_request_new')}?empresa={company}&{query}")
    phone = page_of(None)
    come_in(phone, link, code)

    phone.get_by_role("link", name=re.compile("Mandar.*La llave")).click()
    file = {"name": "llave.key", "mimeType": "application/octet-stream", "buffer": pair.key_file}
    phone.set_input_files("input[name=key]", file)  # type: ignore[arg-type]  # the payload as a plain dict
    phone.get_by_label("Contraseña de la llave").fill("no es esta")
    press(phone, "Mandar")
    phone.get_by_text("La contraseña no abre la llave").wait_for()
    assert fits(phone)
    assert "no es esta" not in phone.content()
    phone.set_input_files("input[name=key]", file)  # type: ignore[arg-type]  # the payload as a plain dict
    phone.get_by_label("Contraseña de la llave").fill(pair.passphrase)
    press(phone, "Mandar")
    phone.get_by_text("Recibido").wait_for()

    phone.get_by_role("link", name=re.compile("Leer y autorizar")).click()
    phone.get_by_text("En nombre de Escuela Kemper Urgate").wait_for()
    assert fits(phone)
    phone.get_by_label("Nombre completo de quien autoriza").fill("Laura Contadora Ruiz")
    phone.get_by_label("Leí lo anterior y lo autorizo").check()
    press(phone, "Autorizar")
    phone.get_by_role("heading", name="Gracias").wait_for()
    assert fits(phone)

    run_workers()
    certificate.refresh_from_db()
    assert certificate.pair_state == PairState.IN_CUSTODY
    assert Mandate.objects.get().accepted_by == "Laura Contadora Ruiz"
    beto_page.goto(reverse("company", args=[company]) + "#peticiones")
    beto_page.get_by_text("Contestada").wait_for()
