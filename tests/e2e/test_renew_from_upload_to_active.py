"""Can staff take an expired IMSS certificate from upload to its active successor, in a browser, with real files?"""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from renewals.models import Certificate, Company, PairState, Renewal, RenewalState
from renewals.models.certificate import Kind
from renewals.pki.authority import as_sat_key_file
from renewals.pki.certificate import read_certificate
from renewals.pki.private_key import open_private_key
from renewals.pki.signatures import prove_pair
from tests import factories, pdfs
from tests.pairs import Pair, make_pair, pooled_key
from tests.walks import run_workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from playwright.sync_api import Page

    from tests.e2e.conftest import Watch

RFC, NAME, REGISTRO = "EKU9003173C9", "ESCUELA KEMPER URGATE SA DE CV", "Y5400001102"
LETTERS = ("terms_offered_again", "sign_terms_new")
CONDITIONS = ("conditions_at_login", "sign_conditions_new")


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
    """Ask for a pair on the certificate's page, with a reason."""
    page.get_by_role("link", name="Pedir los archivos", exact=True).click()
    page.fill("textarea[name=reason]", "Renovar el certificado en IDSE")
    return take_out(page, "Pedir archivos")


def take_out(page: Page, button_name: str) -> tuple[dict[str, bytes], str]:
    """Ask for what the step hands out; gives the files of the package and the passphrase shown."""
    page.get_by_role("button", name=button_name, exact=True).click()
    page.wait_for_url("**/entregas/*-*/")
    run_workers()
    button = page.get_by_role("button", name="Ver la contraseña", exact=True)
    button.wait_for()
    files: dict[str, bytes] = {}
    if page.get_by_role("button", name="Descargar archivos", exact=True).count():
        with page.expect_download() as downloading:
            page.get_by_role("button", name="Descargar archivos", exact=True).click()
        package = zipfile.ZipFile(io.BytesIO(Path(downloading.value.path()).read_bytes()))
        files = {name: package.read(name) for name in package.namelist()}
        # Once downloaded the page says so by itself.
        page.get_by_text("Descargados").wait_for()
    button.click()
    passphrase = page.locator("#passphrase").inner_text()
    page.reload()
    assert passphrase not in page.content()
    page.locator("p.actions a.btn").first.click()
    return files, passphrase


def at_step(page: Page, number: int) -> None:
    """The page shows this step as the current one."""
    page.locator("h1", has_text=f"{number}. ").wait_for()
    assert f"Paso {number} de 14" in page.inner_text("main")


def hand_in_letter(page: Page, step: str) -> None:
    """Give the letter of a step: it names the company and the day, as a portal's does."""
    attach(page, "letter", f"{step}.pdf", pdfs.letter(f"{step}: {RFC}, {timezone.localdate():%d/%m/%Y}"))
    hand_in(page, "Listo, siguiente paso")


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
    # The first click's answer is dropped for the second's, so this waits for the place and not for one navigation.
    beto.wait_for_function("location.pathname.startsWith('/lotes/')")
    run_workers()
    return Renewal.objects.get()


def walk_to_the_new_key(beto: Page, old: Pair) -> str:
    """Steps 1 to 3: out with the old files, into the portal, and the new password, which is given back."""
    at_step(beto, 1)
    beto.get_by_text(RFC).first.wait_for()
    files, passphrase = take_out(beto, "Sacar los archivos")
    assert passphrase == old.passphrase
    require_pair(files, passphrase)
    hand_in(beto, "Dice que el certificado ya no es vigente y ofrece renovarlo")

    at_step(beto, 2)
    hand_in(beto, "Los datos coinciden y capturé el correo de esta página")

    at_step(beto, 3)
    files, new_passphrase = take_out(beto, "Ver la contraseña nueva")
    assert not files
    assert new_passphrase.isalnum()
    assert 8 <= len(new_passphrase) <= 20
    hand_in(beto, "La que me dio esta página")
    return new_passphrase


