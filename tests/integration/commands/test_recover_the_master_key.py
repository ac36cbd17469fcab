"""Partners print a kit, lose the machine, and bring the master key back from some of its pages."""

from __future__ import annotations

import io
import shutil
import subprocess
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from renewals import audit
from renewals.models.stored_key import MasterKey
from renewals.vault import keyring
from renewals.vault.checking import check
from tests.conftest import skip_or_fail

pytestmark = pytest.mark.django_db(transaction=True)


def run(command: str, *options: str) -> str:
    out = StringIO()
    call_command(command, *options, stdout=out, stderr=StringIO())
    return out.getvalue()


def pages(folder) -> list[str]:
    """The text of each page, as a second program reads it."""
    reader = shutil.which("pdftotext")
    if reader is None:
        skip_or_fail("pdftotext is not installed (Debian package poppler-utils)")
    return [
        subprocess.run([str(reader), "-layout", str(path), "-"], check=True, capture_output=True, text=True).stdout
        for path in sorted(folder.iterdir())
    ]


def words_of(page: str) -> str:
    """What a partner reads off the page: the words by their numbers."""
    lines = page[page.index("1. ") :].splitlines()
    found: dict[int, str] = {}
    for line in lines:
        parts = line.split()
        for number, word in zip(parts[::2], parts[1::2], strict=False):
            if number.rstrip(".").isdecimal() and number.endswith("."):
                found.setdefault(int(number[:-1]), word)
    return " ".join(found[n] for n in range(1, 34))


@pytest.fixture
def kit(vault_keys, tmp_path):
    run("recovery_kit", "--needed", "2", "--shares", "3", "--out", str(tmp_path / "kit"))
    return tmp_path / "kit"


@pytest.fixture
def lost(kit, vault_keys):
    """The folder of the master keys is empty; gives the id of the key and its bytes."""
    (path,) = vault_keys.glob("*.key")
    secret = path.read_bytes()
    for one in vault_keys.iterdir():
        one.unlink()
    return path.stem, secret


def typed(monkeypatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_a_kit_is_one_page_for_each_partner_and_readable_by_its_owner_alone(kit, vault_keys):
    assert sorted(path.name for path in kit.iterdir()) == [f"parte-{n}-de-3.pdf" for n in (1, 2, 3)]
    assert kit.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in kit.iterdir()} == {0o600}
    texts = pages(kit)
    assert len({words_of(text) for text in texts}) == 3
    for number, text in enumerate(texts, 1):
        assert f"Parte {number} de 3" in text
        assert keyring.load().active.key_id in text
        assert f"manage.py recover_master_key {keyring.load().active.key_id}" in text


def test_a_kit_is_on_the_record_and_its_words_are_not(kit, vault_keys):
    (event,) = [one for one in audit.history_of(MasterKey.objects.get()) if one.name == "master_key.kit_made"]
    assert event.facts == {"needed": 2, "shares": 3}


def test_two_pages_bring_the_key_back(lost, kit, vault_keys, monkeypatch):
    key_id, secret = lost
    texts = pages(kit)
    typed(monkeypatch, words_of(texts[2]), words_of(texts[0]))
    said = run("recover_master_key", key_id)
    assert (vault_keys / f"{key_id}.key").read_bytes() == secret
    assert (vault_keys / f"{key_id}.key").stat().st_mode & 0o777 == 0o600
    number = said.splitlines()[0].rpartition(" ")[2]
    assert all(number in text for text in texts)
    assert "Es la llave que usó esta base de datos" in said
    assert check(every_row=True).opened == 1
    assert audit.history_of(MasterKey.objects.get())[0].name == "master_key.recovered"


def test_one_page_is_too_few(lost, kit, vault_keys, monkeypatch):
    typed(monkeypatch, words_of(pages(kit)[0]))
    with pytest.raises(CommandError, match="Se necesitan 2 partes del kit y hay 1"):
        run("recover_master_key", lost[0])
    assert not list(vault_keys.iterdir())


def test_a_wrong_word_is_told_and_the_words_are_not_repeated(lost, kit, vault_keys, monkeypatch):
    words = words_of(pages(kit)[0]).split()
    typed(monkeypatch, " ".join([*words[:-1], words[0]]))
    with pytest.raises(CommandError, match="no forman una parte") as refused:
        run("recover_master_key", lost[0])
    assert words[3] not in str(refused.value)


def test_the_same_page_twice_is_told(lost, kit, vault_keys, monkeypatch):
    typed(monkeypatch, *[words_of(pages(kit)[0])] * 2)
    with pytest.raises(CommandError, match="ya la escribiste"):
        run("recover_master_key", lost[0])


def test_the_pages_of_another_key_are_found_before_anything_is_written(lost, kit, vault_keys, monkeypatch):
    MasterKey.objects.filter(pk=lost[0]).update(probe=bytes(MasterKey.objects.get().probe)[:-1] + b"x")
    typed(monkeypatch, *map(words_of, pages(kit)))
    with pytest.raises(CommandError, match="es de otra llave con el mismo nombre"):
        run("recover_master_key", lost[0])
    assert not list(vault_keys.iterdir())


def test_a_database_that_is_not_restored_yet_is_no_hindrance(lost, kit, vault_keys, monkeypatch):
    MasterKey.objects.all().delete()
    typed(monkeypatch, *map(words_of, pages(kit)))
    assert "no la conoce" in run("recover_master_key", lost[0])
    assert (vault_keys / "active").read_text() == lost[0]


def test_a_key_that_is_there_is_never_overwritten(kit, vault_keys, monkeypatch):
    key_id = keyring.load().active.key_id
    typed(monkeypatch, *map(words_of, pages(kit)))
    with pytest.raises(CommandError, match="no se sobrescribe"):
        run("recover_master_key", key_id)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--needed", "1", "--shares", "3", "--out", "{}/new"), "deben bastar al menos 2"),
        (("--needed", "2", "--shares", "3", "--out", "{}/kit"), "ya existe"),
        (("--needed", "2", "--shares", "3", "--out", "{}/new", "--key", "mk-9"), "Falta la llave maestra mk-9"),
        (("--needed", "2", "--shares", "3", "--out", "{}/no/where"), "No se pudo escribir"),
    ],
)
def test_a_kit_that_cannot_be_made_says_why(kit, tmp_path, options, words):
    with pytest.raises(CommandError, match=words):
        run("recovery_kit", *(one.format(tmp_path) for one in options))
    assert not (tmp_path / "new").exists()
