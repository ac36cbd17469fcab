"""Do the dashboard's numbers count exactly the rows they lead to, for each person, in a fixed number of queries?"""

import re
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from renewals.desk.overview import months_ahead, overview_for
from renewals.models import Renewal, RenewalStep, SweepRun
from renewals.models.renewal import RenewalState, StepState
from tests.factories import company, person
from tests.integration.desk.rows import listed

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=ZoneInfo("UTC"))


@pytest.fixture(autouse=True)
def a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


def renewal_of(certificate, *, step="obtain", step_state=StepState.PENDING, **fields):
    renewal = Renewal.objects.create(
        company=certificate.company,
        certificate=certificate,
        plan="general",
        edition=1,
        state=RenewalState.OPEN,
        current_step=step,
        **fields,
    )
    RenewalStep.objects.create(renewal=renewal, key=step, position=1, state=step_state)
    return renewal


@pytest.fixture
def firm(ana, beto, carla):
    """Two companies, one with Beto and one with nobody, with certificates at every distance."""
    his = company(responsible=beto)
    nobodys = company(rfc="CACX7605101P8", name="Xóchitl Casas Chávez")
    for days in (-400, -1, 0, 7, 8, 30, 31, 90, 91, 400):
        listed(his, days=days)
    listed(nobodys, days=3, pair_state="no_key")
    listed(nobodys, days=-5, retired_at=timezone.now())
    renewal_of(listed(his, days=5), step_state=StepState.WAITING)
    renewal_of(listed(his, days=6), step_state=StepState.FAILED)
    renewal_of(listed(nobodys, days=20))
    closed = renewal_of(listed(his, days=50), step_state=StepState.WAITING)
    Renewal.objects.filter(pk=closed.pk).update(open=None, state=RenewalState.CANCELLED)
    SweepRun.objects.create(started_at=NOW - timedelta(hours=1), finished_at=NOW)


def numbers(who):
    found = overview_for(who, today=TODAY, now=NOW)
    return (
        found.expired,
        dict(found.due),
        found.in_renewal,
        found.held_up,
        found.without_key,
        found.unassigned,
    )


def test_a_partner_sees_the_whole_firm(firm, ana):
    assert numbers(ana) == (2, {7: 5, 30: 8, 90: 11}, 3, 2, 1, 1)


def test_an_auditor_sees_as_much(firm, ana, dalia):
    assert numbers(dalia) == numbers(ana)


def test_staff_see_their_own_companies(firm, beto):
    assert numbers(beto) == (2, {7: 4, 30: 6, 90: 9}, 2, 2, 0, None)


def test_somebody_without_companies_sees_nothing(firm, carla):
    assert numbers(carla) == (0, {7: 0, 30: 0, 90: 0}, 0, 0, 0, None)
    assert not overview_for(carla, today=TODAY, now=NOW).has_certificates


def test_a_company_whose_person_left_counts_as_unassigned(firm, ana, beto):
    beto.is_active = False
    beto.save(update_fields=["is_active"])
    assert overview_for(ana, today=TODAY, now=NOW).unassigned == 2


def test_the_chart_begins_with_what_is_left_of_this_month(firm, ana):
    months = overview_for(ana, today=TODAY, now=NOW).months
    assert len(months) == 12
    assert (months[0].first, months[0].last) == (TODAY, date(2026, 11, 30))
    # Today, in 3, 5, 6 and 7 days.
    assert months[0].ending == 5
    assert (months[-1].first, months[-1].last) == (date(2027, 10, 1), date(2027, 10, 31))


@pytest.mark.parametrize("today", [date(2026, 12, 31), date(2027, 1, 31), date(2028, 2, 29), date(2026, 11, 1)])
def test_the_months_follow_each_other_without_a_gap(today):
    spans = months_ahead(today)
    assert spans[0][0] == today
    for (_first, last), (following, _last) in pairwise(spans):
        assert following == last + timedelta(days=1)
        assert following.day == 1


def test_the_most_urgent_come_first_with_their_renewal(firm, beto):
    urgent = overview_for(beto, today=TODAY, now=NOW).urgent
    assert [one.days_left for one in urgent] == [-400, -1, 0, 5, 6, 7, 8, 30, 31, 50]
    assert [one.renewal is not None for one in urgent][3:5] == [True, True]
    assert urgent[-1].renewal is None