def walk_to_the_certificate(beto: Page, key: RSAPrivateKey, passphrase: str) -> None:
    """Steps 4 to 7: a key that the new password does not open is refused; the right one is kept and given back."""
    at_step(beto, 4)
    attach(beto, "key_file", "nueva.key", as_sat_key_file(key, "OtraClave2026"))
    hand_in(beto, "Entregar y revisar")
    run_workers()
    beto.get_by_text("No pasó la revisión", exact=True).wait_for()
    attach(beto, "key_file", "nueva.key", as_sat_key_file(key, passphrase))
    hand_in(beto, "Entregar y revisar")
    run_workers()

    at_step(beto, 5)
    hand_in_letter(beto, "sign_terms_old")

    at_step(beto, 6)
    hand_in(beto, "La pantalla siguió sola")

    at_step(beto, 7)
    files, again = take_out(beto, "Sacar la llave nueva")
    assert again == passphrase
    open_private_key(next(iter(files.values())), passphrase)
    hand_in(beto, "Le di al portal la llave nueva y la contraseña nueva")


def hand_in_certificates(beto: Page, key: RSAPrivateKey) -> None:
    """Step 8: the certificate of another client is refused by name; the one that the portal wrote is taken in."""
    at_step(beto, 8)
    begins, ends = timezone.now() - timedelta(hours=1), timezone.now() + timedelta(days=730)
    stranger = make_pair(
        "npie", rfc="SAT970701NN3", registro_patronal="Z9999999105", key=key, not_before=begins, not_after=ends
    )
    attach(beto, "certificate_file", "otro.cer", stranger.certificate)
    hand_in(beto, "Entregar y revisar")
    beto.get_by_text("SAT970701NN3").first.wait_for()
    assert Certificate.objects.count() == 1
    issued = make_pair("npie", rfc=RFC, name=NAME, key=key, not_before=begins, not_after=ends)
    attach(beto, "certificate_file", "nuevo.cer", issued.certificate)
    hand_in(beto, "Entregar y revisar")
    run_workers()


def walk_to_the_end(beto: Page, ana: Page, renewal: Renewal) -> None:
    """Steps 9 to 14: the letters, the machine's own proof of the new pair, and the word of two people."""
    for number, step in enumerate(LETTERS, 9):
        at_step(beto, number)
        hand_in_letter(beto, step)
    run_workers()
    for number, step in enumerate(CONDITIONS, 12):
        at_step(beto, number)
        hand_in_letter(beto, step)

    at_step(beto, 14)
    attach(beto, "screenshot", "idse.png", b"\x89PNG de prueba")
    hand_in(beto, "Entré a IDSE con el certificado nuevo")
    beto.get_by_text("Falta la segunda confirmación", exact=True).wait_for()
    renewal.refresh_from_db()
    assert renewal.state == RenewalState.OPEN
    ana.goto(f"/renovaciones/{renewal.pk}/")
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
    factories.person("beto", first_name="Beto")
    ana, beto = page_of("ana"), page_of("beto")

    old = upload(beto, take_company_on(ana), expired)
    renewal = queue_by_bulk_action(beto)
    beto.goto(f"/renovaciones/{renewal.pk}/")
    new_key = pooled_key()
    walk_to_the_certificate(beto, new_key, walk_to_the_new_key(beto, expired))
    hand_in_certificates(beto, new_key)
    walk_to_the_end(beto, ana, renewal)

    renewal.refresh_from_db()
    old.refresh_from_db()
    new = Certificate.objects.get(born_in=renewal)
    assert renewal.state == RenewalState.DONE
    assert (new.is_primary, new.retired_at, new.pair_state) == (True, None, PairState.IN_CUSTODY)
    assert new.predecessor_id == old.pk
    assert old.retired_at is not None

    # The old pair is still there and still opens.
    beto.goto(f"/certificados/{old.pk}/")
    require_pair(*take_out_of_certificate(beto))
