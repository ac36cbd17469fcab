"""Is this container's process doing its work? ``python -m firm.health``: 0 when it is, 1 when it is not."""

import http.client
import socket
import sys
import time
from pathlib import Path

from firm.env import env

PORT = 8000
SECONDS = 5
BEAT_SCHEDULE = Path("/tmp/beat-schedule")  # noqa: S108  # the container's own, in memory; compose names it too
#: Celery's clock writes its schedule down every three minutes.
SECONDS_BETWEEN_WRITES = 240


def web_answers() -> bool:
    """Whether the pages answer here, and their database behind them."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=SECONDS)
    try:
        connection.request("GET", "/salud/", headers={"Host": env("ALLOWED_HOSTS")[0]})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def worker_answers(role: str) -> bool:
    """Whether this container's worker answers through the broker."""
    # The web's check runs every few seconds and needs none of these.
    from kombu.exceptions import OperationalError  # noqa: PLC0415

    from firm.celery import app  # noqa: PLC0415

    name = f"{role}@{socket.gethostname()}"
    try:
        return bool(app.control.inspect(destination=[name], timeout=SECONDS).ping())
    except (OperationalError, OSError):
        return False


def clock_ticks() -> bool:
    """Whether the clock has written its schedule lately."""
    written = [path.stat().st_mtime for path in BEAT_SCHEDULE.parent.glob(f"{BEAT_SCHEDULE.name}*")]
    return bool(written) and time.time() - max(written) < SECONDS_BETWEEN_WRITES


def main() -> int:
    """Ask what this process is asked by its role."""
    role = env("PROCESS_ROLE")
    if role == "web":
        return 0 if web_answers() else 1
    if role == "beat":
        return 0 if clock_ticks() else 1
    return 0 if worker_answers(role) else 1


if __name__ == "__main__":
    sys.exit(main())
