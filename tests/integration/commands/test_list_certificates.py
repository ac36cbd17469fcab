"""Does the list name what is in use, in the order it expires?"""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests import factories
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


@pytest.fixture
def company():
    return factories.company()


def listed(*arguments):
    out = io.StringIO()
    call_command("list_certificates", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())["certificates"]


def one_that_ends(company, days, kind="csd", **changes):
    pair = make_pair(kind, branch=f"{days}", not_before=NOW - timedelta(days=800), not_after=NOW + timedelta(days=days))
    return factories.certificate(company, pair, **changes)


def test_certificates_come_in_the_order_they_expire(company):
    for days in (40, -3, 10, 20):
        one_that_ends(company, days)

    assert [one["days_left"] for one in listed()] == [-3, 10, 20, 40]
    # A CSD leaves three days for stamping: its light counts to that deadline.
    assert [one["light"] for one in listed()] == ["expired", "red", "amber", "green"]


def test_within_so_many_days_counts_the_expired_ones_too(company):
    for days in (-3, 10, 40):
        one_that_ends(company, days)

    assert [one["days_left"] for one in listed("--expiring-within", "10")] == [-3, 10]
    assert [one["days_left"] for one in listed("--expiring-within", "0")] == [-3]


def test_what_was_replaced_is_not_listed(company):
    one_that_ends(company, 10, retired_at=timezone.now(), is_primary=False)

    assert listed() == []


def test_each_is_told_whole(company):
    row = one_that_ends(company, 10)

    [told] = listed()
    assert told == {
        "id": row.pk,
        "company_rfc": company.rfc,
        "company_name": company.name,
        "kind": "csd",
        "scope": "10",
        "rfc": row.rfc,
        "name": row.name,
        "serial": row.serial,
        "issuer": row.issuer,
        "not_before": row.not_before.isoformat(),
        "not_after": row.not_after.isoformat(),
        "expires_on": timezone.localdate(row.not_after).isoformat(),
        "days_left": 10,
        "deadline_on": (timezone.localdate(row.not_after) - timedelta(days=3)).isoformat(),
        "light": "red",
        "key_bits": 2048,
        "sha256": row.sha256,
        "pair_state": "no_key",
        "is_primary": True,
    }


def test_people_get_a_table(company):
    one_that_ends(company, 10)
    out = io.StringIO()
    call_command("list_certificates", stdout=out)

    assert "Vence en 10 días" in out.getvalue()
    assert "Sin llave" in out.getvalue()


def test_one_query_however_many_there_are(company, django_assert_num_queries):
    for days in range(10, 15):
        one_that_ends(company, days)
    with django_assert_num_queries(1):
        assert len(listed()) == 5


def test_days_beyond_any_certificate_are_a_clear_error():
    with pytest.raises(CommandError, match="36500"):
        listed("--expiring-within", "99999999999")
