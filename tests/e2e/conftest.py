"""What does a story in a browser stand on: Debian's Chromium, a live server, people signed in, and a strict watch."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.conftest import skip_or_fail
from tests.factories import PASSWORD, person

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

#: Begun first among the stories, so that nobody waits at the end for one that began last.
LONGEST = "test_whole_renewal.py"
#: Quiet and closed to the outside: what Chromium asks its makers at every start is not part of a story.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Stories come last: the browser's event loop stays for the session, and Django refuses its database beside one."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)
    items.sort(key=lambda item: (here in item.path.parents, item.path.name != LONGEST))


@pytest.fixture(scope="session", autouse=True)
def _database_beside_an_event_loop() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """A database in a file: the live server's threads and the test share it as processes would."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database.setdefault("TEST", {})["NAME"] = str(settings.FIRM_HOME / "stories.sqlite3")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, so that nothing is downloaded; skips with the reason where there is none."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        skip_or_fail("Chromium is not installed (Debian package chromium)")
    return {**browser_type_launch_args, "executable_path": path, "args": CHROMIUM_ARGUMENTS}


@dataclass
class Watch:
    """What a page did that no page of ours should; ``allowed`` are pieces of complaints that this story expects."""

    server: str
    allowed: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        """Note every complaint of this page: its console, its errors, its requests to elsewhere."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"error in the page: {error}"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"console {message.type}: {message.text} ({message.location.get('url')})")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.server, "data:", "blob:", "about:")):
            self.complaints.append(f"request that leaves the server: {request.url}")

    def unexpected(self) -> list[str]:
        """The complaints that the story did not announce."""
        return [one for one in self.complaints if not any(piece in one for piece in self.allowed)]


@pytest.fixture
def watch(live_server: Any) -> Iterator[Watch]:
    """Fails the story on a refused script or style, an error in the console, or a request to anywhere else.

    A story that provokes one says so first: ``watch.allowed.append("status of 404")``.
    """
    watch = Watch(server=live_server.url)
    yield watch
    assert not watch.unexpected()


def _signed_in(username: str) -> list[tuple[str, str]]:
    """The cookies that a browser holds once this person has signed in."""
    client = Client()
    answer = client.post(reverse("sign_in"), {"username": username, "password": PASSWORD})
    assert answer.status_code == HTTPStatus.FOUND
    return [(name, morsel.value) for name, morsel in client.cookies.items()]


@pytest.fixture
def page_of(
    browser: Browser, live_server: Any, watch: Watch, transactional_db: None, tmp_path: Path
) -> Iterator[Callable[..., Page]]:
    """``page_of("beto")`` is a browser window of their own in which that person is signed in.

    The door is the real one, asked once and without a browser, which then gets the session: the form itself is a
    story of its own. ``page_of(None)`` is a window in which nobody has signed in. ``role`` is for people outside the
    cast.
    """
    roles = {"ana": "socio", "beto": "auxiliar", "carla": "auxiliar", "dalia": "auditor"}
    contexts = []

    def open_for(username: str | None, *, role: str | None = None) -> Page:
        context = browser.new_context(base_url=live_server.url, locale="es-MX", accept_downloads=True)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        watch.listen(page)
        if username is not None:
            person(username, role=role or roles[username])
            context.add_cookies(
                [{"name": name, "value": value, "url": live_server.url} for name, value in _signed_in(username)]
            )
        return page

    yield open_for
    for context in contexts:
        context.close()


@pytest.fixture
def ana_page(page_of: Callable[..., Page]) -> Page:
    """The partner's window, signed in."""
    return page_of("ana")


@pytest.fixture
def beto_page(page_of: Callable[..., Page]) -> Page:
    """The window of staff, signed in; assign a company to see one."""
    return page_of("beto")
