"""Is a real mailbox read over TLS, each message once, and is a server that is not ours refused?"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from renewals.audit import Machine
from renewals.models import Bounce, Delivery
from renewals.notices import delivery
from tests.bounced import report_about
from tests.conftest import skip_or_fail
from tests.factories import company
from tests.letters import TODAY, letter, told
from tests.servers import free_port
from tests.watching import at, watched

pytestmark = pytest.mark.django_db

NOON = at(TODAY, 12)
USER, PASSWORD = "devueltos", "clave-del-buzón"
_SETTINGS = """\
base_dir = {run}
state_dir = {run}
protocols = imap
listen = 127.0.0.1
log_path = {home}/log
ssl = required
auth_failure_delay = 0
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
mail_location = maildir:{home}/mail
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 0
first_valid_gid = 0
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={home}
}}
"""


@dataclass
class Mailbox:
    """An IMAP server of the test's own, with a folder of messages."""

    home: Path
    port: int

    @property
    def url(self) -> str:
        return f"imaps://{USER}:clave-del-buz%C3%B3n@localhost:{self.port}"

    def put(self, *messages: bytes) -> None:
        """Let messages arrive."""
        for number, data in enumerate(messages):
            path = self.home / "mail" / "new" / f"{time.time_ns()}.{number}.test"
            path.write_bytes(data)
            path.chmod(0o666)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    if shutil.which("dovecot") is None and not Path("/usr/sbin/dovecot").exists():
        skip_or_fail("dovecot is not installed (Debian package dovecot-imapd)")
    # The server's own user has to come through here, and a test's own folder is closed to others.
    home = Path(tempfile.mkdtemp(prefix="imap-", dir="/tmp"))
    home.chmod(0o755)
    owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    for name in ("mail/new", "mail/cur", "mail/tmp", "run"):
        (home / name).mkdir(parents=True)
    openssl = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    made = [*openssl.split(), "-keyout", str(home / "key.pem"), "-out", str(home / "cert.pem")]
    subprocess.run(made, check=True, capture_output=True)
    if os.geteuid() == 0:
        for path in (home / "mail", *(home / "mail").iterdir()):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    box = Mailbox(home, free_port())
    group = subprocess.run(["id", "-gn", owner.pw_name], check=True, capture_output=True, text=True).stdout.strip()
    words = {"home": home, "run": home / "run", "port": box.port, "password": PASSWORD}
    (home / "dovecot.conf").write_text(_SETTINGS.format(**words, user=owner.pw_name, group=group))
    said = home / "said"
    with said.open("wb") as output:
        command = ["/usr/sbin/dovecot", "-F", "-c", str(home / "dovecot.conf")]
        server = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        _wait_until_it_answers(box, server)
        yield box
    finally:
        server.terminate()
        server.wait(timeout=20)
        shutil.rmtree(home, ignore_errors=True)


def _wait_until_it_answers(box: Mailbox, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while True:
        with suppress(OSError), socket.create_connection(("127.0.0.1", box.port), timeout=1):
            return
        if server.poll() is not None or time.monotonic() > until:
            told = "".join(path.read_text() for path in (box.home / "said", box.home / "log") if path.exists())
            server.kill()
            pytest.fail(f"the mailbox did not come up: {told}")
        time.sleep(0.05)


@pytest.fixture
def sent(beto) -> Delivery:
    row = watched(company(responsible=beto), expires_on=TODAY + timedelta(days=7))
    message = letter(beto, told(row), made_at=NOON)
    assert delivery.send(delivery_id=message.pk, now=NOON, by=Machine("mail"))
    return message


def read(capsys) -> str:
    call_command("read_bounces")
    return str(capsys.readouterr().out).strip()


def test_a_real_mailbox_is_read_once_and_refused_where_it_cannot_be_trusted(
    mailbox, sent, settings, capsys, monkeypatch
):
    # One server for all of it: starting one takes longer than everything that is asked of it.
    settings.BOUNCE_MAILBOX_URL = mailbox.url
    with pytest.raises(CommandError, match=r"No se pudo leer el buzón .*SSLCertVerificationError"):
        call_command("read_bounces")

    monkeypatch.setenv("SSL_CERT_FILE", str(mailbox.home / "cert.pem"))
    settings.BOUNCE_MAILBOX_URL = mailbox.url
    assert read(capsys) == "Mensajes revisados: 0. Correos devueltos: 0."

    report = report_about(sent.message_id, sent.address)
    mailbox.put(
        b"Subject: hola\r\n\r\nEstoy de vacaciones.\r\n", report, report, b"Subject: x\r\n\r\n" + b"y" * 2_000_000
    )
    assert read(capsys) == "Mensajes revisados: 4. Correos devueltos: 1."
    assert Bounce.objects.get().delivery == sent
    assert read(capsys) == "Mensajes revisados: 0. Correos devueltos: 0."

    for address in (mailbox.url + "/No%20existe", mailbox.url.replace("clave", "otra-clave")):
        settings.BOUNCE_MAILBOX_URL = address
        with pytest.raises(CommandError, match="No se pudo leer el buzón") as refused:
            call_command("read_bounces")
        assert "clave" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "Falta decir en qué buzón"),
        ("imap://devueltos:clave@localhost/", "No se pudo leer el buzón"),
        ("imaps://devueltos:clave@127.0.0.1:1/", "No se pudo leer el buzón"),
    ],
)
def test_a_mailbox_that_is_none_is_refused_without_naming_its_password(settings, url, says):
    settings.BOUNCE_MAILBOX_URL = url
    with pytest.raises(CommandError, match=says) as refused:
        call_command("read_bounces")
    assert "clave" not in str(refused.value)
