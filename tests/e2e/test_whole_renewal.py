"""Can two people take an expired certificate through all fourteen steps, the guide beside a portal?

Nothing is done past the pages: what the guide hands out goes into the portal, and what the portal writes into the
guide. The portal is the one for practice. Every press, every field and every file is counted, and printed at the end.
"""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import TimeoutError as NotYet

from renewals.models import Certificate, Evidence, Renewal, RenewalState
from renewals.procedure.steps import Grade
from tests import factories
from tests.integration.practice.portal_walk import practice_pair
from tests.walks import run_workers

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from playwright.sync_api import Locator, Page

    from tests.e2e.conftest import Watch

#: What the guide may cost at most, both people together, so that no change makes the path longer unseen.
MOST_CLICKS_IN_THE_GUIDE, MOST_FIELDS_IN_THE_GUIDE = 30, 0
#: So many looks may the workers take.
PATIENCE = 40


@dataclass
class Window:
    """A window with somebody in front of it, and what they did in it."""

    page: Page
    clicks: int = 0
    fields: int = 0
    files: int = 0

    def click(self, *which: Locator) -> None:
        """One press on the first of these that is there."""
        next(one for one in which if one.count()).first.click()
        self.clicks += 1

    def press(self, name: str) -> None:
        """A button."""
        self.click(self.page.get_by_role("button", name=name, exact=True))

    def fill(self, selector: str, text: str) -> None:
        """A field, typed or pasted."""
        self.page.fill(selector, text)
        self.fields += 1

    def choose(self, selector: str, name: str, content: bytes) -> None:
        """A file."""
        self.page.set_input_files(selector, {"name": name, "mimeType": "application/octet-stream", "buffer": content})
        self.files += 1

    def save(self, *which: Locator) -> bytes:
        """A press that is answered with a file."""
        with self.page.expect_download() as downloading:
            self.click(*which)
        return Path(downloading.value.path()).read_bytes()


@dataclass
class Desk:
    """One person's half of a screen each for guide and portal, and the files on their disk."""

    guide: Window
    portal: Window
    rfc: str
    disk: dict[str, bytes] = field(default_factory=dict)
    clipboard: str = ""

    # --- in the guide ---------------------------------------------------------------------------------------------

    def at_step(self, number: int) -> None:
        """The guide shows this step as the current one."""
        self.work(self.guide.page.locator("h1", has_text=f"{number}. "))

    def work(self, until: Locator) -> None:
        """Let the workers work, as they would meanwhile, until the page shows this by itself."""
        for _ in range(PATIENCE):
            with suppress(NotYet):
                until.wait_for(timeout=700)
                return
            run_workers()
        until.wait_for()

    def take_out(self, name: str, *, files: bool) -> None:
        """Ask, save the files, copy the password, and go back to the step."""
        page = self.guide.page
        self.guide.press(name)
        page.wait_for_url("**/entregas/*-*/")
        run_workers()
        shown = page.get_by_role("button", name="Ver la contraseña", exact=True)
        self.work(shown)
        if files:
            package = zipfile.ZipFile(
                io.BytesIO(self.guide.save(page.get_by_role("button", name="Descargar archivos", exact=True)))
            )
            self.disk |= {f"{name}{one[-4:]}": package.read(one) for one in package.namelist()}
            page.get_by_text("Descargados").wait_for()
        self.guide.click(shown)
        self.clipboard = page.inner_text("#passphrase")
        self.guide.press("Copiar y volver al paso")
        page.wait_for_url("**/renovaciones/*/")

    def hand_in(self, name: str, file_name: str, *, button: str = "Listo, siguiente paso") -> None:
        """Give the guide a file from the disk."""
        self.guide.choose(f"input[name={name}]", file_name, self.disk[file_name])
        self.guide.press(button)

    # --- in the portal --------------------------------------------------------------------------------------------

    def enter(self, certificate: str, key: str) -> None:
        """Through the portal's door."""
        page = self.portal.page
        page.goto("/practica/")
        self.pair(certificate, key)
        self.portal.fill("#idUsuario", self.rfc)
        self.portal.click(page.locator("#botonFirma"))
        page.wait_for_url("**/tramite/")

    def pair(self, certificate: str, key: str) -> None:
        """Certificate, key and the password that was copied last."""
        self.portal.choose("#certificado", certificate, self.disk[certificate])
        self.portal.choose("#llave", key, self.disk[key])
        self.portal.fill("#password", self.clipboard)

    def letter(self, name: str) -> None:
        """Save the letter of this screen, unsigned."""
        self.disk[name] = self.portal.save(self.portal.page.locator("#ligaCarta"))

    def sign(self, name: str, certificate: str, key: str) -> None:
        """Sign the letter of this screen, keep it, and go on."""
        self.pair(certificate, key)
        self.disk[name] = self.portal.save(self.portal.page.locator("#botonFirmar"))
        self.go_on()

    def go_on(self) -> None:
        """The portal stays on the screen whose file it gave, and leads on by a link."""
        self.portal.click(self.portal.page.locator("#ligaContinuar"))


