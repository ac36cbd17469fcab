"""A known key and its passwords go through the whole running program; then everything a thief could carry off is
searched for them: database files, Redis, messages, logs, pages, mails, backups, temporary folders, command lines.
"""

from __future__ import annotations

import base64
import http.cookiejar
import json
import re
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pyrage
import pytest
import redis

from firm.env import BASE_DIR
from tests.canary import found_in, secrets_of, texts
from tests.factories import PASSWORD
from tests.pairs import make_pair
from tests.services.mail_sink import mail_sink
from tests.services.running import started, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.services
PASSPHRASE = "Canario-Ñandú-8264-no-se-debe-ver"
MISTYPED = "Canario-de-IDSE-4471-tampoco"
SECONDS = 90
EMPTY = re.compile(rb"\0{64,}")
#: What a form is filled in with: text, or a file by its name and content.
Fields = Mapping[str, str | tuple[str, bytes]]


@dataclass
class Browser:
    """Somebody at the pages, who keeps every page they were shown."""

    url: str
    shown: dict[str, bytes] = field(default_factory=dict)
    cookies: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)
    address: str = ""

    def get(self, path: str) -> str:
        return self._open(path, None, {}).decode(errors="replace")

    def post(self, path: str, fields: Fields, *, on: str = "", with_token: bool = True) -> bytes:
        """Send a form (a file is its name and its content) with the token that the page ``on`` carries."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(on or path))
        assert token is not None, (on or path, self.address)
        edge = uuid.uuid4().hex
        told = {**fields, "csrfmiddlewaretoken": token[1] if with_token else "no"}
        body = b"".join(_part(edge, name, value) for name, value in told.items()) + f"--{edge}--\r\n".encode()
        return self._open(path, body, {"Content-Type": f"multipart/form-data; boundary={edge}"})

    def _open(self, path: str, body: bytes | None, headers: dict[str, str]) -> bytes:
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        request = urllib.request.Request(self.url + path, data=body, headers=headers)
        try:
            answer = opener.open(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            self.address = urllib.parse.urlsplit(answer.url).path
            content: bytes = answer.read()
        self.shown[f"page {len(self.shown)} {path} {answer.status}"] = content + str(answer.headers).encode()
        return content


def _part(edge: str, name: str, value: str | tuple[str, bytes]) -> bytes:
    file_name, content = value if isinstance(value, tuple) else ("", value.encode())
    named = f'; filename="{file_name}"' if file_name else ""
    return f'--{edge}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode() + content + b"\r\n"


@contextmanager
def watched(folder: Path) -> Iterator[dict[str, bytes]]:
    """Every content that a file of this folder ever showed, to somebody who looks many times a second."""
    seen: dict[str, bytes] = {}
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.02):
            for path in folder.rglob("*"):
                with suppress(OSError):
                    if path.is_file():
                        seen[f"{path} {path.stat().st_mtime_ns}"] = str(path).encode() + b"\n" + path.read_bytes()

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


@contextmanager
def overheard(url: str) -> Iterator[list[bytes]]:
    """Every command that Redis is given, as MONITOR tells it: each message to a worker passes here, and its result."""
    heard: list[bytes] = []
    client = redis.Redis.from_url(url)
    with client.monitor() as monitor:

        def listen() -> None:
            with suppress(redis.ConnectionError, OSError, ValueError, AttributeError):
                heard.extend(str(one["command"]).encode("utf-8", errors="surrogateescape") for one in monitor.listen())

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        yield heard
        client.echo("over")
        wait_for(lambda: any(b"over" in one for one in heard[-20:]), seconds=10, why="everything was heard")
        contents = b"".join(client.dump(key) or b"" for key in client.scan_iter())
        heard.append(contents)
    listener.join(timeout=5)
    client.close()


def states_of(folder: Path) -> dict[Path, tuple[int, int]]:
    """Every file of a folder with its size and the moment of its last change."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in paths}


def files_of(folder: Path, *, except_those: Mapping[Path, tuple[int, int]] | None = None) -> dict[str, bytes]:
    """Names and contents of all that lies in a folder and was changed since; what databases left empty is left out."""
    changed = states_of(folder).items() - (except_those or {}).items()
    return {str(path): str(path).encode() + b"\n" + EMPTY.sub(b"\0", path.read_bytes()) for path, _ in changed}


