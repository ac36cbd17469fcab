"""Does a certificate stay quiet as long as somebody said, and no day longer than its deadline allows?"""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from renewals import audit
from renewals.errors import CompanyClosed, NotPermitted, NotVisible
from renewals.errors.silences import (
    AlreadySilenced,
    NothingToSilence,
    SilenceDayWrong,
    SilenceOver,
    SilenceTooLate,
    SilenceUnexplained,
)
from renewals.expiry.silencing import Span, allowed, end_silence, silence_of, silenced_ids, snooze, waive
from renewals.models import Assignment, Certificate, Silence, SilenceKind
from tests.factories import company
from tests.integration.desk.rows import listed

TODAY = date(2026, 11, 23)


def in_days(days):
    return timezone.localdate() + timedelta(days=days)


def quiet(certificate, *, days):
    return silenced_ids([certificate.pk], today=in_days(days)) == {certificate.pk}


@pytest.fixture
def certificate(beto):
    theirs = company(responsible=beto)
    Assignment.objects.get_or_create(company=theirs, person=beto)
    return listed(theirs, days=30)


@pytest.fixture
def ask(beto, certificate):
    def with_these(verb=snooze, **told):
        usual = {"certificate": certificate, "until_on": in_days(7), "reason": "La clienta está de viaje", "by": beto}
        return verb(now=timezone.now(), **{**usual, **told})

    return with_these


@pytest.mark.parametrize(
    ("kind", "days_to_deadline", "last"),
    [
        (SilenceKind.SNOOZE, 30, 29),
        (SilenceKind.SNOOZE, 2, 1),
        (SilenceKind.SNOOZE, 1, None),
        (SilenceKind.SNOOZE, -5, None),
        (SilenceKind.WAIVER, 30, 30),
        (SilenceKind.WAIVER, 1, 1),
        (SilenceKind.WAIVER, 0, None),
        (SilenceKind.WAIVER, -1, 90),
    ],
)
def test_a_snooze_ends_before_the_deadline_and_a_waiver_on_it(kind, days_to_deadline, last):
    span = allowed(kind, deadline_on=TODAY + timedelta(days=days_to_deadline), today=TODAY)
    expected = None if last is None else Span(TODAY + timedelta(days=1), TODAY + timedelta(days=last))
    assert span == expected


@pytest.mark.parametrize(("verb", "event"), [(snooze, "certificate.snoozed"), (waive, "certificate.waived")])
def test_a_silenced_certificate_is_quiet_until_its_day_and_on_the_record(verb, event, ask, certificate, beto):
    made = ask(verb)
    assert [quiet(certificate, days=days) for days in (0, 6, 7)] == [True, True, False]
    assert silence_of(certificate, today=in_days(0)) == made
    written = audit.history_of(certificate).get()
    assert (written.name, written.person) == (event, beto)
    assert written.facts == {"reason": "La clienta está de viaje", "until_on": in_days(7).isoformat()}


@pytest.mark.parametrize(("verb", "days"), [(snooze, 0), (snooze, 30), (waive, 0), (waive, 31)])
def test_a_day_outside_of_what_is_allowed_is_refused(verb, days, ask, certificate):
    with pytest.raises(SilenceDayWrong) as refused:
        ask(verb, until_on=in_days(days))
    last = 29 if verb is snooze else 30
    assert refused.value.facts == {"first_on": in_days(1).isoformat(), "last_on": in_days(last).isoformat()}
    assert not certificate.silences.exists()


def test_after_the_deadline_only_a_waiver_is_possible_and_for_ninety_days(ask, beto):
    late = listed(company(rfc="XIA190128J61", responsible=beto), days=-10)
    with pytest.raises(SilenceTooLate):
        ask(certificate=late, by=beto)
    with pytest.raises(SilenceDayWrong):
        ask(waive, certificate=late, until_on=in_days(91))
    ask(waive, certificate=late, until_on=in_days(90))
    assert [quiet(late, days=days) for days in (0, 89, 90)] == [True, True, False]


