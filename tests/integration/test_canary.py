"""A known key and its passphrase go the whole way, and are then looked for everywhere they could have been left.

Wherever something is found, a thief of that thing would have found it too: the database file with its freed pages, the
history, the messages to the workers, the mails, the pages, the names of files, and every line that was logged.
"""

from __future__ import annotations

import base64
import logging
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from renewals.audit import Machine
from renewals.errors import WrongPassphrase
from renewals.intake.pairs import take_in
from renewals.models import Certificate, Checkout, PairState
from renewals.vault import proving
from renewals.web.checkout import COOKIE
from tests import factories, walks
from tests.canary import found_in, secrets_of, spellings, texts
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db(transaction=True)
PASSPHRASE = "Canario-Ñandú-7391-no-se-debe-ver"
MISTYPED = "Canario-equivocado-5527-tampoco"


def texts_of_people() -> dict[str, bytes]:
    return texts("passphrase", PASSPHRASE) | texts("mistyped passphrase", MISTYPED)


def database() -> bytes:
    """Every byte of an SQLite database, freed pages too; elsewhere every value of every row."""
    if connection.vendor == "sqlite":
        return bytes(connection.connection.serialize())
    everything: list[bytes] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                everything.extend(
                    bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode() for value in row
                )
    return b"\n".join(everything)


def home_files() -> dict[str, bytes]:
    """Names and contents of what the program keeps: messages to the workers, uploads, mails."""
    home = Path(settings.FIRM_HOME)
    files = [path for path in home.rglob("*") if path.is_file()]
    return {str(path): str(path).encode() + b"\n" + path.read_bytes() for path in files}


def test_a_key_and_its_passphrase_are_left_nowhere(vault_keys, beto, work, caplog):
    caplog.set_level(logging.DEBUG)
    pair = make_pair(passphrase=PASSPHRASE)
    company = factories.company(responsible=beto)
    arrived = {"certificate": pair.certificate, "key": pair.key_file, "company": company, "by": beto}

    with pytest.raises(WrongPassphrase):
        take_in(**arrived, passphrase=MISTYPED, now=timezone.now())
    take_in(**arrived, passphrase=PASSPHRASE, now=timezone.now())
    work()
    certificate = Certificate.objects.get()
    assert certificate.pair_state == PairState.IN_CUSTODY
    proving.prove_and_package(certificate=certificate, by=Machine("test"), reason="canary")

    client = Client()
    client.force_login(beto)
    session = client.session
    session["confirmed_at"] = timezone.now().isoformat()
    session.save()
    client.post(f"{reverse('checkout_ask')}?certificado={certificate.pk}", {"reason": "Entrar a IDSE"})
    cookie = client.cookies[COOKIE].value
    work()
    checkout = Checkout.objects.get()
    package = bytes(checkout.package or b"") + bytes(checkout.passphrase_box or b"")
    files = client.post(reverse("checkout_download", args=[checkout.pk])).content
    shown = client.post(reverse("checkout_passphrase", args=[checkout.pk])).content.decode()
    after = client.get(reverse("checkout", args=[checkout.pk])).content

    # They did arrive where they should, so looking for them elsewhere means something.
    assert pair.key_file in files
    assert PASSPHRASE in shown
    places = {
        "database": database(),
        "package": package,
        "page afterwards": after,
        "logs": caplog.text.encode(),
        "mails": "".join(str(message.message()) for message in mail.outbox).encode(),
        **home_files(),
    }
    transport_key = base64.urlsafe_b64decode(cookie)
    wanted = (
        secrets_of(pair)
        | texts_of_people()
        | {
            "browser key": transport_key,
            "master key": next(vault_keys.glob("*.key")).read_bytes(),
        }
    )
    assert found_in(places, wanted) == []


def test_the_passphrases_of_a_new_key_are_left_nowhere(vault_keys, beto, caplog):
    """The one the vault made, the one that somebody chose instead, and the one that they mistyped."""
    caplog.set_level(logging.DEBUG)
    walk = walks.begin(by=beto).to("new_key_place")
    generated = walk.take_out()
    client = Client()
    client.force_login(beto)
    address = reverse("renewal", args=[walk.renewal.pk])
    pages = [client.get(address).content]

    def send(**fields: object) -> None:
        row = walk.row
        hand_in = reverse("step_hand_in", args=[walk.renewal.pk, row.key])
        pages.append(client.post(hand_in, {"version": row.version, **fields}, follow=True).content)
        walks.run_workers()
        pages.append(client.get(address).content)

    send(passphrase_used="own")
    own = walk.key_file(passphrase=PASSPHRASE).data
    # Without it, and with another one, it does not open; the field comes back empty.
    send(key_file=SimpleUploadedFile("nueva.key", own))
    send(key_file=SimpleUploadedFile("nueva.key", own), passphrase=MISTYPED)
    assert walk.row.key == "mouse_entropy"
    send(key_file=SimpleUploadedFile("nueva.key", own), passphrase=PASSPHRASE)
    assert walk.row.key == "sign_terms_old"
    places = {
        "database": database(),
        "pages": b"".join(pages),
        "logs": caplog.text.encode(),
        "mails": "".join(str(message.message()) for message in mail.outbox).encode(),
        **home_files(),
    }
    assert found_in(places, texts("generated passphrase", generated) | texts_of_people()) == []


def test_the_search_finds_what_was_left(vault_keys, beto):
    """The search itself, against something left on purpose."""
    pair = make_pair(passphrase=PASSPHRASE)
    for name, secret in (secrets_of(pair) | texts_of_people()).items():
        for left in (secret, base64.b64encode(b"ab" + secret + b"c"), secret.hex().encode()):
            assert any(spelling in b"before " + left + b" after" for spelling in spellings(secret)), name
    company = factories.company(name=PASSPHRASE, responsible=beto)
    assert company.name.encode() in database()
