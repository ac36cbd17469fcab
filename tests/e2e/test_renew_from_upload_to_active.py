"""Does an expired IMSS certificate that a new client brings come to its active successor, seen in a browser?

What comes before the guide and after it: the client taken on, the pair uploaded, queued in bulk; somebody else's
certificate refused by name, two words that the client is in, and the old pair still there. The fourteen steps beside a
portal are a story of their own, so here the steps between are walked by the verbs.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from renewals.models import Certificate, Company, PairState, Renewal, RenewalState
from renewals.models.certificate import Kind
from renewals.pki.certificate import read_certificate
from renewals.pki.private_key import open_private_key
from renewals.pki.signatures import prove_pair
from tests import factories
from tests.pairs import Pair, make_pair
from tests.walks import Walk, run_workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.e2e.conftest import Watch

RFC, NAME, REGISTRO = "EKU9003173C9", "ESCUELA KEMPER URGATE SA DE CV", "Y5400001102"


@pytest.fixture
def expired() -> Pair:
    """What the client still has from IMSS: a pair that ended three days ago."""
    now = timezone.now()
    return make_pair(
        "npie", rfc=RFC, name=NAME, not_before=now - timedelta(days=727), not_after=now - timedelta(days=3)
    )


def attach(page: Page, name: str, file_name: str, data: bytes) -> None:
    """Choose a file, from memory: nothing of a key touches the disk."""
    page.set_input_files(
        f"input[name={name}]", {"name": file_name, "mimeType": "application/octet-stream", "buffer": data}
    )


def press(page: Page, name: str) -> None:
    """Press the one button of this name, and wait for the answer."""
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_load_state()


def hand_in(page: Page, name: str) -> None:
    """Press the button that hands a step in; the page sends it and goes on without being loaded again."""
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_role("button", name=name, exact=True).click()


def take_out_of_certificate(page: Page) -> tuple[dict[str, bytes], str]:
    """Ask for a pair on the certificate's page, with a reason; gives its files and the passphrase, shown once."""
    page.get_by_role("link", name="Pedir los archivos", exact=True).click()
    page.fill("textarea[name=reason]", "Renovar el certificado en IDSE")
    page.get_by_role("button", name="Pedir archivos", exact=True).click()
    page.wait_for_url("**/entregas/*-*/")
    run_workers()
    button = page.get_by_role("button", name="Ver la contraseña", exact=True)
    button.wait_for()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Descargar archivos", exact=True).click()
    package = zipfile.ZipFile(io.BytesIO(Path(downloading.value.path()).read_bytes()))
    # Once downloaded the page says so by itself.
    page.get_by_text("Descargados").wait_for()
    button.click()
    passphrase = page.locator("#passphrase").inner_text()
    page.reload()
    assert passphrase not in page.content()
    return {name: package.read(name) for name in package.namelist()}, passphrase


def at_step(page: Page, number: int) -> None:
    """The page shows this step as the current one."""
    page.locator("h1", has_text=f"{number}. ").wait_for()
    assert f"Paso {number} de 14" in page.inner_text("main")


def take_company_on(ana: Page) -> Company:
    """A partner takes the company on, and makes Beto responsible."""
    ana.goto("/empresas/nueva/")
    ana.fill("input[name=rfc]", RFC)
    ana.fill("input[name=name]", NAME)
    ana.fill("input[name=renewal_mailbox]", "imss@kemper.example")
    ana.select_option("select[name=responsible]", label="Beto")
    ana.fill("textarea[name=registros_patronales]", "Y54-00001-10-2")
    ana.get_by_label("Nombre", exact=True).first.fill("Laura Contadora")
    ana.get_by_label("Correo", exact=True).first.fill("laura@kemper.example")
    press(ana, "Dar de alta")
    company = Company.objects.get(rfc=RFC)
    assert company.registros_patronales.get().number == REGISTRO
    factories.mandate(company)
    return company


