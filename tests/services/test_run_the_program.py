"""Does one command start the whole program, keep it up, and leave nothing behind?"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from firm.env import BASE_DIR
from tests.services.running import SECONDS_TO_END, Visitor, started, wait_for

pytestmark = pytest.mark.services

ROLES = {"web", "worker", "vault", "beat"}
PASSWORD = "una-clave-larga-de-prueba"
ANSWERS = f"luz\nLuz Arreola Trejo\nluz@despacho.example\n{PASSWORD}\n{PASSWORD}\n"


def everybody(program) -> set[str]:
    return {told.get("PROCESS_ROLE", "runner") for told in program.processes().values()}


def nobody_is_left(program) -> None:
    wait_for(lambda: not program.processes(), seconds=SECONDS_TO_END, why=f"all end: {program.processes().keys()}")


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """A home folder after a first start with DEMO=0, whose first person is luz."""
    home = tmp_path_factory.mktemp("prepared") / "home"
    command = [sys.executable, "-m", "firm.runner", "--prepare-only"]
    with started(home, answers=ANSWERS, command=command) as program:
        assert program.runner.wait(timeout=120) == 0, program.output
        assert "luz" in program.output
        assert PASSWORD not in program.output
    return home


@pytest.fixture
def home(prepared, tmp_path):
    """A copy of it, so that every test begins with a second start."""
    return Path(shutil.copytree(prepared, tmp_path / "home"))


def test_a_first_start_with_the_demo_firm(tmp_path):
    home = tmp_path / "home"
    with started(home, demo=True) as program:
        program.wait_until_ready()

        assert f"Listo: http://127.0.0.1:{program.port}/" in program.output
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        exposed = [path for path in home.rglob("*") if path.is_file() and path.stat().st_mode & 0o077]
        assert not exposed
        assert everybody(program) >= ROLES

        holders = {told["PROCESS_ROLE"] for told in program.processes().values() if "MASTER_KEYS_DIR" in told}
        assert holders == {"vault"}
        master_key = next((home / "vault").glob("*.key")).read_bytes()
        assert master_key not in (home / "firm.sqlite3").read_bytes()

        passwords = dict(re.findall(r"^  (\w+) +([a-z2-9-]{19}) ", program.output, re.MULTILINE))
        assert set(passwords) == {"ana", "beto", "carla", "dalia"}
        page = Visitor(program.url).post("/entrar/", username="beto", password=passwords["beto"])
        assert "Beto" in page
        assert "beto" in Visitor(program.url).post("/entrar/", username="beto", password="no es esta").lower()

        # The keys were sealed before the vault worker was there; it finds them by itself.
        wait_for(lambda: not pairs(home, "sealed") and pairs(home, "in_custody"), seconds=90, why="keys are taken in")
        assert program.stop() == 0
        assert "Todo se detuvo" in program.output
        nobody_is_left(program)
        for log in home.glob("logs/*.log"):
            assert not any(password in log.read_text() for password in passwords.values())

    with started(home, demo=True) as program:
        program.wait_until_ready()
        assert all(password in program.output for password in passwords.values())


def pairs(home: Path, state: str) -> int:
    with sqlite3.connect(home / "firm.sqlite3", timeout=30) as database:
        query = "SELECT count(*) FROM renewals_certificate WHERE pair_state = ?"
        return int(database.execute(query, [state]).fetchone()[0])


def test_a_second_start_asks_nothing_and_keeps_the_first_person(home):
    with started(home) as program:
        program.wait_until_ready()
        assert "Contraseña" not in program.output
        assert "Luz" in Visitor(program.url).post("/entrar/", username="luz", password=PASSWORD)


def test_an_empty_firm_starts_without_answers_and_says_how_to_let_somebody_in(tmp_path):
    with started(tmp_path / "home") as program:
        program.wait_until_ready()
        assert "manage.py first_person" in program.output
        assert Visitor(program.url).get("/salud/") == "ok\n"


def test_answers_that_differ_are_refused(tmp_path):
    wrong = ANSWERS.replace(f"{PASSWORD}\n{PASSWORD}\n", f"{PASSWORD}\notra-clave-larga\n")
    with started(tmp_path / "home", answers=wrong) as program:
        assert program.runner.wait(timeout=120) == 2
        assert "no son iguales" in program.output


def test_a_taken_port_is_refused_before_anything_is_made(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with started(tmp_path / "home", port=port) as program:
            assert program.runner.wait(timeout=30) == 2
            assert f"El puerto {port} ya está ocupado" in program.output
            assert f"port {port} is already in use" in program.output
    assert not (tmp_path / "home").exists()


def test_a_port_that_is_none_is_refused(tmp_path):
    command = ["make", "--old-file=.venv/.runs", "run", "PORT=ocho"]
    with started(tmp_path / "home", command=command) as program:
        assert program.runner.wait(timeout=30) != 0
        assert "«ocho»" in program.output


def test_an_address_of_another_machine_is_refused(tmp_path):
    with started(tmp_path / "home", host="192.0.2.7") as program:
        assert program.runner.wait(timeout=30) == 2
        assert "no es una dirección de esta máquina" in program.output


def test_a_second_runner_on_the_same_folder_is_refused(home):
    with started(home) as first:
        first.wait_until_ready()
        with started(home) as second:
            # The clean-up of the second would end the first one's processes: it is asked before.
            assert second.runner.wait(timeout=60) == 2
            assert "ya está corriendo" in second.output
            assert everybody(first) >= ROLES
            assert Visitor(first.url).get("/salud/") == "ok\n"


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_every_process(home, signum):
    with started(home) as program:
        program.wait_until_ready()
        assert program.stop(signum) == 0
        nobody_is_left(program)


def test_a_killed_runner_leaves_no_orphan(home):
    with started(home) as program:
        program.wait_until_ready()
        program.runner.kill()
        program.runner.wait()
        nobody_is_left(program)


def test_a_killed_make_leaves_no_orphan(home):
    port_command = ["make", "--old-file=.venv/.runs", "run"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with started(home, port=port, command=[*port_command, f"PORT={port}"]) as program:
        program.wait_until_ready()
        program.runner.kill()
        program.runner.wait()
        nobody_is_left(program)


def test_a_killed_process_comes_back(home):
    with started(home) as program:
        program.wait_until_ready()
        wait_for(lambda: everybody(program) >= ROLES, seconds=30, why="all are there")
        before = {role: program.pids(role) for role in ROLES}
        for pid in set().union(*before.values()):
            os.kill(pid, signal.SIGKILL)
        wait_for(
            lambda: all(program.pids(role) - gone for role, gone in before.items()), seconds=90, why="all start again"
        )
        for role in ROLES:
            assert f"{role} terminó" in program.output
        wait_for(lambda: answers(program), seconds=60, why="pages answer again")


def answers(program) -> bool:
    try:
        return Visitor(program.url).get("/salud/") == "ok\n"
    except OSError:
        return False


def test_an_office_network_is_served_with_a_warning(home):
    with started(home, host="0.0.0.0") as program:
        program.wait_until_ready()
        assert "HTTP sin cifrar" in program.output
        assert Visitor(program.url).get("/salud/") == "ok\n"
        names = [told["ALLOWED_HOSTS"] for told in program.processes().values() if told.get("PROCESS_ROLE") == "web"]
        assert all(socket.gethostname() in one for one in names)
        with closing(http.client.HTTPConnection("127.0.0.1", program.port, timeout=30)) as connection:
            connection.request("GET", "/entrar/", headers={"Host": "otra.example"})
            with closing(connection.getresponse()) as response:
                assert response.status == 400


def test_make_alone_lists_every_word():
    listed = subprocess.run(["make"], cwd=BASE_DIR, capture_output=True, text=True, check=True).stdout
    words = re.findall(r"^([a-z0-9]+):", (BASE_DIR / "Makefile").read_text(), re.MULTILINE)
    for word in words:
        assert re.search(rf"^  make {word} ", listed, re.MULTILINE), word
