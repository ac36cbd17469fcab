"""What does ``make run`` do? ``python -m firm.runner``: prepare, start everything, say where it is, stop on Ctrl-C."""

import argparse
import http.client
import os
import sys
import time
from pathlib import Path

from firm.env import env, firm_home
from firm.runner.child import end_with_the_parent
from firm.runner.family import children_of, errands_of
from firm.runner.place import CannotListen, Place
from firm.runner.preparing import CannotPrepare, only_runner, prepare
from firm.runner.supervisor import Supervisor

SECONDS_TO_ANSWER = 60
REFUSED = 2


def main(arguments: list[str]) -> int:
    """Run the program until somebody stops it; 2 where it cannot start."""
    asked = _parser().parse_args(arguments)
    # Whatever the program and its children write is for its owner alone.
    os.umask(0o077)
    if asked.die_with_parent:
        end_with_the_parent()
    home = firm_home().resolve()
    place = Place(host=asked.host, port=asked.port)
    try:
        if not asked.prepare_only:
            place.make_sure_it_is_free()
        with only_runner(home):
            key = prepare(home=home, place=place, demo=env("DEMO"), say=say)
            if asked.prepare_only:
                return 0
            return _run(home=home, place=place, intake_public_key=key)
    except (CannotListen, CannotPrepare) as reason:
        sys.stderr.write(f"{reason}\n")
        return REFUSED
    except KeyboardInterrupt:
        return 130


def say(text: str) -> None:
    """Tell the person at the terminal, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m firm.runner", description="Inicia todo el programa.")
    parser.add_argument("--host", default="127.0.0.1", help="dirección en la que escucha")
    parser.add_argument("--port", type=_port, default=8000, help="puerto en el que escucha")
    parser.add_argument("--prepare-only", action="store_true", help="prepara y termina")
    parser.add_argument("--die-with-parent", action="store_true", help="termina cuando termina quien lo inició")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"el puerto es un número de 1 a 65535, no «{text}»")
    return int(text)


def _run(*, home: Path, place: Place, intake_public_key: str) -> int:
    children = children_of(home=home, place=place, intake_public_key=intake_public_key)
    say("Iniciando web, trabajadores y reloj…")
    with Supervisor(children, say) as supervisor:
        if not _answers_in_time(supervisor, place):
            if supervisor.asked_to_stop:
                return 0
            web = children[0]
            sys.stderr.write(f"Las páginas no responden. Lo último que dijo {web.log}:\n{web.last_lines()}\n")
            return 1
        for errand in errands_of(home=home, place=place, intake_public_key=intake_public_key, demo=env("DEMO")):
            supervisor.send(errand)
        _announce(home=home, place=place)
        supervisor.watch_until_stopped()
        say("Deteniendo, tarda unos segundos…")
    say("Todo se detuvo.")
    return 0


def _answers_in_time(supervisor: Supervisor, place: Place) -> bool:
    until = time.monotonic() + SECONDS_TO_ANSWER
    while time.monotonic() < until and not supervisor.asked_to_stop:
        supervisor.tick()
        if _is_well(place):
            return True
        time.sleep(0.2)
    return False


def _is_well(place: Place) -> bool:
    connection = http.client.HTTPConnection(place.local_host, place.port, timeout=5)
    try:
        connection.request("GET", "/salud/")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _announce(*, home: Path, place: Place) -> None:
    say(f"\nListo: {place.public_url}/")
    people = home / "demo_users.txt"
    if env("DEMO") and people.exists():
        say(f"\n{people.read_text().rstrip()}")
    if place.is_reachable_from_outside:
        say(
            "\nATENCIÓN: otras máquinas de la red pueden entrar, por HTTP sin cifrar: quien escuche la red lee "
            "contraseñas y archivos.\nÚsalo solo en una red de confianza y para probar; para trabajar, "
            "pon un proxy con TLS (docs/runbook.md)."
        )
    say(f"\nBitácoras: {home / 'logs'}\nCtrl-C detiene todo.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
