"""Can the clock's work be done from a shell, and does it answer machines as agreed?"""

import json
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from renewals.models import Delivery, DeliveryState, Notice, Renewal
from tests.factories import certificate, company, sealed_key
from tests.pairs import make_pair
from tests.watching import watched

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 3)


def answer(*words: str) -> tuple[dict[str, Any], str]:
    """The one JSON document on standard output, and what was said beside it."""
    out, err = StringIO(), StringIO()
    call_command(*words, "--json", stdout=out, stderr=err)
    return json.loads(out.getvalue()), err.getvalue()


def test_sweep_answers_with_its_four_numbers(beto):
    ours = company(responsible=beto)
    watched(ours, expires_on=TODAY + timedelta(days=30))
    watched(ours, expires_on=TODAY + timedelta(days=300))
    assert answer("sweep", "--now", "2026-03-03") == (
        {"evaluated": 2, "due": 1, "new_notices": 1, "new_renewals": 1},
        "",
    )
    assert answer("sweep", "--now", "2026-03-03")[0] == {
        "evaluated": 0,
        "due": 0,
        "new_notices": 0,
        "new_renewals": 0,
    }


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-03-03", date(2026, 3, 3)),
        ("2026-03-03T00:00", date(2026, 3, 3)),
        ("2026-03-03T03:00:00+00:00", date(2026, 3, 2)),
        ("2026-03-03T23:59:59-06:00", date(2026, 3, 3)),
    ],
)
def test_sweep_looks_from_the_local_day_of_the_moment_given(beto, now, day):
    watched(company(responsible=beto), expires_on=TODAY + timedelta(days=15))
    answer("sweep", "--now", now)
    assert set(Notice.objects.values_list("crossed_on", flat=True)) == {day}


def test_sweep_without_a_moment_looks_from_now(beto):
    watched(company(responsible=beto), expires_on=timezone.localdate() + timedelta(days=15))
    assert answer("sweep")[0]["due"] == 1
    assert set(Notice.objects.values_list("crossed_on", flat=True)) == {timezone.localdate()}


def test_a_moment_that_is_none_is_refused():
    with pytest.raises(CommandError, match="no es una fecha ISO: mañana"):
        call_command("sweep", "--now", "mañana")


def test_a_round_in_which_something_failed_says_so_and_fails(beto):
    watched(company(responsible=beto), expires_on=TODAY, kind="other")
    out = StringIO()
    with pytest.raises(CommandError, match="no se pudieron procesar"):
        call_command("sweep", "--now", "2026-03-03", "--json", stdout=out)
    assert json.loads(out.getvalue())["due"] == 1


def test_people_read_the_numbers_in_words(beto):
    watched(company(responsible=beto), expires_on=TODAY + timedelta(days=15))
    out = StringIO()
    call_command("sweep", "--now", "2026-03-03", stdout=out)
    assert "Por avisar: 1." in out.getvalue()
    assert "Correos escritos: 1." in out.getvalue()


def test_work_pending_sends_what_the_sweep_wrote_even_for_a_day_to_come(ana):
    day = timezone.localdate() + timedelta(days=100)
    watched(company(responsible=ana), expires_on=day + timedelta(days=1))
    answer("sweep", "--now", day.isoformat())
    assert mail.outbox == []
    assert answer("work_pending")[0]["done"]["mail"] == Delivery.objects.count()
    assert {tuple(sent.to) for sent in mail.outbox} == {(ana.email,)}
    assert Delivery.objects.get(is_critical=True).state == DeliveryState.SENT
    assert not any(answer("work_pending")[0]["done"].values())


def test_work_pending_lays_out_the_renewals_that_the_sweep_asked_for(beto):
    watched(company(responsible=beto), expires_on=TODAY + timedelta(days=15))
    answer("sweep", "--now", "2026-03-03")
    answer("work_pending")
    assert Renewal.objects.get().steps.count() == 14


def test_work_pending_says_what_only_the_vault_can_do(vault_keys, settings, beto):
    settings.MASTER_KEYS_DIR = ""
    pair = make_pair("efirma")
    sealed_key(certificate(company(responsible=beto), pair), pair)
    worked, said = answer("work_pending")
    # The key, and the history, whose chains the vault signs.
    assert worked["left_to_the_vault"] == 2
    assert said == "Esperan a la bóveda: 2. Este proceso no tiene la llave maestra.\n"


@pytest.mark.django_db(transaction=True)
def test_work_pending_does_the_vaults_work_where_the_master_key_is(vault_keys, beto):
    pair = make_pair("efirma")
    row = certificate(company(responsible=beto), pair)
    sealed_key(row, pair)
    worked, said = answer("work_pending")
    assert worked["left_to_the_vault"] == 0
    assert worked["done"]["take_custody"] == 1
    row.refresh_from_db()
    assert row.pair_state == "in_custody"
    assert said == ""
    assert Notice.objects.count() == 0
