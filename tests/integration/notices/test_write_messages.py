"""Does everybody get one message a day, with everything that waits for them and nothing of anybody else's?"""

from datetime import date, datetime, timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from renewals import audit
from renewals.audit import Machine
from renewals.models import (
    Authority,
    CalendarDay,
    Certificate,
    Delivery,
    DeliveryLine,
    DeliveryState,
    Detour,
    Notice,
    NoticeState,
    Person,
    Renewal,
    Silence,
    SilenceKind,
    SweepRun,
)
from renewals.models.notice import Audience
from renewals.notices.digest import assemble
from renewals.notices.round import sweep
from tests.factories import company, person
from tests.meanwhile import meanwhile
from tests.watching import at, unsaved, watched, watched_many

pytestmark = pytest.mark.django_db

#: A Tuesday on which the firm works.
TODAY = date(2026, 3, 3)
BY = Machine("sweep")


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)


def made(moment: datetime) -> dict[str, Delivery]:
    """The digests that a round at this moment makes, by who reads them."""
    known = set(Delivery.objects.values_list("pk", flat=True))
    sweep(now=moment, by=BY)
    rows = Delivery.objects.exclude(pk__in=known).filter(purpose="digest").select_related("person")
    return {str(row.person and row.person.username): row for row in rows}


def morning(day: date = TODAY) -> dict[str, Delivery]:
    return made(at(day, 8))


def told(message: Delivery) -> set[tuple[str, int, str]]:
    rows = message.lines.values_list("notice__certificate__serial", "notice__mark", "notice__audience")
    return {(serial, mark, audience) for serial, mark, audience in rows}


def states(row: Certificate) -> dict[tuple[int, str], str]:
    return {(one.mark, one.audience): one.state for one in row.notices.exclude(state=NoticeState.ABSORBED)}


def test_the_responsible_person_gets_one_message_about_all_their_companies(beto, carla):
    kemper = company(responsible=beto)
    other = company(rfc="IIA040805DZ4", name="Indistria Ilimitada", responsible=beto)
    first, second = watched(kemper, expires_on=in_days(15)), watched(other, kind="csd", expires_on=in_days(30))
    messages = morning()
    message = messages.pop("beto")
    assert not messages
    assert message.address == beto.email
    for row in (first, second):
        for copy in (message.text, message.html):
            assert row.company.name in copy
            assert row.serial in copy
    assert told(message) == {(first.serial, 15, "responsible"), (second.serial, 30, "responsible")}
    assert not Notice.objects.waiting().exists()


def test_nobody_reads_of_anybody_elses_companies(beto, carla):
    watched(company(name="Escuela Kemper Urgate", responsible=beto), expires_on=in_days(15))
    watched(company(rfc="IIA040805DZ4", name="Indistria Ilimitada", responsible=carla), expires_on=in_days(15))
    messages = morning()
    assert "Indistria" not in messages["beto"].text + messages["beto"].html + messages["beto"].subject
    assert "Kemper" not in messages["carla"].text + messages["carla"].html + messages["carla"].subject


def test_a_line_says_who_what_when_what_if_and_what_next(beto):
    row = watched(company(responsible=beto), expires_on=in_days(15), scope="Y5400001102", serial="00001000000504465028")
    message = morning()["beto"]
    assert message.subject == "Escuela Kemper Urgate: IMSS (NPIE) vence el miércoles 18 de marzo, en 15 días"
    renewal = Renewal.objects.get(certificate=row)
    for words in ("Escuela Kemper Urgate", "Y5400001102", "00001000000504465028", "IDSE", f"/{renewal.pk}/", "beto"):
        assert words in message.text
        assert words in message.html


def test_a_second_round_on_the_same_day_makes_no_second_message(ana, beto):
    watched(company(responsible=beto), expires_on=in_days(15))
    assert set(morning()) == {"ana", "beto"}
    assert made(at(TODAY, 9)) == {}


