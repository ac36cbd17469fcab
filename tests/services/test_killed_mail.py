"""Does everybody get their message once, whenever a worker that writes and sends them is killed?"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter

import pytest

from firm.env import BASE_DIR
from tests.services.mail_sink import mail_sink

pytestmark = pytest.mark.services

#: Beside the deaths of ``test_killed_workers``; ``make torture`` asks for a thousand.
KILLS = int(os.environ.get("KILLS", "16"))


@pytest.mark.torture
def test_everybody_gets_their_message_once_whenever_the_worker_is_killed(tmp_path):
    seed = random.randrange(10**6)
    with mail_sink() as sink:
        told = {
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "firm.settings",
            "FIRM_HOME": str(tmp_path),
            "PLAIN_HTTP": "1",
            "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
        }

        def run(*command: str) -> str:
            done = subprocess.run(
                [sys.executable, *command], cwd=BASE_DIR, env=told, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"seed {seed}: {done.stderr[-4000:]}"
            return done.stdout

        run("manage.py", "migrate", "--no-input", "--verbosity", "0")
        found = json.loads(run("-m", "tests.services.mortal_mail", str(KILLS), str(seed)))

    messages = found["messages"]
    copies = Counter((str(message["Message-ID"]), to) for to, message in sink.accepted)
    sent = {(message_id, address) for message_id, (address, state) in messages.items() if state == "sent"}

    assert set(found["lines"]) <= {"carried", "absorbed"}, f"seed {seed}"
    assert found["told_twice"] == found["told_nobody"] == found["told_strangers"] == [], f"seed {seed}"
    assert len(sent) > 12, f"seed {seed}"
    # Nothing else ever left: neither a message that was withdrawn, nor one under another Message-ID.
    assert set(copies) == sent, f"seed {seed}"
    # More than one copy only where somebody died between the server's yes and the record.
    assert sum(copies.values()) <= len(sent) + KILLS, f"seed {seed}"
