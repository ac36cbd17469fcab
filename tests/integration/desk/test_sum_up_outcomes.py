"""Do the figures of many renewals say how a year went, and does the page show them to partners alone?"""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

from renewals.desk.outcomes import outcomes_between, summed, year_until
from renewals.models import Dossier, Renewal, RenewalState
from renewals.procedure.figures import Figures
from tests.factories import company
from tests.integration.desk.rows import listed

if TYPE_CHECKING:
    from renewals.models import Company, Person

pytestmark = pytest.mark.django_db

FIGURES = Figures(
    is_done=True,
    days_before_expiry=10,
    days_before_deadline=8,
    business_days=4,
    blocked={"client": 2},
    steps_done=4,
    passed_at_once=3,
    refusals={"take_in": 1},
    hours={"obtain": 1.0, "take_in": 5.0},
)


def closed(theirs: Company, at: datetime, by: Person | None = None, kind: str = "efirma", **changes: object) -> Dossier:
    """A renewal that ended at that moment, with these figures."""
    figures = replace(FIGURES, **changes)  # type: ignore[arg-type]  # by name
    renewal = Renewal.objects.create(
        company=theirs,
        certificate=listed(theirs, days=30, kind=kind),
        plan="general",
        edition=1,
        state=RenewalState.DONE if figures.is_done else RenewalState.CANCELLED,
        open=None,
        assignee=by,
        closed_at=at,
    )
    return Dossier.objects.create(
        renewal=renewal,
        closed_at=at,
        pdf="dossiers/x",
        pdf_sha256="0" * 64,
        pdf_size=1,
        signature=b"x",
        audit_key_id="ak-1",
        figures=figures.as_json(),
        made_at=at,
    )


def at(month: int, day: int, hour: int = 18) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def test_a_year_is_twelve_whole_months():
    assert year_until(date(2026, 11, 23)) == (date(2025, 12, 1), date(2026, 11, 30))
    assert year_until(date(2024, 2, 29)) == (date(2023, 3, 1), date(2024, 2, 29))


def test_outcomes_are_put_together_by_month_kind_and_person(beto, carla):
    theirs = company()
    closed(theirs, at(3, 10), beto)
    closed(theirs, at(3, 20), beto, days_before_deadline=-1, days_before_expiry=0, passed_at_once=4, refusals={})
    closed(theirs, at(5, 2), carla, "npie", is_done=False, days_before_deadline=None, days_before_expiry=None)
    first, last = year_until(date(2026, 11, 23))
    found = summed(outcomes_between(first, last), first=first, last=last)
    whole = found.whole
    assert (whole.in_time, whole.late, whole.cancelled) == (1, 1, 1)
    assert (whole.days_before, whole.at_once, whole.blocked) == (5, 88, 6)
    assert [(one.key, one.total) for one in found.months if one.total] == [("2026-03", 2), ("2026-05", 1)]
    assert len(found.months) == 12
    assert {one.key: one.total for one in found.kinds} == {"efirma": 2, "npie": 1}
    assert {one.key: one.cancelled for one in found.people} == {"beto": 0, "carla": 1}
    assert found.blocked == {"client": 6}
    assert [(one.key, one.times, one.at_once) for one in found.steps] == [("take_in", 3, 33), ("obtain", 3, 100)]


def test_a_closing_counts_on_its_local_day_and_an_earlier_one_not_any_more():
    theirs = company()
    # Half past midnight in Greenwich is still the last of the month in Mexico.
    row = closed(theirs, datetime(2026, 12, 1, 0, 30, tzinfo=UTC))
    first, last = year_until(date(2026, 11, 23))
    assert [one.closed_on for one in outcomes_between(first, last)] == [date(2026, 11, 30)]
    Renewal.objects.filter(pk=row.renewal_id).update(closed_at=row.closed_at + timedelta(days=1))
    assert outcomes_between(first, last) == []


def test_companies_for_practice_count_only_where_there_is_nothing_else():
    closed(company(rfc="AAA010101AAA", is_demo=True), at(3, 10))
    first, last = year_until(date(2026, 11, 23))
    assert len(outcomes_between(first, last)) == 1
    closed(company(), at(3, 11))
    assert [one.rfc for one in outcomes_between(first, last)] == ["EKU9003173C9"]


def test_the_page_draws_a_year_and_the_spreadsheet_holds_no_formula(ana, beto, client: Client):
    closed(company(name="=HYPERLINK(0)"), at(3, 10), beto, days_before_expiry=-3, days_before_deadline=-3)
    client.force_login(ana)
    page = client.get(reverse("outcomes"), {"hasta": "2026-11"}).content.decode()
    for told in ("Cómo nos fue", "marzo 2026: 0 en plazo, 1 tarde, 0 canceladas", "por el cliente", "75 %", "beto"):
        assert told in page, told
    sent = client.get(reverse("outcomes_csv"), {"hasta": "2026-11"})
    (row,) = list(csv.DictReader(io.StringIO(sent.content.decode("utf-8-sig"))))
    assert row["Empresa"] == "'=HYPERLINK(0)"
    assert (row["Días antes del vencimiento"], row["Días hábiles detenida por el cliente"]) == ("-3", "2")


@pytest.mark.parametrize("asked", ["", "ayer", "2026-13", "9999-12", "0001-01"])
def test_a_month_that_cannot_be_is_this_one(ana, client: Client, asked):
    client.force_login(ana)
    response = client.get(reverse("outcomes"), {"hasta": asked})
    assert response.status_code == 200
    assert "no se cerró ninguna renovación" in response.content.decode()
