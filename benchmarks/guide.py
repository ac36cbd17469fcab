"""Does a step's page stay under fifteen queries, and does a verdict come within twice what it cannot do without?

The pages are asked for through the whole stack, sign-in included, at every step of a renewal that really walks there.
The verdict is that of step 4, where a worker opens the new key: from the moment in which a browser sends it, over HTTP,
until the page that waits is told, with the program running as ``make run`` starts it. Beside it stand the pause in
which a worker looks at its queue, and the check alone, in one process without a queue. Meant for an idle machine:
whatever else runs delays the one and not the other.
"""

import re
import sys
import time
import urllib.request
from pathlib import Path
from statistics import median

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from benchmarks.program import empty_database
from firm.celery_config import broker_options
from renewals.audit import Machine
from renewals.models import Company
from renewals.pki.authority import new_key
from renewals.procedure.checking import check_step
from renewals.procedure.handed import Upload
from renewals.procedure.steps import plan_for
from renewals.vault.initialising import initialise
from tests import factories
from tests.services.running import Visitor, started
from tests.walks import Walk, begin

MOST_QUERIES = 15
PROMISE = 2.0
ROUNDS = 5
BOUNDARY = "medida"
#: How the page that waits looks again (app.js): after so many seconds, then at pauses that grow up to the longest.
FIRST_LOOK, GROWS, LONGEST = 0.3, 1.5, 2.0


def main() -> int:
    """Print what the pages ask, and how long a verdict takes; 1 if a promise is broken."""
    empty_database()
    _be_the_vault_worker()
    pages = _pages()
    check = median(_check_alone() for _ in range(ROUNDS))
    poll = float(str(broker_options(settings.FIRM_HOME, "")["polling_interval"]))
    took = median(_verdicts())
    print(f"a step page: {min(pages)} to {max(pages)} queries (promise: at most {MOST_QUERIES})")
    times = took / (poll + check)
    print(
        f"from upload to verdict: {took:.2f} s, {times:.2f} times the pause of the queue ({poll:.2f} s) and the check "
        f"({check:.2f} s) together (promise: under {PROMISE})"
    )
    return 0 if max(pages) <= MOST_QUERIES and times < PROMISE else 1


def _be_the_vault_worker() -> None:
    settings.PROCESS_ROLE = "vault"
    settings.MASTER_KEYS_DIR = str(Path(settings.FIRM_HOME) / "vault")
    settings.INTAKE_PUBLIC_KEY = initialise(by=Machine("benchmark"))


def _pages() -> list[int]:
    """How many queries the page of each step takes."""
    walk = begin()
    client = Client(SERVER_NAME="localhost")
    client.force_login(walk.by)
    address = reverse("renewal", args=[walk.renewal.pk])
    client.get(address)
    asked = []
    for key in plan_for("npie").step_keys():
        walk.to(key)
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        asked.append(len(captured))
    return asked


def _check_alone() -> float:
    """How long the vault worker takes over a new key: custody, proof and verdict, in seconds."""
    walk = _at_the_new_key()
    walk.hand_in(files={"key_file": walk.key_file()})
    began = time.perf_counter()
    check_step(step_id=walk.row.pk, now=timezone.now())
    took = time.perf_counter() - began
    if walk.row.key == "mouse_entropy":
        raise AssertionError(walk.row.verdict_code)
    return took


def _at_the_new_key() -> Walk:
    """A renewal of a company of its own that expects its new key."""
    number = Company.objects.count() + 1
    # Nobody may take files out as often as all these walks together do.
    worker = factories.person(f"auxiliar{number}")
    home = factories.company(
        rfc=f"EMP{number:06}AB1", name=f"Empresa {number}", responsible=worker, renewal_mailbox="imss@empresa.example"
    )
    walk = begin(by=worker, company=home)
    walk.new_key = new_key()
    return walk.to("mouse_entropy")


def _verdicts() -> list[float]:
    """How long it takes until the page that waits is told, in seconds, with web, workers and clock running."""
    walks = [_at_the_new_key() for _ in range(ROUNDS)]
    files = [walk.key_file() for walk in walks]
    with started(Path(settings.FIRM_HOME)) as program:
        program.wait_until_ready()
        visitor = Visitor(program.url)
        visitor.post("/entrar/", username="ana", password=factories.PASSWORD)
        # The first round warms the processes up and is not counted.
        return [_verdict(visitor, walk, file) for walk, file in zip(walks, files, strict=True)][1:]


def _verdict(visitor: Visitor, walk: Walk, file: Upload) -> float:
    address = reverse("renewal", args=[walk.renewal.pk])
    fields = dict(re.findall(r'name="(csrfmiddlewaretoken|version)" value="([^"]+)"', visitor.get(address)))
    target = reverse("step_hand_in", args=[walk.renewal.pk, "mouse_entropy"])
    request = urllib.request.Request(
        visitor.url + target,
        data=_multipart(fields, file),
        headers={"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
    )
    began = time.perf_counter()
    page, _ = _ask(visitor, request)
    live = re.search(r'data-live="([^"]+)" data-first', page)
    pause = FIRST_LOOK
    while live is not None:
        time.sleep(pause)
        if _ask(visitor, urllib.request.Request(visitor.url + live[1]))[1] == "done":
            break
        pause = min(pause * GROWS, LONGEST)
    took = time.perf_counter() - began
    if walk.row.key == "mouse_entropy":
        raise AssertionError(walk.row.verdict_code)
    return took


def _ask(visitor: Visitor, request: urllib.request.Request) -> tuple[str, str]:
    """The page that follows, and whether it says that there is something new."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(visitor.cookies))
    with opener.open(request, timeout=60) as answer:
        return answer.read().decode(), answer.headers.get("X-Live", "")


def _multipart(fields: dict[str, str], file: Upload) -> bytes:
    """A form with one file, as browsers send it (RFC 7578)."""
    parts = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
    parts.append(f'name="key_file"; filename="{file.name}"\r\n\r\n'.encode() + file.data)
    begins = f"--{BOUNDARY}\r\nContent-Disposition: form-data; ".encode()
    return b"".join(begins + part + b"\r\n" for part in parts) + f"--{BOUNDARY}--\r\n".encode()


if __name__ == "__main__":
    sys.exit(main())