@pytest.mark.parametrize(("verb", "last_quiet"), [(snooze, 8), (waive, 9)])
def test_a_deadline_that_moves_to_an_earlier_day_takes_the_silence_along(verb, last_quiet, ask, certificate):
    made = ask(verb, until_on=in_days(20))
    Certificate.objects.filter(pk=certificate.pk).update(deadline_on=in_days(10))
    assert [quiet(certificate, days=days) for days in (last_quiet, last_quiet + 1)] == [True, False]
    made.refresh_from_db()
    assert made.ends_on == in_days(last_quiet + 1)


def test_a_waiver_ends_where_the_deadline_moves_to_a_day_before_it_was_made(ask, certificate):
    made = ask(waive, until_on=in_days(20))
    Certificate.objects.filter(pk=certificate.pk).update(deadline_on=in_days(-2))
    assert not quiet(certificate, days=0)
    made.refresh_from_db()
    assert made.ends_on == in_days(-2)


@pytest.mark.parametrize(
    ("kind", "deadline_in", "loud_on"), [("snooze", 30, 29), ("waiver", 30, 30), ("waiver", -1, 90)]
)
def test_a_row_that_says_more_than_anybody_may_ask_for_is_not_obeyed(kind, deadline_in, loud_on, certificate, beto):
    Certificate.objects.filter(pk=certificate.pk).update(deadline_on=in_days(deadline_in))
    made = Silence.objects.create(
        certificate=certificate,
        kind=kind,
        reason="Nunca más",
        until_on=in_days(900),
        by=beto,
        after_deadline=True,
    )
    assert [quiet(certificate, days=days) for days in (0, loud_on - 1, loud_on)] == [True, True, False]
    made.refresh_from_db()
    assert made.ends_on == in_days(loud_on)


def test_a_reason_is_needed(ask):
    with pytest.raises(SilenceUnexplained):
        ask(reason="  ")


def test_a_replaced_certificate_cannot_be_silenced(ask, certificate):
    Certificate.objects.filter(pk=certificate.pk).update(retired_at=timezone.now())
    with pytest.raises(NothingToSilence):
        ask()


def test_only_those_who_work_for_the_company_silence_and_end_it(ask, certificate, ana, carla, dalia):
    for person, refusal in ((carla, NotVisible), (dalia, NotPermitted)):
        with pytest.raises(refusal):
            ask(by=person)
    made = ask(by=ana)
    for person, refusal in ((carla, NotVisible), (dalia, NotPermitted)):
        with pytest.raises(refusal):
            end_silence(silence=made, by=person, now=timezone.now())
    assert quiet(certificate, days=0)


def test_nobody_silences_for_a_company_that_left(ask, certificate):
    certificate.company.closed_at = timezone.now()
    certificate.company.save(update_fields=["closed_at"])
    with pytest.raises(CompanyClosed):
        ask()


def test_a_second_silence_is_refused_while_one_stands(ask):
    ask()
    with pytest.raises(AlreadySilenced):
        ask(waive)


def test_a_silence_whose_day_has_come_makes_room_for_the_next(ask, certificate):
    first = ask()
    certificate.silences.update(until_on=in_days(0))
    second = ask(until_on=in_days(5))
    first.refresh_from_db()
    assert (first.ended_at is not None, first.ended_by) == (True, None)
    assert list(certificate.silences.not_ended()) == [second]


def test_an_ended_silence_is_over_at_once_and_cannot_be_ended_again(ask, certificate, ana):
    made = ask()
    end_silence(silence=made, by=ana, now=timezone.now())
    assert not quiet(certificate, days=0)
    assert audit.history_of(certificate)[0].name == "certificate.silence_ended"
    with pytest.raises(SilenceOver):
        end_silence(silence=made, by=ana, now=timezone.now())