def upload(beto: Page, company: Company, pair: Pair) -> Certificate:
    """Staff uploads the pair: a wrong password saves nothing, the right one brings it into custody in a moment."""
    beto.goto(f"/certificados/nuevo/?empresa={company.pk}")
    for passphrase in ("no es esta", pair.passphrase):
        assert not Certificate.objects.exists()
        attach(beto, "certificate", "npie.cer", pair.certificate)
        attach(beto, "key", "npie.key", pair.key_file)
        beto.fill("input[name=passphrase]", passphrase)
        press(beto, "Comprobar y guardar")
        if passphrase != pair.passphrase:
            beto.get_by_text("La contraseña no abre la llave").wait_for()
    certificate = Certificate.objects.get()
    assert (certificate.kind, certificate.pair_state) == (Kind.NPIE, PairState.SEALED)
    run_workers()
    # The page notices by itself.
    beto.get_by_text("En resguardo", exact=True).first.wait_for()
    certificate.refresh_from_db()
    assert certificate.pair_state == PairState.IN_CUSTODY
    return certificate


def queue_by_bulk_action(beto: Page) -> Renewal:
    """The bulk action queues the renewal; an impatient second click queues nothing twice."""
    beto.goto("/admin/renewals/certificate/")
    beto.check("input.action-select")
    beto.select_option("select[name=action]", label="Poner en cola la renovación")
    beto.click("#changelist-actions button[name=index]")
    beto.get_by_role("button", name="Poner en cola", exact=True).dblclick()
    # The first click's answer is dropped for the second's, so this looks at the place and waits for no navigation.
    expect(beto).to_have_url(re.compile("/lotes/"))
    beto.get_by_text("Puedes cerrar esta página").wait_for()
    run_workers()
    return Renewal.objects.get()


def hand_in_certificates(beto: Page, walk: Walk) -> None:
    """Step 8: the certificate of another client is refused by name; the one that the portal wrote is taken in."""
    beto.goto(reverse("renewal", args=[walk.renewal.pk]))
    at_step(beto, 8)
    stranger = walk.issued(rfc="SAT970701NN3", registro_patronal="Z9999999105")
    attach(beto, "certificate_file", "otro.cer", stranger.certificate)
    hand_in(beto, "Entregar y revisar")
    beto.get_by_text("SAT970701NN3").first.wait_for()
    assert Certificate.objects.count() == 1
    attach(beto, "certificate_file", "nuevo.cer", walk.issued(name=NAME).certificate)
    hand_in(beto, "Entregar y revisar")
    run_workers()
    at_step(beto, 9)


def say_that_they_are_in(beto: Page, ana: Page, renewal: Renewal) -> None:
    """Step 14: the word of one person does not end a renewal; that of a second does."""
    beto.goto(reverse("renewal", args=[renewal.pk]))
    at_step(beto, 14)
    attach(beto, "screenshot", "idse.png", b"\x89PNG de prueba")
    hand_in(beto, "Entré a IDSE con el certificado nuevo")
    beto.get_by_text("Falta la segunda confirmación", exact=True).wait_for()
    renewal.refresh_from_db()
    assert renewal.state == RenewalState.OPEN
    ana.goto(reverse("renewal", args=[renewal.pk]))
    hand_in(ana, "Confirmo que la empresa entra a IDSE")


def require_pair(files: dict[str, bytes], passphrase: str) -> None:
    """The files of a package are a certificate and the key that belongs to it."""
    key = next(data for name, data in files.items() if name.endswith(".key"))
    certificate = next(data for name, data in files.items() if name.endswith(".cer"))
    prove_pair(open_private_key(key, passphrase).key, read_certificate(certificate))


def test_an_expired_pair_goes_from_upload_through_fourteen_steps_to_its_active_successor(
    page_of: Callable[..., Page], watch: Watch, vault_keys: Path, expired: Pair
) -> None:
    # Two refusals are part of the story: a passphrase asked for a second time, and a certificate of another client.
    watch.allowed += ["status of 409", "status of 400"]
    person = factories.person("beto", first_name="Beto")
    ana, beto = page_of("ana"), page_of("beto")

    old = upload(beto, take_company_on(ana), expired)
    renewal = queue_by_bulk_action(beto)
    walk = Walk(renewal=renewal, old=expired, by=person, second=factories.person("ana"))
    hand_in_certificates(beto, walk.to("certificate_saved"))
    walk.to("access_granted")
    say_that_they_are_in(beto, ana, renewal)

    renewal.refresh_from_db()
    old.refresh_from_db()
    new = walk.new_certificate
    assert renewal.state == RenewalState.DONE
    assert (new.is_primary, new.retired_at, new.pair_state) == (True, None, PairState.IN_CUSTODY)
    assert new.predecessor_id == old.pk
    assert old.retired_at is not None

    # The old pair is still there and still opens.
    beto.goto(f"/certificados/{old.pk}/")
    require_pair(*take_out_of_certificate(beto))