def to_the_new_key(desk: Desk) -> None:
    """Steps 1 to 4: in with the expired pair, over the yellow fields, to a new key that the guide takes in at once."""
    guide, portal = desk.guide, desk.portal
    desk.at_step(1)
    desk.take_out("Sacar los archivos", files=True)
    desk.enter("Sacar los archivos.cer", "Sacar los archivos.key")
    portal.page.get_by_text("Su certificado digital ya no es vigente.").wait_for()
    portal.click(portal.page.locator("#ligaRenovar"))
    guide.press("Dice que el certificado ya no es vigente y ofrece renovarlo")

    desk.at_step(2)
    portal.click(portal.page.locator("#botonContinuar"))
    guide.click(guide.page.locator("#hand-in button[name=confirmed]"))

    desk.at_step(3)
    desk.take_out("Ver la contraseña nueva", files=False)
    name = guide.page.inner_text("#key-name")
    guide.click(guide.page.locator("[data-copy='#key-name']"))
    portal.fill("#archivo", name)
    portal.fill("#password_nueva", desk.clipboard)
    portal.fill("#password_nueva_2", desk.clipboard)
    guide.click(guide.page.locator("#hand-in button[value=given]"))

    desk.at_step(4)
    assert portal.page.locator("#botonGenerar").is_disabled()
    box = portal.page.locator("#azar").bounding_box()
    assert box is not None
    for turn in range(60):
        portal.page.mouse.move(box["x"] + 20 + turn * 7 % 300, box["y"] + 20 + turn * 13 % 60)
    desk.disk["nueva.key"] = portal.save(portal.page.locator("#botonGenerar"))
    desk.go_on()
    desk.hand_in("key_file", "nueva.key", button="Entregar y revisar")


def to_the_certificate(desk: Desk) -> None:
    """Steps 5 to 8: the letter with the expired pair, the mail that never comes, the certificate."""
    guide, portal = desk.guide, desk.portal
    desk.at_step(5)
    desk.take_out("Sacar los archivos", files=False)
    desk.sign("carta_anterior.pdf", "Sacar los archivos.cer", "Sacar los archivos.key")
    desk.hand_in("letter", "carta_anterior.pdf")

    desk.at_step(6)
    # It announces a mail and goes on by itself.
    portal.page.locator("#botonInstalar").wait_for()
    guide.click(guide.page.locator("#hand-in button[value=moved_on]"))

    desk.at_step(7)
    desk.take_out("Sacar la llave nueva", files=True)
    portal.choose("#llave", "nueva.key", desk.disk["nueva.key"])
    portal.fill("#password", desk.clipboard)
    desk.disk["nuevo.cer"] = portal.save(portal.page.locator("#botonInstalar"))
    desk.go_on()
    guide.click(guide.page.locator("#hand-in button[name=installed]"))

    desk.at_step(8)
    desk.hand_in("certificate_file", "nuevo.cer", button="Entregar y revisar")


