"""Do the partners get the signed heads of the history every day, to keep them where the program does not reach?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from renewals.audit import Machine, record
from renewals.audit.statements import read_held
from renewals.models import Delivery
from renewals.notices import digest
from renewals.vault.sealing_history import seal_history
from tests.factories import company
from tests.walks import run_workers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def signed(vault_keys, ana, beto):
    mine = company(responsible=beto)
    with transaction.atomic():
        record("company.changed", by=Machine("test"), subject=mine, company=mine)
    seal_history(now=timezone.now())


def assemble(now=None):
    digest.assemble(now=now or timezone.now(), by=Machine("sweep"))
    rows = Delivery.objects.order_by("pk").select_related("person")
    return {str(delivery.person and delivery.person.username): delivery for delivery in rows}


def test_a_partner_gets_them_also_on_a_day_without_anything_else(signed):
    made = assemble()
    assert set(made) == {"ana"}
    (held,) = read_held(made["ana"].text)
    assert held.line.number == 1
    assert made["ana"].subject == "Firmas del historial para guardar"
    assert held.signature.hex() in made["ana"].html


def test_what_arrives_can_be_checked_against(signed, mailoutbox, tmp_path, capsys):
    assemble()
    run_workers()
    (mail,) = [mail for mail in mailoutbox if mail.to == ["ana@despacho.example"]]
    # As the whole mail travels and is saved, not only as it was written.
    (tmp_path / "correo.eml").write_bytes(mail.message().as_bytes())
    call_command("verify_history", "--against", str(tmp_path / "correo.eml"))
    assert "Firmas guardadas fuera: 1; coinciden: 1." in capsys.readouterr().out


def test_once_a_day(signed):
    assemble()
    seal_history(now=timezone.now())
    assemble()
    assert Delivery.objects.count() == 1
    assemble(timezone.now() + timedelta(days=1))
    assert Delivery.objects.count() == 2


def test_nobody_is_written_to_before_there_are_any(vault_keys, ana):
    assert assemble() == {}