@pytest.fixture(params=["one machine", "servers"])
def site(request, tmp_path):
    """What a program is told, and where its database keeps its files: SQLite and folders, or PostgreSQL and Redis."""
    if request.param == "one machine":
        return {}, tmp_path / "home"
    database = request.getfixturevalue("postgres_url")
    broker = request.getfixturevalue("redis_url")
    return {"DATABASE_URL": database, "REDIS_URL": broker}, Path(database.rsplit("=", 1)[1]) / "data"


def test_nothing_of_a_key_or_a_password_is_left_anywhere(site, tmp_path):
    told, database_files = site
    home, temporary, backups = (tmp_path / name for name in ("home", "temporary", "backups"))
    temporary.mkdir()
    backups.mkdir()
    reader = pyrage.x25519.Identity.generate()
    pair = make_pair("npie", passphrase=PASSPHRASE)
    with mail_sink() as mails, watched(temporary) as once_there:
        told = {
            **told,
            "EMAIL_URL": f"smtp://127.0.0.1:{mails.port}",
            "BACKUP_RECIPIENTS": str(reader.to_public()),
            "TMPDIR": str(temporary),
        }
        listening = overheard(told["REDIS_URL"]) if "REDIS_URL" in told else nullcontext()
        before = states_of(database_files)
        with started(home, told=told) as program:
            program.wait_until_ready()
            children = program.processes().values()
            vault = next(one for one in children if one.get("PROCESS_ROLE") == "vault")

            def run(*command: str, role: str = "shell") -> str:
                keys = {"MASTER_KEYS_DIR": vault["MASTER_KEYS_DIR"]} if role == "vault" else {}
                kept = {name: value for name, value in vault.items() if name != "MASTER_KEYS_DIR"}
                done = subprocess.run(
                    [sys.executable, *command],
                    env={**kept, **keys, "PROCESS_ROLE": role, "DJANGO_SETTINGS_MODULE": "firm.settings"},
                    cwd=BASE_DIR,
                    capture_output=True,
                    text=True,
                    check=False,
                )
                assert done.returncode == 0, done.stderr
                return done.stdout + done.stderr

            run("-m", "tests.services.canary_process", "people")
            with listening as heard:
                journey = walk(program.url, pair)
                run("manage.py", "sweep")
                wait_for(lambda: mails.accepted, seconds=SECONDS, why="a mail leaves")
                told_by_commands = [
                    run("manage.py", name, "--to", str(backups), "--json") for name in ("backup", "backup_keys")
                ]
            made = run("-m", "tests.services.canary_process", "secrets", role="vault").split()
            command_lines = b"".join(Path(f"/proc/{pid}/cmdline").read_bytes() for pid in program.processes())
            assert program.stop() == 0
        everything = {
            **files_of(home),
            **files_of(database_files, except_those=before),
            **files_of(backups),
            **files_of(temporary),
            **once_there,
            **journey.shown,
            "Redis": b"\n".join(heard or ()),
            "mails": b"".join(bytes(message) for _, message in mails.accepted),
            "command lines": command_lines,
            "what commands said": "".join(told_by_commands).encode(),
            "what the runner said": program.output.encode(),
        }
    for path in backups.iterdir():
        everything[f"{path.name}, decrypted"] = pyrage.decrypt(path.read_bytes(), [reader])
    # The master keys lie in one place and nowhere else; the two pages that hand out the files do hand them out.
    master_keys = {path: everything.pop(path) for path in list(everything) if path.startswith(str(home / "vault"))}
    master_key = next((home / "vault").glob("*.key")).read_bytes()
    assert any(master_key in content for content in master_keys.values())
    wanted = {
        **secrets_of(pair),
        **texts("passphrase", PASSPHRASE),
        **texts("mistyped passphrase", MISTYPED),
        **{f"made by the vault {number}": bytes.fromhex(one) for number, one in enumerate(made)},
        "browser's key": journey.browser_key,
        "master key": master_key,
    }
    assert len(made) >= 2, "a data key, and the password of the key to come"
    assert found_in(everything, wanted) == []
    # The search saw what it should have: the same rows, messages, lines and pages with something harmless in them.
    assert any(b"EKU9003173C9" in content for name, content in everything.items() if "decrypted" in name)
    assert any(b"renewals_company" in content for name, content in everything.items() if str(database_files) in name)
    assert any(b"request" in content for name, content in everything.items() if name.endswith("web.log"))
    assert heard is None or any(b"renewals.vault" in one for one in heard)


