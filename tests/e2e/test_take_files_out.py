"""Do files leave custody only under a mandate that two people know of, once, and several only with a second yes?"""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from renewals.models import Approval, ApprovalState, Certificate, Checkout, CheckoutState, Company, Mandate
from tests import factories
from tests.pairs import make_pair
from tests.walks import run_workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.e2e.conftest import Watch

PAPER = b"%PDF-1.7 carta mandato"


@pytest.fixture
def certificates(vault_keys: Path, settings, tmp_path: Path) -> list[Certificate]:
    """Two in custody, of a company that beto answers for and that has signed nothing yet."""
    settings.MEDIA_ROOT = tmp_path / "files"
    company = factories.company(responsible=factories.person("beto"), with_mandate=False)
    rows = []
    for kind in ("npie", "efirma"):
        pair = make_pair(kind, not_after=timezone.now() + timedelta(days=400))
        rows.append(factories.certificate(company, pair))
        factories.sealed_key(rows[-1], pair)
    run_workers()
    return rows


def press(page: Page, name: str) -> None:
    """Press the one button of this name, and wait for the answer."""
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_load_state()


def register_mandate(beto: Page) -> None:
    """From the page that says that it is missing, by its one button; beto cannot confirm what he registered."""
    beto.get_by_role("link", name="Registrar mandato", exact=True).click()
    beto.set_input_files(
        "input[name=document]", {"name": "mandato.pdf", "mimeType": "application/pdf", "buffer": PAPER}
    )
    beto.fill("input[name=given_by]", "Laura Contadora")
    press(beto, "Registrar mandato")
    beto.get_by_text("Ya quedó registrado. Falta que otra persona lo confirme").wait_for()
    assert not beto.get_by_role("button", name="Coincide: confirmar el mandato").count()


def confirm_mandate(ana: Page) -> None:
    """The client says yes by their link, of which another story tells; another person opens the paper and confirms."""
    factories.accept(Mandate.objects.get())
    ana.goto(f"/mandatos/{Mandate.objects.get().pk}/")
    with ana.expect_download() as downloading:
        ana.get_by_role("link", name="mandato.pdf", exact=True).click()
    assert Path(downloading.value.path()).read_bytes() == PAPER
    press(ana, "Coincide: confirmar el mandato")
    ana.get_by_text("Vigente", exact=True).wait_for()


def download(page: Page) -> list[str]:
    """Download what is ready; gives the names in the package."""
    run_workers()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Descargar archivos", exact=True).click()
    with zipfile.ZipFile(io.BytesIO(Path(downloading.value.path()).read_bytes())) as package:
        return package.namelist()


def test_a_pair_is_taken_out_once_and_a_second_download_is_refused(
    page_of: Callable[..., Page], watch: Watch, certificates: list[Certificate]
) -> None:
    watch.allowed.append("status of 409")
    ana, beto = page_of("ana"), page_of("beto")
    beto.goto(f"/certificados/{certificates[0].pk}/")
    beto.get_by_role("link", name="Pedir los archivos", exact=True).click()
    beto.get_by_text("Todavía no se pueden pedir").wait_for()
    register_mandate(beto)
    confirm_mandate(ana)

    beto.get_by_role("link", name="Volver a pedir los archivos", exact=True).click()
    beto.fill("textarea[name=reason]", "Renovar en IDSE")
    beto.select_option("select[name=minutes]", "15")
    press(beto, "Pedir archivos")
    # A second window of the same browser, open before the first download: it still shows the button.
    run_workers()
    other = beto.context.new_page()
    watch.listen(other)
    other.goto(beto.url)
    other.get_by_role("button", name="Descargar archivos", exact=True).wait_for()
    names = download(beto)
    assert [name.rpartition(".")[2] for name in sorted(names)] == ["cer", "key"]
    press(other, "Descargar archivos")
    other.get_by_text("ya se descargaron").wait_for()

    press(beto, "Ver la contraseña")
    assert beto.locator("#passphrase").inner_text()
    beto.get_by_role("link", name="Ya la usé, ocultar", exact=True).click()
    expect(beto.locator("#passphrase")).to_have_count(0)
    press(beto, "Ya los borré")
    beto.get_by_text("Quedó anotado").first.wait_for()
    row = Checkout.objects.get()
    assert (row.state, row.package, row.passphrase_box) == (CheckoutState.TAKEN, None, None)
    assert row.removed_at is not None


def test_several_pairs_go_out_after_a_second_person_said_yes(
    page_of: Callable[..., Page], certificates: list[Certificate]
) -> None:
    factories.mandate(Company.objects.get())
    ana, beto = page_of("ana"), page_of("beto")
    beto.goto("/admin/renewals/certificate/")
    for box in beto.locator("input.action-select").all():
        box.check()
    beto.select_option("select[name=action]", label="Pedir los archivos")
    beto.click("#changelist-actions button[name=index]")
    beto.fill("textarea[name=reason]", "Cambio de computadora")
    press(beto, "Pedir la aprobación")
    approval = Approval.objects.get()
    assert not beto.get_by_role("button", name="Aprobar la entrega").count()

    ana.goto("/")
    ana.get_by_role("link", name="Ver qué piden y decidir").click()
    ana.goto(f"/aprobaciones/{approval.pk}/")
    ana.get_by_text("Cambio de computadora").first.wait_for()
    press(ana, "Aprobar la entrega")

    beto.goto("/")
    beto.get_by_role("link", name="Recogerlos antes del").click()
    press(beto, "Recoger los archivos")
    assert len(download(beto)) == 4
    beto.get_by_text("Descargados").wait_for()
    press(beto, "Ver la contraseña")
    expect(beto.locator("code.secret")).to_have_count(2)
    approval.refresh_from_db()
    assert approval.state == ApprovalState.USED
