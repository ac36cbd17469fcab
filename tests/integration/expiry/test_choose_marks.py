"""Does the firm decide on which days it is reminded, and does every certificate concerned follow at once?"""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from renewals import audit
from renewals.audit import Machine
from renewals.errors import NotPermitted
from renewals.errors.marks import MarkOutOfRange, MarksMissing, MarkTwice, TooManyMarks
from renewals.expiry.marks import marks_for, reset_marks, set_marks
from renewals.models import ReminderMarks
from renewals.models.certificate import Kind
from renewals.notices.round import write_ledger
from tests.factories import company
from tests.watching import at, watched

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 3)
NPIE = Kind.NPIE


def choose(by, *marks, of=None, kind=NPIE):
    set_marks(company=of, kind=kind, marks=marks, by=by, now=at(TODAY))


def looked(day=TODAY):
    return write_ledger(today=day, now=at(day), by=Machine("sweep"))


def told(row, who="responsible"):
    lines = row.notices.filter(state="waiting", audience=who)
    return list(lines.order_by("-mark").values_list("mark", flat=True))


def test_a_company_has_its_own_marks_else_those_of_the_firm_else_those_of_the_program(ana):
    ours, theirs = company(), company(rfc="IIA040805DZ4")
    choose(ana, 10, 45)
    choose(ana, 20, of=ours)
    lookup = marks_for([ours.pk, theirs.pk])
    assert [lookup.of(one.pk, NPIE) for one in (ours, theirs)] == [(20,), (45, 10)]
    assert [lookup.whose(one.pk, NPIE) for one in (ours, theirs)] == ["company", "firm"]
    assert (lookup.of(ours.pk, "csd"), lookup.whose(ours.pk, "csd")) == ((60, 30, 15, 7, 3), "program")


def test_a_mark_that_is_chosen_is_told_on_its_day_and_no_other_before(ana):
    row = watched(company(), expires_on=TODAY + timedelta(days=50))
    looked()
    assert told(row) == [60]
    choose(ana, 45, 40)
    days = [day for day in range(11) if looked(TODAY + timedelta(days=day)).due]
    assert days == [5, 10]
    assert told(row) == [60, 45, 40]


def test_a_mark_further_away_than_all_before_is_not_slept_through(ana):
    row = watched(company(), expires_on=TODAY + timedelta(days=100))
    looked()
    choose(ana, 95, 30)
    assert looked().due == 0
    assert looked(TODAY + timedelta(days=5)).due == 1
    assert told(row) == [95]


def test_marks_of_the_firm_leave_companies_with_their_own_alone(ana):
    row = watched(company(), expires_on=TODAY + timedelta(days=50))
    choose(ana, 20, of=row.company)
    looked()
    choose(ana, 55)
    assert looked().evaluated == 0


def test_going_back_brings_the_marks_of_before(ana):
    ours = company()
    row = watched(ours, expires_on=TODAY + timedelta(days=25))
    choose(ana, 10, of=ours)
    looked()
    assert told(row) == []
    reset_marks(company=ours, kind=NPIE, by=ana, now=at(TODAY))
    looked()
    assert told(row) == [30]
    assert not ReminderMarks.objects.exists()


def test_every_choice_is_on_the_record_and_saying_the_same_again_is_none(ana):
    ours = company()
    choose(ana, 20, of=ours)
    choose(ana, 20, of=ours)
    reset_marks(company=ours, kind=NPIE, by=ana, now=at(TODAY))
    reset_marks(company=ours, kind=NPIE, by=ana, now=at(TODAY))
    events = [one for one in audit.history_of_company(ours) if one.name.startswith("marks.")]
    assert [(one.name, one.person, one.facts.get("marks_before")) for one in events] == [
        ("marks.reset", ana, "20"),
        ("marks.chosen", ana, ""),
    ]


@pytest.mark.parametrize(
    ("marks", "refusal"),
    [
        ((), MarksMissing),
        ((0,), MarkOutOfRange),
        ((366,), MarkOutOfRange),
        ((30, 30), MarkTwice),
        (range(1, 14), TooManyMarks),
    ],
)
def test_marks_that_make_no_sense_are_refused(ana, marks, refusal):
    with pytest.raises(refusal):
        choose(ana, *marks)
    assert not ReminderMarks.objects.exists()


@pytest.mark.parametrize("written", [[], ["30"], [7, 30], [30, 30], [0], [100_000], [True], "30", {"30": 1}, None])
def test_a_row_that_nobody_could_have_asked_for_is_not_obeyed(ana, written):
    row = watched(company(), expires_on=TODAY + timedelta(days=30))
    ReminderMarks.objects.create(kind=NPIE, marks=written if written is not None else 30, by=ana)
    assert looked().failed == 0
    assert told(row) == [30]


def test_whatever_is_chosen_people_are_told_on_the_deadline_and_after_it(ana):
    row = watched(company(), expires_on=TODAY)
    choose(ana, 365)
    for day in (0, 1, 3, 7, 14):
        looked(TODAY + timedelta(days=day))
    assert told(row) == told(row, "partners") == [0, -1, -3, -7, -14]


def test_only_partners_choose(beto, dalia):
    for who in (beto, dalia):
        with pytest.raises(NotPermitted):
            choose(who, 30)
        with pytest.raises(NotPermitted):
            reset_marks(company=None, kind=NPIE, by=who, now=at(TODAY))


def test_a_partner_chooses_on_the_page_and_the_staff_reads_it(client, ana, beto):
    ours = company(responsible=beto)
    client.force_login(ana)
    for address in (reverse("marks_choose"), reverse("company_marks_choose", args=[ours.pk])):
        page = client.post(address, {"kind": "npie", "days": "10; 45 20"}, follow=True).content.decode()
        assert "45, 20, 10" in page
    assert ReminderMarks.objects.count() == 2
    client.force_login(beto)
    page = client.get(reverse("company_marks", args=[ours.pk])).content.decode()
    assert "45, 20, 10" in page
    assert "Propios de esta empresa" in page
    assert "Guardar" not in page


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ("treinta", "Escribe números separados por comas"),
        ("400", "400 no se puede: cada aviso va de 1 a 365 días antes."),
        ("30, 30", "El 30 está dos veces."),
        ("99999999999", "Escribe números separados por comas"),
        (" ", "obligatorio"),
    ],
)
def test_what_makes_no_sense_is_said_at_the_field_and_stays_there_to_be_mended(client, ana, days, said):
    client.force_login(ana)
    page = client.post(reverse("marks_choose"), {"kind": "npie", "days": days}).content.decode()
    assert said in page
    assert f'value="{days}"' in page or not days.strip()


def test_a_partner_goes_back_on_the_page(client, ana):
    choose(ana, 20)
    client.force_login(ana)
    page = client.post(reverse("marks_reset"), {"kind": "npie"}, follow=True).content.decode()
    assert "60, 30, 15, 7, 3, 1" in page
    assert client.post(reverse("marks_reset"), {"kind": "otra"}).status_code == 302
