"""Does the command look at the history, compare it with what is held outside, and fail where something is wrong?"""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from renewals.audit import Machine, record
from renewals.models.event import Event
from renewals.vault.sealing_history import seal_history
from tests.factories import company
from tests.integration.audit.thief import held_now
from tests.unguarded import history_unguarded

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def linked(vault_keys):
    mine = company()
    for turn in range(2):
        with transaction.atomic():
            record("company.changed", by=Machine("test"), subject=mine, company=mine, turn=turn)
    seal_history(now=timezone.now())
    return mine


def run(*arguments):
    out = io.StringIO()
    try:
        call_command("verify_history", *arguments, stdout=out)
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), ""


@pytest.fixture
def mails(linked, tmp_path):
    file = tmp_path / "correos.txt"
    file.write_text("Hola, Ana:\n\n" + held_now()[0].as_text() + "\n")
    return str(file)


def test_it_says_that_all_is_as_it_was_written(linked, mails):
    out, error = run("--against", mails)
    assert "Todo está como se escribió." in out
    assert "Firmas guardadas fuera: 1; coinciden: 1." in out
    assert not error


def test_it_names_the_row_and_fails(linked):
    event = Event.objects.filter(company=linked).earliest("pk")
    with history_unguarded():
        Event.objects.filter(pk=event.pk).update(name="company.created")
    out, error = run()
    assert f"Hecho {event.pk}: lo que dice ya no coincide con lo que se escribió (event)." in out
    assert "1 hallazgos" in error


def test_what_was_only_added_is_not_told_as_a_change(linked):
    added = Event.objects.create(
        at=timezone.now(), name="x", actor="web", subject_type="x", subject_id="1", canonical=b"{}"
    )
    seal_history(now=timezone.now())
    out, error = run()
    assert f"Hechos {added.pk} a {added.pk}: 1 de ellos se escribieron con bytes que no coinciden" in out
    assert "lo demás está como se escribió" in error


def test_machines_get_one_document(linked, mails):
    out, _ = run("--json", "--against", mails)
    told = json.loads(out)
    assert (told["findings"], told["confirmed"], told["waiting"]) == ([], [1], 1)
    assert told["last"].startswith("vigencia: history heads 1 1 ")


def test_a_file_without_heads_is_refused(linked, tmp_path):
    (tmp_path / "nada.txt").write_text("nada")
    assert "no contiene ninguna firma" in run("--against", str(tmp_path / "nada.txt"))[1]
    assert "no se puede leer" in run("--against", str(tmp_path / "falta.txt"))[1]


def test_an_empty_history_holds(db):
    assert "Todo está como se escribió." in run()[0]