def test_what_turns_up_later_in_the_day_is_told_tomorrow(beto):
    ours = company(responsible=beto)
    watched(ours, expires_on=in_days(15))
    morning()
    late = watched(ours, expires_on=in_days(30))
    assert made(at(TODAY, 10)) == {}
    assert Notice.objects.waiting().get().certificate == late
    assert late.serial in morning(in_days(1))["beto"].text


def test_nothing_that_can_wait_is_written_outside_of_working_hours(ana, beto):
    watched(company(responsible=beto), expires_on=in_days(30))
    saturday = in_days(4)
    for moment in (at(TODAY, 6, 59), at(TODAY, 19), at(saturday, 12), at(date(2026, 3, 16), 12)):
        assert made(moment) == {}
    assert set(made(at(date(2026, 3, 17), 7))) == {"ana", "beto"}


def test_a_day_on_which_the_firm_closes_is_none_of_messages(ana):
    CalendarDay.objects.create(day=TODAY, authority=Authority.FIRM, source="Aviso interno", by=ana)
    assert morning() == {}
    assert set(morning(in_days(1))) == {"ana"}


def test_of_several_waiting_lines_the_most_urgent_is_told_and_the_others_are_absorbed(beto):
    row = watched(company(), expires_on=in_days(15))
    sweep(now=at(TODAY, 8), by=BY)
    sweep(now=at(in_days(8), 8), by=BY)
    assert states(row)[15, "responsible"] == states(row)[7, "responsible"] == NoticeState.WAITING
    row.company.responsible = beto
    row.company.save(update_fields=["responsible"])
    message = morning(in_days(9))["beto"]
    assert (row.serial, 7, "responsible") in told(message)
    assert not row.notices.filter(state=NoticeState.WAITING, audience=Audience.RESPONSIBLE).exists()
    assert row.notices.get(mark=15, audience=Audience.RESPONSIBLE).state == NoticeState.ABSORBED


def test_the_owner_is_whoever_answers_when_the_message_is_made(beto, carla):
    ours = company(responsible=beto)
    watched(ours, expires_on=in_days(15))
    sweep(now=at(TODAY, 1), by=BY)
    ours.responsible = carla
    ours.save(update_fields=["responsible"])
    assert set(morning()) == {"carla"}


@pytest.mark.parametrize(
    ("state", "detour"),
    [({"is_active": False}, Detour.INACTIVE), ({"email": ""}, Detour.NO_ADDRESS)],
)
def test_a_responsible_who_cannot_be_told_is_told_to_every_partner_with_the_reason(ana, beto, state, detour):
    person("eva", role="socio")
    person("fidel", role="socio", is_active=False)
    Person.objects.filter(pk=beto.pk).update(**state)
    row = watched(company(responsible=beto), expires_on=in_days(15))
    messages = morning()
    assert set(messages) == {"ana", "eva"}
    for message in messages.values():
        assert told(message) == {(row.serial, 15, "responsible")}
        assert "responsable" in message.text
    assert set(DeliveryLine.objects.values_list("detour", flat=True)) == {detour}
    assert row.notices.get(mark=15).state == NoticeState.CARRIED


def test_a_lead_hears_what_nobody_works_on_and_everybody_reads_one_line(ana, beto, carla):
    Person.objects.filter(pk=beto.pk).update(lead=carla)
    row = watched(company(responsible=beto), expires_on=in_days(7))
    messages = morning()
    assert told(messages["beto"]) == {(row.serial, 7, "responsible")}
    assert told(messages["carla"]) == {(row.serial, 7, "lead")}
    assert messages["carla"].lines.get().detour == Detour.ESCALATED


def test_who_stands_for_two_audiences_reads_one_line(ana):
    row = watched(company(), expires_on=in_days(7))
    message = morning()["ana"]
    assert told(message) == {(row.serial, 7, "responsible"), (row.serial, 7, "lead")}
    assert message.text.count(row.serial) == 1


def test_where_nobody_can_be_told_the_line_waits_until_somebody_can():
    watched(company(), expires_on=in_days(15))
    assert morning() == {}
    assert assemble(now=at(TODAY), by=BY).unreachable == 1
    # A round that could tell nobody is no good one: the banner and the monitor say so where no mail can.
    run = SweepRun.objects.get()
    assert (run.failed, run.failures) == (1, [{"unreachable": 1, "error": "nobody_to_tell"}])
    person("ana", role="socio")
    assert set(morning(in_days(1))) == {"ana"}


