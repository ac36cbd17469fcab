"""Do the partners get the signed heads of the history every day, to keep them where the program does not reach?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from renewals.audit import Machine, record
from renewals.audit.statements import read_held
from renewals.desk import pending
from renewals.expiry.working_time import next_opening
from renewals.models import Company, Delivery
from renewals.notices import digest
from renewals.notices.round import sweep
from renewals.vault.sealing_history import seal_history
from tests.factories import company
from tests.watching import at, watched

pytestmark = pytest.mark.django_db(transaction=True)

#: A Tuesday on which the firm works.
TODAY = date(2026, 3, 3)


@pytest.fixture
def signed(vault_keys, ana, beto):
    mine = company(responsible=beto)
    with transaction.atomic():
        record("company.changed", by=Machine("test"), subject=mine, company=mine)
    seal_history(now=timezone.now())


def assemble(day=TODAY):
    digest.assemble(now=at(day, 8), by=Machine("sweep"))
    rows = Delivery.objects.order_by("pk").select_related("person")
    return {str(delivery.person and delivery.person.username): delivery for delivery in rows}


def test_a_partner_gets_them_also_on_a_day_without_anything_else(signed):
    made = assemble()
    assert set(made) == {"ana"}
    (held,) = read_held(made["ana"].text)
    assert held.line.number == 1
    assert held.signature.hex() in made["ana"].html


def test_what_arrives_can_be_checked_against(signed, mailoutbox, tmp_path, capsys):
    # Nothing of the history may lie before what was signed, so not on a day of our choice.
    opening = next_opening(timezone.now())
    digest.assemble(now=opening, by=Machine("sweep"))
    pending.work(queue="default", now=opening + timedelta(minutes=1))
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
    assemble(TODAY + timedelta(days=1))
    assert Delivery.objects.count() == 2


def test_a_message_has_none_before_there_are_any(vault_keys, ana):
    assert list(read_held(assemble()["ana"].text)) == []


def test_they_are_for_partners(signed, beto):
    row = watched(Company.objects.get(), expires_on=TODAY + timedelta(days=30))
    sweep(now=at(TODAY, 8), by=Machine("sweep"))
    text = Delivery.objects.get(person=beto).text
    assert row.serial in text
    assert list(read_held(text)) == []
