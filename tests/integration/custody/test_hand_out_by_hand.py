"""On a deadline day without the vault's machine one pair goes out by hand: with the same rights, and on the record."""

from __future__ import annotations

import io
import os
import zipfile
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from renewals import audit
from renewals.models import Checkout, CheckoutState, Mandate
from renewals.pki.private_key import open_private_key, public_key_sha256
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hand_out(certificate, monkeypatch, tmp_path):
    """Run the command as somebody; gives what it printed."""

    def run(user: str = "beto", password: str = PASSWORD, reason: str = "Hoy vence y el servidor no enciende") -> str:
        out = StringIO()
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        call_command(
            "hand_out_files",
            str(certificate.pk),
            "--user",
            user,
            "--reason",
            reason,
            "--out",
            str(tmp_path / "files.zip"),
            stdout=out,
            stderr=StringIO(),
        )
        return out.getvalue()

    return run


def test_the_pair_goes_out_to_a_file_that_only_its_owner_reads(hand_out, certificate, settings, tmp_path):
    settings.PROCESS_ROLE = "shell"
    passphrase = hand_out().strip()
    path = tmp_path / "files.zip"
    assert path.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(path) as archive:
        (name,) = [one for one in archive.namelist() if one.endswith(".key")]
        key = open_private_key(archive.read(name), passphrase)
    assert public_key_sha256(key.key) == certificate.public_key_sha256


def test_it_is_on_the_record_like_any_other(hand_out, beto):
    hand_out()
    checkout = Checkout.objects.get()
    assert (checkout.state, checkout.person, checkout.reason) == (
        CheckoutState.TAKEN,
        beto,
        "Hoy vence y el servidor no enciende",
    )
    names = {event.name for event in audit.history_of(checkout)}
    assert {"checkout.asked", "checkout.prepared", "checkout.taken", "checkout.passphrase_shown"} <= names
    assert "key.opened" in {event.name for event in audit.history_of_company(checkout.company)}


@pytest.mark.parametrize(
    ("otherwise", "words"),
    [
        ({"password": "not the password"}, "no son correctos"),
        ({"user": "carla"}, "no está entre tus empresas"),
        ({"user": "dalia"}, "no permite"),
        ({"reason": "  "}, "para qué"),
    ],
)
def test_nobody_gets_by_hand_what_the_pages_would_refuse(hand_out, carla, dalia, tmp_path, otherwise, words):
    with pytest.raises(CommandError, match=words):
        hand_out(**otherwise)
    assert not (tmp_path / "files.zip").exists()
    assert not Checkout.objects.filter(state=CheckoutState.TAKEN).exists()


def test_without_a_mandate_nothing_goes_out_by_hand_either(hand_out):
    Mandate.objects.all().delete()
    with pytest.raises(CommandError, match="mandato"):
        hand_out()


def test_without_the_master_key_nothing_is_asked_for(hand_out, settings):
    settings.MASTER_KEYS_DIR = ""
    with pytest.raises(CommandError, match="no puede abrir llaves"):
        hand_out()
    assert not Checkout.objects.exists()


def test_a_file_that_is_there_is_never_overwritten(hand_out, tmp_path):
    (tmp_path / "files.zip").write_bytes(b"mine")
    with pytest.raises(CommandError, match="No se puede crear"):
        hand_out()
    assert (tmp_path / "files.zip").read_bytes() == b"mine"
    assert not Checkout.objects.exists()


def test_a_disk_that_is_full_is_told_and_nothing_half_written_stays(hand_out, monkeypatch, tmp_path):
    def on_a_full_disk(descriptor: int, mode: str) -> io.BufferedWriter:
        os.close(descriptor)
        return Path("/dev/full").open("wb")

    monkeypatch.setattr("renewals.management.commands.hand_out_files.os.fdopen", on_a_full_disk)
    with pytest.raises(CommandError, match="libera espacio"):
        hand_out()
    assert not (tmp_path / "files.zip").exists()