def test_partners_get_the_firms_figures_every_working_day(ana, beto):
    watched(company(responsible=beto), expires_on=in_days(200), next_mark_on=in_days(140))
    for day in (TODAY, in_days(1), in_days(2)):
        messages = morning(day)
        assert set(messages) == {"ana"}
        assert "El despacho hoy" in messages["ana"].subject
    assert morning(in_days(4)) == {}


def test_what_was_told_and_still_burns_stands_beside_what_is_new(beto):
    ours = company(responsible=beto)
    old = watched(ours, expires_on=in_days(7))
    morning()
    new = watched(ours, expires_on=in_days(15 + 2))
    message = morning(in_days(2))["beto"]
    assert told(message) == {(new.serial, 15, "responsible")}
    assert message.text.count(old.serial) == message.text.count(new.serial) == 1
    assert message.text.index(new.serial) < message.text.index(old.serial)
    assert message.subject.startswith("Escuela Kemper Urgate: IMSS (NPIE) vence el viernes 20 de marzo")


def test_nothing_urgent_is_repeated_where_nothing_is_new(beto):
    watched(company(responsible=beto), expires_on=in_days(7))
    assert set(morning()) == {"beto"}
    assert morning(in_days(1)) == {}


def test_what_is_held_up_is_told_with_whose_turn_it_is(ana, beto):
    row = watched(company(responsible=beto), expires_on=in_days(30))
    sweep(now=at(TODAY, 1), by=BY)
    renewal = Renewal.objects.get(certificate=row)
    Renewal.objects.filter(pk=renewal.pk).update(state="open", current_step="sign_terms_old")
    renewal.steps.create(key="sign_terms_old", position=1, state="failed", started_at=at(in_days(-2)))
    messages = morning()
    words = "no pasó la revisión: le toca a beto"
    assert words in messages["beto"].text
    assert words not in messages["ana"].text
    assert "Detenidas porque un paso no pasó la revisión" in messages["ana"].text


def test_a_silenced_line_waits_and_on_its_day_the_most_urgent_is_told(ana, beto):
    row = watched(company(responsible=beto), expires_on=in_days(16))
    Silence.objects.create(
        certificate=row, kind=SilenceKind.SNOOZE, reason="El cliente viaja", until_on=in_days(10), by=beto
    )
    for days in range(10):
        assert "beto" not in morning(in_days(days))
    assert states(row)[15, "responsible"] == NoticeState.WAITING
    message = morning(in_days(10))["beto"]
    assert told(message) == {(row.serial, 7, "responsible")}
    assert row.notices.get(mark=15, audience=Audience.RESPONSIBLE).state == NoticeState.ABSORBED


def test_a_certificate_renewed_before_the_message_is_made_is_not_in_it(beto):
    ours = company(responsible=beto)
    old = watched(ours, expires_on=in_days(15), scope="A", is_primary=False)
    sweep(now=at(TODAY, 1), by=BY)
    watched(ours, expires_on=in_days(700), scope="A", predecessor=old)
    assert morning() == {}
    assert Notice.objects.get(certificate=old, mark=15).state == NoticeState.MOOT
    assert audit.history_of(old)[0].name == "notice.moot"


def test_a_line_about_a_deadline_that_moved_is_not_told(beto):
    row = watched(company(responsible=beto), expires_on=in_days(15))
    sweep(now=at(TODAY, 1), by=BY)
    Certificate.objects.filter(pk=row.pk).update(deadline_on=in_days(12))
    assert assemble(now=at(TODAY, 8), by=BY).moot == 1
    assert not Delivery.objects.exists()