@dataclass
class Journey:
    """What one person was shown on the way, except what was handed out to them, and the key their browser held."""

    shown: dict[str, bytes]
    browser_key: bytes


def walk(url: str, pair) -> Journey:
    """By the pages alone: mistakes first, then a pair taken in, files taken out, a renewal begun."""
    beto = Browser(url)
    # A passphrase in the wrong field, a wrong one, and one in a form whose token does not fit: error pages.
    beto.post("/entrar/", {"username": "beto", "password": PASSPHRASE})
    beto.post("/entrar/", {"username": MISTYPED, "password": MISTYPED})
    # The form shows a name again to whoever typed it.
    beto.shown.popitem()
    beto.post("/entrar/", {"username": "beto", "password": PASSPHRASE}, with_token=False)
    beto.post("/entrar/", {"username": "beto", "password": PASSWORD})
    files: Fields = {"certificate": ("uno.cer", pair.certificate), "key": ("uno.key", pair.key_file)}
    upload = "/certificados/nuevo/"
    beto.post(upload, {**files, "passphrase": MISTYPED})
    beto.post(upload, {**files, "passphrase": PASSPHRASE}, with_token=False)
    beto.post(upload, {"certificate": ("uno.cer", pair.key_file), "passphrase": PASSPHRASE})
    beto.post("/no-hay-tal-pagina/", {**files, "passphrase": PASSPHRASE}, on=upload)
    beto.post(upload, {**files, "passphrase": PASSPHRASE})
    page = beto.address
    assert re.fullmatch(r"/certificados/\d+/", page), page
    number = page.split("/")[2]
    wait_for(lambda: "en resguardo" in beto.get(f"{page}estado/"), seconds=SECONDS, why="the vault takes the key")
    asking = f"/entregas/nueva/?certificado={number}"
    beto.post(asking, {"reason": "Entrar a IDSE", "minutes": "10", "form": "as_kept"})
    checkout = beto.address
    assert re.fullmatch(r"/entregas/[0-9a-f-]{36}/", checkout), checkout
    wait_for(lambda: "Descargar" in beto.get(checkout), seconds=SECONDS, why="the vault packs the files")
    cookie = next(one for one in beto.cookies if one.path == checkout)
    assert pair.key_file in beto.post(f"{checkout}archivos/", {}, on=checkout)
    beto.shown.popitem()
    assert PASSPHRASE in beto.post(f"{checkout}contrasena/", {}, on=checkout).decode()
    beto.shown.popitem()
    beto.get(checkout)
    beto.post(f"/certificados/{number}/renovar/", {}, on=page)
    renewal = beto.address
    wait_for(lambda: "/pasos/" in beto.get(renewal), seconds=SECONDS, why="the renewal is laid out")
    wait_for(lambda: "Revis" in beto.get(renewal), seconds=SECONDS, why="the pre-flight has run")
    ana = Browser(url)
    ana.post("/entrar/", {"username": "ana", "password": PASSWORD})
    # The admin's history and lists, as a partner reads them.
    index = ana.get("/")
    for link in sorted(set(re.findall(r'href="(/[a-z/]*renewals/[a-z]+/)"', index))):
        ana.get(link)
    assert any("event" in name for name in ana.shown), sorted(ana.shown)
    encoded = cookie.value or ""
    return Journey({**beto.shown, **{f"ana's {name}": page for name, page in ana.shown.items()}}, decoded(encoded))


def decoded(cookie: str) -> bytes:
    return base64.b64decode(cookie.strip('"'), altchars=b"-_")


def test_the_search_sees_what_lies_in_a_folder(tmp_path):
    """The search itself, against something left on purpose."""
    with watched(tmp_path) as once_there:
        leak = tmp_path / "fuga.json"
        leak.write_text(json.dumps({"key": base64.b64encode(b"ab" + PASSPHRASE.encode("utf-16-le")).decode()}))
        wait_for(lambda: once_there, seconds=10, why="it was seen")
        leak.unlink()
    assert found_in(once_there, texts("passphrase", PASSPHRASE))
