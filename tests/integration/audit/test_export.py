"""Can somebody without this program check what one company's history says, and see what was done to it?"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from renewals.audit import Machine
from renewals.models.event import Event
from renewals.vault import audit_key
from renewals.vault.sealing_history import seal_history
from tests.integration.audit.thief import held_now, relink, with_new_bytes, write
from tests.unguarded import history_unguarded

pytestmark = pytest.mark.django_db(transaction=True)
SCRIPT = Path(__file__).parents[3] / "docs" / "verify_company_history.py"


@pytest.fixture
def export(firm, tmp_path):
    def make(name="historial.jsonl"):
        call_command("export_history", firm.mine.rfc, "--out", str(tmp_path / name), verbosity=0)
        return tmp_path / name

    return make


@pytest.fixture
def key(firm, tmp_path):
    """The firm's public audit key, as it was published."""
    (public,) = audit_key.public_keys()
    (tmp_path / "audit.pem").write_text(audit_key.as_pem(public))
    return tmp_path / "audit.pem"


def check(file, *arguments):
    """What the script says, in a Python that knows nothing of this program."""
    command = [sys.executable, "-I", str(SCRIPT), str(file), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
    assert not done.stderr
    return done.returncode, done.stdout


def rewritten(file, change):
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    file.write_text("".join(json.dumps(line) + "\n" for line in change(lines)))
    return file


def test_an_export_holds(export, key, firm, tmp_path):
    (tmp_path / "correo.txt").write_text(f"> Hola\n> {firm.held[0].as_text()}")
    status, said = check(export(), "--key", key, "--held", tmp_path / "correo.txt")
    assert status == 0, said
    assert "4 events in one unbroken chain" in said
    # Taking it out is itself on the record, and not linked yet.
    assert "Signed up to event 4; after it: 0, not linked at all yet: 1." in said
    assert "Signatures checked with your key: 2." in said
    assert "Lines you hold that vouch for this company: 1, all the same as here." in said


def test_without_a_key_it_does_not_hold(export):
    status, said = check(export())
    assert (status, said.startswith("WRONG: NO KEY GIVEN")) == (1, True)


def without_signed_lines(lines):
    return [line for line in lines if "signed" not in line]


@pytest.mark.parametrize("has_key", [True, False])
def test_a_history_that_nobody_signed_does_not_hold(export, key, has_key):
    """Whoever knows how links are made can invent a whole history."""
    status, said = check(rewritten(export(), without_signed_lines), *(("--key", key) if has_key else ()))
    assert (status, said.startswith("WRONG: no signed line vouches")) == (1, True)


def test_of_other_companies_it_tells_nothing(export, firm):
    text = export().read_text()
    assert firm.yours.rfc not in text
    assert firm.yours.name not in text


def changed_fact(lines):
    lines[2]["bytes"] = lines[2]["bytes"].replace('"turn":1', '"turn":7')
    return lines


def left_out(lines):
    return lines[:2] + lines[3:]


def other_order(lines):
    return [lines[0], lines[2], lines[1], *lines[3:]]


def shorter(lines):
    kept = [line for line in lines if line.get("position", 0) < 4 or "signed" in line]
    return [*kept, {"events": 3, "waiting": 0}]


def without_its_end(lines):
    return lines[:-1]


def another_signature(lines):
    return [line | ({"signature": "00" * 64} if "signed" in line else {}) for line in lines]


def another_head(lines):
    return [line | ({"leaves": ["00" * 32] * 3} if "signed" in line else {}) for line in lines]


@pytest.mark.parametrize(
    "change", [changed_fact, left_out, other_order, shorter, without_its_end, another_signature, another_head]
)
def test_an_export_that_was_changed_does_not_hold(export, key, change):
    status, said = check(rewritten(export(), change), "--key", key)
    assert status == 1
    assert said.startswith("WRONG: ")


def test_a_chain_made_anew_in_the_database_does_not_hold(export, key, firm):
    event = firm.events()[1]
    with history_unguarded():
        Event.objects.filter(pk=event.pk).update(facts={"turn": 7})
        with_new_bytes(event)
        relink(firm.mine)
    assert check(export(), "--key", key)[0] == 1


def test_a_line_that_is_not_the_one_that_was_mailed_is_seen(export, key, firm, tmp_path):
    text = firm.held[0].as_text()
    (tmp_path / "correo.txt").write_text(text.replace(firm.held[0].line.heads, "0" * 64))
    status, said = check(export(), "--key", key, "--held", tmp_path / "correo.txt")
    assert (status, "is not the one that was mailed" in said) == (1, True)


def test_another_firms_key_vouches_for_nothing(export, tmp_path):
    subprocess.run(
        ["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(tmp_path / "private.pem")],
        check=True,
        capture_output=True,
    )
    subprocess.run(
        ["openssl", "pkey", "-in", str(tmp_path / "private.pem"), "-pubout", "-out", str(tmp_path / "public.pem")],
        check=True,
        capture_output=True,
    )
    status, said = check(export(), "--key", tmp_path / "public.pem")
    assert (status, "none of your keys" in said) == (1, True)


def test_events_of_both_audit_keys_hold_under_both(export, firm, tmp_path):
    audit_key.rotate_audit_key(by=Machine("test"), now=timezone.now())
    write(firm.mine, turn=9)
    seal_history(now=timezone.now())
    arguments = []
    for public in audit_key.public_keys():
        (tmp_path / f"{public.key_id}.pem").write_text(audit_key.as_pem(public))
        arguments += ["--key", tmp_path / f"{public.key_id}.pem"]
    assert check(export(), *arguments)[0] == 0
    assert held_now()[0].key_id != firm.held[0].key_id


def test_a_person_takes_it_from_the_companys_page(firm, client, ana, key, tmp_path):
    client.force_login(ana)
    response = client.post(reverse("company_history", args=[firm.mine.pk]))
    file = tmp_path / "bajado.jsonl"
    file.write_bytes(b"".join(response.streaming_content))
    assert firm.mine.rfc in response["Content-Disposition"]
    assert check(file, "--key", key)[0] == 0
    assert Event.objects.filter(name="company.history_exported", person=ana, company=firm.mine).exists()


def test_an_unknown_company_and_a_file_that_is_there_are_refused(firm, tmp_path):
    with pytest.raises(CommandError, match="ninguna empresa"):
        call_command("export_history", "AAA010101AAA", "--out", str(tmp_path / "a"))
    (tmp_path / "a").touch()
    with pytest.raises(CommandError, match="no se puede escribir"):
        call_command("export_history", firm.mine.rfc, "--out", str(tmp_path / "a"))