def test_a_line_that_cannot_be_worded_waits_and_the_others_are_told(beto):
    ours = company(responsible=beto)
    odd, good = watched(ours, expires_on=in_days(15), kind="other"), watched(ours, expires_on=in_days(15))
    result = sweep(now=at(TODAY, 8), by=BY)
    assert (result.deliveries, result.failed) == (1, 1)
    assert good.serial in Delivery.objects.get().text
    assert odd.serial not in Delivery.objects.get().text
    assert Notice.objects.waiting().get().certificate == odd


def test_a_message_is_frozen_with_its_message_id_when_it_is_made(beto):
    watched(company(responsible=beto), expires_on=in_days(15))
    with override_settings(DEFAULT_FROM_EMAIL="Vigencia <avisos@despacho.example>"):
        message = morning()["beto"]
    assert message.message_id.startswith("<")
    assert message.message_id.endswith("@despacho.example>")
    assert (message.state, message.is_critical, message.thread_id) == (DeliveryState.PENDING, False, "")
    assert message.next_try_at <= timezone.now()


def test_a_message_that_was_withdrawn_is_made_anew_the_same_day(beto):
    row = watched(company(responsible=beto), expires_on=in_days(15))
    first = morning()["beto"]
    Delivery.objects.filter(pk=first.pk).update(state=DeliveryState.WITHDRAWN)
    Notice.objects.filter(lines__delivery=first).update(state=NoticeState.WAITING)
    assert told(made(at(TODAY, 9))["beto"]) == {(row.serial, 15, "responsible")}


def test_a_line_that_one_of_its_readers_has_is_made_anew_for_the_other_alone(ana):
    person("eva", role="socio")
    row = watched(company(), expires_on=in_days(15))
    lost = morning()["eva"]
    Delivery.objects.filter(pk=lost.pk).update(state=DeliveryState.WITHDRAWN)
    row.notices.filter(mark=15).update(state=NoticeState.WAITING)
    assert set(made(at(TODAY, 9))) == {"eva"}
    assert made(at(in_days(1), 9))["ana"].lines.count() == 0


def test_a_name_with_line_breaks_cannot_add_a_header(beto):
    watched(company(name="Kemper\r\nBcc: otra@example.com", responsible=beto), expires_on=in_days(15))
    subject = morning()["beto"].subject
    assert "\n" not in subject
    assert "\r" not in subject


def test_a_flood_is_one_message_of_bounded_size_for_everybody(ana, beto):
    ours = company(responsible=beto)
    watched_many(unsaved(ours, expires_on=in_days(15)) for _ in range(400))
    messages = morning()
    assert set(messages) == {"ana", "beto"}
    assert messages["beto"].lines.count() == 400
    assert messages["beto"].subject.startswith("400 certificados")
    assert len(messages["beto"].html.encode()) < 100_000
    assert not Notice.objects.waiting().exists()


def test_the_number_of_questions_does_not_grow_with_the_lines(beto, django_assert_max_num_queries):
    ours = company(responsible=beto)
    watched_many(unsaved(ours, expires_on=in_days(60)) for _ in range(200))
    sweep(now=at(TODAY, 1), by=BY)
    with django_assert_max_num_queries(35):
        assert assemble(now=at(TODAY, 8), by=BY).deliveries == 1


def test_two_assemblies_at_once_make_each_message_once(beto):
    row = watched(company(responsible=beto), expires_on=in_days(15))
    sweep(now=at(TODAY, 1), by=BY)
    with meanwhile(after='FROM "renewals_delivery"', do=morning):
        assert assemble(now=at(TODAY, 8), by=BY).deliveries == 0
    message = Delivery.objects.get()
    assert message.lines.count() == 1
    assert [event.name for event in audit.history_of(message)] == ["delivery.made"]
    assert row.serial in message.text


def test_two_assemblies_on_either_side_of_midnight_tell_each_line_once(beto):
    watched(company(responsible=beto), expires_on=in_days(15))
    sweep(now=at(TODAY, 1), by=BY)
    with meanwhile(after='FROM "renewals_delivery"', do=lambda: assemble(now=at(in_days(1), 8), by=BY)):
        assert assemble(now=at(TODAY, 18, 59), by=BY).deliveries == 0
    assert Delivery.objects.get().day == in_days(1)
    assert DeliveryLine.objects.count() == 1