def test_what_is_urgent_counts_to_the_deadline_and_says_both_days(ana, client):
    ours = company(rfc="IIA040805DZ4")
    listed(ours, days=5, serial="1")
    listed(ours, days=6, serial="2", kind="csd", deadline_on=TODAY + timedelta(days=3))
    assert [one.certificate.serial for one in overview_for(ana, today=TODAY, now=NOW).urgent] == ["2", "1"]
    client.force_login(ana)
    page = client.get(reverse("admin:index")).content.decode()
    assert "Su plazo es en 3 días · Vence en 6 días" in page
    assert page.count("Su plazo es") == 1


@pytest.mark.parametrize(("hours", "watched"), [(25, True), (27, False)])
def test_an_old_sweep_means_that_nobody_watches(ana, client, hours, watched):
    SweepRun.objects.create(started_at=NOW - timedelta(hours=hours), finished_at=NOW)
    SweepRun.objects.create(started_at=NOW)
    assert overview_for(ana, today=TODAY, now=NOW).life.is_late is not watched
    client.force_login(ana)
    page = client.get(reverse("admin:index")).content.decode()
    assert ("Nadie está vigilando" in page) is not watched


def test_a_sweep_that_never_ran_is_an_alarm(ana, client):
    client.force_login(ana)
    assert "Todavía no ha corrido ninguna revisión" in client.get(reverse("admin:index")).content.decode()


# --- the page -----------------------------------------------------------------------------------------------------


def tiles_of(page):
    found = re.findall(
        r'desk-tile [a-z]+" href="([^"]+)"><span class="desk-number">(\d+)</span> <span class="desk-label">([^<]+)',
        page,
    )
    return [(href.replace("&amp;", "&"), int(number), label) for href, number, label in found]


def columns_of(page):
    found = re.findall(r'<a href="([^"]+)" title="[^"]+"><span class="desk-ending">(\d+)</span>', page)
    return [(href, int(number)) for href, number in found]


@pytest.mark.parametrize("who", ["ana", "beto", "carla", "dalia"])
def test_every_number_leads_to_exactly_its_rows(firm, client, who, request):
    client.force_login(request.getfixturevalue(who))
    page = client.get(reverse("admin:index")).content.decode()
    tiles = tiles_of(page)
    assert len(tiles) == (10 if who in {"ana", "dalia"} else 9)
    for href, number, label in tiles:
        assert client.get(href).context_data["cl"].result_count == number, label
    columns = columns_of(page)
    assert len(columns) == 12
    for href, number in columns:
        assert client.get(href).context_data["cl"].result_count == number, href


def test_the_first_visit_says_what_to_do(client, ana):
    client.force_login(ana)
    page = client.get(reverse("admin:index")).content.decode()
    assert "Empieza aquí" in page
    assert reverse("company_new") in page


def test_an_auditor_is_not_told_to_do_what_they_may_not(client, dalia):
    client.force_login(dalia)
    assert reverse("company_new") not in client.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize("who", ["ana", "beto"])
def test_the_number_of_queries_does_not_grow(client, who, request, firm, beto, django_assert_num_queries):
    client.force_login(request.getfixturevalue(who))
    client.get(reverse("admin:index"))
    with django_assert_num_queries(QUERIES[who]):
        client.get(reverse("admin:index"))
    for number in range(30):
        theirs = company(rfc=f"AAA{number:06d}AA{number % 10}", responsible=person(f"auxiliar{number}"))
        for one in (theirs, company(rfc=f"BBB{number:06d}BB{number % 10}", responsible=beto)):
            renewal_of(listed(one, days=number), step_state=StepState.WAITING)
    with django_assert_num_queries(QUERIES[who]):
        client.get(reverse("admin:index"))


#: Session, person, per day, under way, held up, no key, which are urgent, those, their renewals, sweep; unassigned.
#: And twice which requests wait for the person's word: on the page and in the menu.
#: What the person has to confirm, to fetch, to remove from their computer, and to install; for whom they stand in.
#: Which waits are due today, what is stuck, and which portals are down.
#: And for whoever does not see everything six times who is away: each question about one's own companies asks it.
QUERIES = {"ana": 21, "beto": 26}
