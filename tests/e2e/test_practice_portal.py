"""Does the practice portal keep files of clients in the browser, and can everybody make a key on it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests import factories
from tests.integration.practice.portal_walk import PASSWORD, practice_pair
from tests.pairs import make_pair

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

WIDTHS = (1440, 720, 390)


def choose(page: Page, field: str, content: bytes) -> None:
    """A file from memory."""
    page.set_input_files(field, {"name": "archivo.bin", "mimeType": "application/octet-stream", "buffer": content})


def test_a_clients_certificate_key_and_password_leave_the_form_before_anything_is_sent(
    page_of: Callable[..., Page],
) -> None:
    page, real = page_of("beto"), make_pair("npie")
    page.goto("/practica/")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    choose(page, "#llave", real.key_file)
    page.fill("#password", real.passphrase)
    choose(page, "#certificado", real.certificate)
    page.get_by_text("Este certificado no es de práctica. Se quitó del formulario").wait_for()
    assert page.input_value("#password") == ""
    assert page.evaluate("['certificado', 'llave'].map((one) => document.getElementById(one).files.length)") == [0, 0]
    assert "POST" not in sent


def test_the_key_is_made_without_a_mouse_too_and_every_screen_fits(page_of: Callable[..., Page]) -> None:
    beto = factories.person("beto")
    company = factories.company(responsible=beto, is_demo=True, with_mandate=False)
    old, page = practice_pair(company), page_of("beto")

    def fits() -> None:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (page.url, width)

    page.goto("/practica/")
    fits()
    choose(page, "#certificado", old.certificate)
    choose(page, "#llave", old.key_file)
    page.fill("#idUsuario", company.rfc)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.get_by_text("Su certificado digital ya no es vigente.").wait_for()
    fits()
    page.click("#ligaRenovar")
    fits()
    page.click("#botonContinuar")
    page.fill("#archivo", "nueva")
    page.fill("#password_nueva", "Nueva2026clave")
    page.fill("#password_nueva_2", "Nueva2026clave")
    page.focus("#azar")
    for letter in "cualquier tecla sirve si no hay un raton":
        page.keyboard.press(letter if letter != " " else "Space")
    fits()
    with page.expect_download() as downloading:
        page.click("#botonGenerar")
    assert downloading.value.suggested_filename == "nueva.key"
    page.click("#ligaContinuar")
    page.get_by_role("heading", name="Carta de Términos y Condiciones").wait_for()
    fits()
