"""Does the address of a calendar stay out of every log of the pages, however chatty and whatever goes wrong?"""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from firm.env import BASE_DIR
from tests.servers import free_port
from tests.services.running import wait_for

pytestmark = pytest.mark.services

TOKEN = "aB3-" * 10 + "_xY"


def answer(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=30) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def answers(url: str) -> bool:
    try:
        return answer(url) > 0
    except OSError:
        return False


def test_no_log_of_the_pages_holds_the_secret_of_a_link(tmp_path):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    log = tmp_path / "web.log"
    command = [
        *(sys.executable, "-m", "gunicorn", "firm.wsgi:application", "--bind", f"127.0.0.1:{port}"),
        *("--no-control-socket", "--log-level", "debug", "--access-logfile", "-", "--workers", "1"),
    ]
    told = {"FIRM_HOME": str(tmp_path / "home"), "PLAIN_HTTP": "1", "DEPLOYMENT": "one-machine", "PROCESS_ROLE": "web"}
    inherited = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    with log.open("w") as output:
        pages = subprocess.Popen(
            command, cwd=BASE_DIR, env=inherited | told, stdout=output, stderr=subprocess.STDOUT, process_group=0
        )
    try:
        wait_for(lambda: answers(f"{url}/salud/"), seconds=60, why=log.read_text())
        # There is no table to look into: what a page that fails writes is as telling as its address.
        assert answer(f"{url}/suscripciones/{TOKEN}.ics") == 500
        assert answer(f"{url}/suscripciones/{TOKEN}/otra/cosa?a={TOKEN[:4]}") == 404
        assert answer(f"{url}/enlace/{TOKEN}/") == 200
        assert answer(f"{url}/enlace/{TOKEN}/otra/cosa") == 404
    finally:
        pages.terminate()
        pages.wait(timeout=30)
    lines = log.read_text()
    assert lines.count("/suscripciones/…") >= 4
    assert lines.count("/enlace/…") >= 2
    assert TOKEN not in lines
    assert TOKEN[:20] not in lines
