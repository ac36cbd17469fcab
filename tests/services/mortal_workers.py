"""What is left of the work when workers are killed, again and again, at moments nobody chose?

``python -m tests.services.mortal_workers KILLS SEED`` lets workers begin, kills each with SIGKILL after a random
moment, lets the last ones live to the end, and prints as JSON what was done how often. Workers are forked from one
process that has everything loaded and no connection to the database, so that a thousand deaths take minutes. Every
worker looks from a little later than the one before: leases lapse, and day after day new marks are reached.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import django

django.setup()

from django.apps import apps  # noqa: E402  # Django has to be set up before its models are imported
from django.conf import settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from renewals.audit import Machine  # noqa: E402
from renewals.desk import bulk, pending  # noqa: E402
from renewals.expiry.working_time import next_opening  # noqa: E402
from renewals.models import BulkRow, Certificate, Company, Delivery, Renewal  # noqa: E402
from renewals.notices import round as notices_round  # noqa: E402
from renewals.procedure.steps import plan_of  # noqa: E402
from tests import factories  # noqa: E402
from tests.pairs import make_pair  # noqa: E402

#: Longer than any lease, so that what a dead worker held is free for the next one.
LATER = timedelta(minutes=20)
LONGEST_LIFE = 0.6
ONCE = ("renewal.queued", "renewal.laid_out", "renewal.preflight_checked", "key.taken_into_custody")


def forked(work: Callable[[], object]) -> int:
    """Begin some work in a process of its own."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  # nothing may run the parent's code in a child
            sys.stderr.write(f"{error!r}\n")
            os._exit(1)
        os._exit(0)
    return pid


def finished(work: Callable[[], object]) -> None:
    """Let some work live to its end."""
    _, status = os.waitpid(forked(work), 0)
    if status != 0:
        raise SystemExit(f"work that nobody killed failed: {status}")


def supply(companies: int) -> None:
    """Companies whose certificates end within weeks, with keys that wait, and a bulk request for every second one."""
    beto = factories.person("beto")
    factories.person("ana", role="socio")
    now = timezone.now()
    ids = []
    for index in range(companies):
        pair = make_pair("npie", not_before=now - timedelta(days=700), not_after=now + timedelta(days=index % 45 + 1))
        company = factories.company(rfc=f"XAA010101{index:03d}", name=f"Empresa {index}", responsible=beto)
        certificate = factories.certificate(company, pair)
        factories.sealed_key(certificate, pair)
        ids.append(certificate.pk)
    bulk.ask_queue_renewals(certificates=ids[::2], request_key="torture", by=beto)


def worker(kind: str, now: datetime) -> Callable[[], object]:
    """What one worker does until it is killed."""
    if kind == "sweep":
        return lambda: notices_round.sweep(now=now, by=Machine("sweep"))
    return lambda: pending.look(queue=kind, now=now)


def killed(work: Callable[[], object], chance: random.Random) -> bool:
    """Begin some work and kill it after a random moment; ``False`` where it was done before."""
    pid = forked(work)
    time.sleep(chance.uniform(0, LONGEST_LIFE))
    done, status = os.waitpid(pid, os.WNOHANG)
    if done:
        if status != 0:
            raise SystemExit(f"a worker failed by itself: {status}")
        return False
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return True


def torture(kills: int, chance: random.Random) -> datetime:
    """Kill so many in the firm's working hours; returns the moment after the last."""
    now = next_opening(timezone.now())
    while kills:
        kills -= killed(worker(chance.choice(["vault", "default", "sweep"]), now), chance)
        now = next_opening(now + LATER)
    return now


def come_to_rest(now: datetime) -> None:
    """Everything that is due, done in peace, on the next two days: the last one tells what came after a day's mail."""
    for _ in range(2):
        now = next_opening(now + timedelta(days=1))
        notices_round.sweep(now=now, by=Machine("sweep"))
        for _ in range(50):
            looked = [pending.look(queue=queue, now=now) for queue in ("vault", "default")]
            if not any(sum(one.done.values()) for one in looked):
                break


def findings() -> dict[str, Any]:
    """What was done, how often."""
    event = apps.get_model("renewals", "Event")
    key = apps.get_model("renewals", "StoredKey")
    told = Counter(event._default_manager.filter(name__in=ONCE).values_list("name", "subject_type", "subject_id"))
    renewals = list(Renewal.objects.prefetch_related("steps"))
    sent = Counter(
        found
        for path in Path(settings.EMAIL_FILE_PATH).glob("*")
        for found in re.findall(r"^Message-ID: (\S+)", path.read_text(errors="replace"), re.MULTILINE)
    )
    ours = Delivery.objects.filter(state="sent").values_list("message_id", flat=True)
    return {
        "companies": Company.objects.count(),
        "keys": Counter(key._default_manager.filter(certificate__isnull=False).values_list("state", flat=True)),
        "pairs": Counter(Certificate.objects.values_list("pair_state", flat=True)),
        "told_twice": [name for name, times in told.items() if times > 1],
        "renewals": Counter(one.state for one in renewals),
        "laid_out_wrong": [
            one.pk
            for one in renewals
            if [step.key for step in one.steps.all()] != list(plan_of(one.plan, one.edition).step_keys())
        ],
        "bulk": Counter(BulkRow.objects.values_list("state", flat=True)),
        "deliveries": Counter(Delivery.objects.values_list("state", flat=True)),
        "never_sent": sorted(set(ours) - set(sent)),
        "sent_unknown": sorted(set(sent) - set(ours)),
        "messages": len(sent),
    }


def main(kills: int, seed: int) -> None:
    """Supply, kill, rest, tell."""
    companies = 8 + kills // 5
    finished(lambda: supply(companies))
    last = torture(kills, random.Random(seed))
    finished(lambda: come_to_rest(last))
    finished(lambda: os.write(1, json.dumps(findings()).encode()))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