def to_idse(desk: Desk) -> None:
    """Steps 9 to 14 of the first person: the letters with the new pair, the next login, and the proof of being in.

    The new password was copied at step 7 and nothing since, so it is pasted and not asked for again.
    """
    guide, portal = desk.guide, desk.portal
    desk.at_step(9)
    desk.letter("carta_otra_vez.pdf")
    desk.hand_in("letter", "carta_otra_vez.pdf")

    desk.at_step(10)
    desk.sign("carta_nueva.pdf", "nuevo.cer", "nueva.key")
    desk.hand_in("letter", "carta_nueva.pdf")

    # 11 is the machine's.
    portal.page.get_by_text("Su certificado digital fue renovado").wait_for()
    portal.click(portal.page.locator("#botonSalir"))
    desk.enter("nuevo.cer", "nueva.key")

    desk.at_step(12)
    desk.letter("condiciones.pdf")
    desk.hand_in("letter", "condiciones.pdf")

    desk.at_step(13)
    desk.sign("condiciones_firmadas.pdf", "nuevo.cer", "nueva.key")
    desk.hand_in("letter", "condiciones_firmadas.pdf")

    desk.at_step(14)
    desk.disk["constancia.pdf"] = portal.save(portal.page.locator("#ligaConstancia"))
    guide.choose("input[name=screenshot]", "constancia.pdf", desk.disk["constancia.pdf"])
    guide.click(guide.page.locator("#hand-in button[type=submit]:not([disabled])"))


def test_two_people_renew_an_expired_certificate_on_the_practice_portal(
    page_of: Callable[..., Page], watch: Watch, vault_keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    beto = factories.person("beto", first_name="Beto")
    now = timezone.now()
    company = factories.company(
        responsible=beto, is_demo=True, renewal_mailbox="imss@kemper.example", mailbox_proved_at=now
    )
    pair = practice_pair(company)
    certificate = factories.certificate(company, pair)
    factories.sealed_key(certificate, pair)
    run_workers()

    guide = Window(page_of("beto"))
    beside = guide.page.context.new_page()
    watch.listen(beside)
    desk = Desk(guide, Window(beside), rfc=company.rfc)
    guide.page.goto(f"/certificados/{certificate.pk}/")
    guide.press("Iniciar renovación")
    run_workers()
    renewal = Renewal.objects.get()
    guide.page.goto(reverse("renewal", args=[renewal.pk]))

    to_the_new_key(desk)
    to_the_certificate(desk)
    to_idse(desk)

    second = Window(page_of("ana"))
    second.page.goto(reverse("renewal", args=[renewal.pk]))
    second.press("Confirmo que la empresa entra a IDSE")
    second.page.get_by_role("heading", name="Renovación terminada").wait_for()

    renewal.refresh_from_db()
    new = Certificate.objects.get(born_in=renewal)
    assert renewal.state == RenewalState.DONE
    assert (new.is_primary, new.predecessor_id) == (True, certificate.pk)
    # What was signed on the portal is proved by machine, with the expired pair and with the new one.
    proved = Evidence.objects.filter(step__renewal=renewal, grade=Grade.CRYPTOGRAPHIC.value)
    assert {"sign_terms_old", "sign_terms_new", "sign_conditions_new"} <= set(
        proved.values_list("step__key", flat=True)
    )
    told = [
        f"{name}: {one.clicks} clics, {one.fields} campos, {one.files} archivos"
        for name, one in (("guía", guide), ("segunda persona", second), ("portal", desk.portal))
    ]
    with capsys.disabled():
        print("\n" + "; ".join(told))  # noqa: T201  # the promise is that the figures are printed
    assert guide.clicks + second.clicks <= MOST_CLICKS_IN_THE_GUIDE
    assert guide.fields + second.fields <= MOST_FIELDS_IN_THE_GUIDE
