"""What can somebody ruin who may only add events, such as whoever took over the web server?"""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from renewals.audit import findings
from renewals.audit.links import read_statement
from renewals.models.event import Event, SignedHeads
from renewals.vault import audit_key
from renewals.vault.sealing_history import seal_history
from renewals.vault.verifying_history import verify_history
from tests.integration.audit.thief import found, with_new_bytes, write
from tests.unguarded import history_unguarded

pytestmark = pytest.mark.django_db(transaction=True)
SCRIPT = Path(__file__).parents[3] / "docs" / "verify_company_history.py"


def nested(depth):
    facts: dict[str, object] = {}
    for _ in range(depth):
        facts = {"a": facts}
    return facts


def misfits(number=1, *, company=None, **columns):
    """Rows whose bytes are not those of their columns, as a process writes them that is not the program any more."""
    columns = {"at": timezone.now(), "canonical": b"{}"} | columns
    named = {"name": "x", "actor": "web", "subject_type": "x", "subject_id": "1"}
    return Event.objects.bulk_create(Event(company=company, **named, **columns) for _ in range(number))


def told_misfits():
    return [one for row in SignedHeads.objects.all() for one in read_statement(bytes(row.statement)).notes.misfits]


@pytest.mark.parametrize(
    "columns", [{}, {"canonical": b""}, {"canonical": b"\xff"}, {"facts": nested(60)}, {"facts": nested(400)}]
)
def test_bytes_that_do_not_match_are_told_as_written_so_and_not_as_changed(firm, columns):
    misfits(2, company=firm.mine, **columns)
    seal_history(now=timezone.now())
    first, last = told_misfits()
    told = {"first": first, "last": last, "number": 2, "statement": 3}
    assert found() == found(firm.held) == [("events_misfit", told)]


@pytest.mark.parametrize("change", [{"actor": "ana"}, {"facts": {"turn": 7}}])
def test_such_an_event_is_guarded_from_its_link_on(firm, change):
    misfits(company=firm.mine)
    seal_history(now=timezone.now())
    (pk,) = told_misfits()
    with history_unguarded():
        Event.objects.filter(pk=pk).update(**change)
    broken = ("link_broken", {"event": pk, "chain": firm.mine.pk, "position": 5})
    assert found()[1:] == [broken]
    with history_unguarded():
        with_new_bytes(Event.objects.get(pk=pk))
    assert found()[1:] == [broken]


def test_any_number_of_them_hides_no_change(firm, monkeypatch):
    monkeypatch.setattr(findings, "MOST", 3)
    target = firm.events()[1]
    misfits(5, at=timezone.now() - timedelta(days=9))
    seal_history(now=timezone.now())
    misfits(5, at=timezone.now() - timedelta(days=9))
    with history_unguarded():
        Event.objects.filter(pk=target.pk).update(actor="machine:other")
    report = verify_history(now=timezone.now())
    assert {one.code for one in report.findings} == {"events_misfit", "event_late", "event_not_linked", "event_changed"}
    assert [one.facts["event"] for one in report.findings if one.code == "event_changed"] == [target.pk]
    assert report.more == 4


@pytest.mark.parametrize("columns", [{}, {"facts": nested(60)}])
def test_they_do_not_spoil_a_companys_export(firm, tmp_path, columns):
    misfits(company=firm.mine, **columns)
    write(firm.mine, turn=9)
    seal_history(now=timezone.now())
    (public,) = audit_key.public_keys()
    (tmp_path / "audit.pem").write_text(audit_key.as_pem(public))
    call_command("export_history", firm.mine.rfc, "--out", str(tmp_path / "historial.jsonl"), verbosity=0)
    command = [sys.executable, "-I", str(SCRIPT), "historial.jsonl", "--key", "audit.pem"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout
    assert "6 events in one unbroken chain" in done.stdout
