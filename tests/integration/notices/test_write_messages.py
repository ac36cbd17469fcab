"""Does everybody get one message a day, with everything that waits for them and nothing of anybody else's?"""

from datetime import date, timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from renewals import audit
from renewals.audit import Machine
from renewals.models import (
    Certificate,
    Delivery,
    DeliveryLine,
    DeliveryState,
    Detour,
    Notice,
    NoticeState,
    PairState,
    Person,
    Renewal,
)
from renewals.notices.digest import Assembled, assemble
from renewals.notices.message import FULL_LINES
from renewals.notices.round import sweep
from tests.factories import company, person
from tests.meanwhile import meanwhile
from tests.watching import at, unsaved, watched, watched_many

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 3)
BY = Machine("sweep")


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)


def morning(day: date = TODAY) -> list[Delivery]:
    """A round in the morning; the messages it made."""
    known = set(Delivery.objects.values_list("pk", flat=True))
    sweep(now=at(day, 8), by=BY)
    return list(Delivery.objects.exclude(pk__in=known).order_by("person__username"))


def recipients(messages: list[Delivery]) -> list[str]:
    return [str(message.person and message.person.username) for message in messages]


def test_the_responsible_person_gets_one_message_about_all_their_companies(ana, beto, carla):
    kemper = company(responsible=beto)
    other = company(rfc="IIA040805DZ4", name="Indistria Ilimitada", responsible=beto)
    first, second = watched(kemper, expires_on=in_days(7)), watched(other, kind="csd", expires_on=in_days(-1))
    (message,) = morning()
    assert message.person == beto
    assert message.address == beto.email
    for row in (first, second):
        for copy in (message.text, message.html):
            assert row.company.name in copy
            assert row.serial in copy
            assert f"http://127.0.0.1:8000/certificados/{row.pk}/" in copy
    assert set(Notice.objects.filter(lines__delivery=message).values_list("certificate", "mark")) == {
        (first.pk, 7),
        (second.pk, -1),
    }
    assert not Notice.objects.waiting().exists()


def test_nobody_reads_of_anybody_elses_companies(beto, carla):
    watched(company(name="Escuela Kemper Urgate", responsible=beto), expires_on=in_days(7))
    watched(company(rfc="IIA040805DZ4", name="Indistria Ilimitada", responsible=carla), expires_on=in_days(7))
    to_beto, to_carla = morning()
    assert recipients([to_beto, to_carla]) == ["beto", "carla"]
    assert "Indistria" not in to_beto.text + to_beto.html + to_beto.subject
    assert "Kemper" not in to_carla.text + to_carla.html + to_carla.subject


def test_a_line_says_who_what_when_what_if_and_what_next(beto):
    row = watched(company(responsible=beto), expires_on=in_days(7), scope="Y5400001102", serial="00001000000504465028")
    (message,) = morning()
    assert message.subject == "Escuela Kemper Urgate: IMSS (NPIE) vence el martes 10 de marzo, en 7 días"
    assert "Escuela Kemper Urgate" in message.text
    assert "IMSS (NPIE) Y5400001102, serie 00001000000504465028" in message.text
    assert "Vence el martes 10 de marzo, en 7 días." in message.text
    assert "Si no se hace nada: Sin él no se entra a IDSE" in message.text
    assert "Siguiente paso: La renovación ya está pedida" in message.text
    assert f"/certificados/{row.pk}/" in message.text
    assert "VENCEN EN 7 DÍAS O MENOS" in message.text


def test_an_expired_one_says_until_when_a_movement_of_today_can_be_reported(beto):
    watched(company(responsible=beto), expires_on=in_days(-1))
    (message,) = morning()
    assert "Venció ayer, lunes 2 de marzo." in message.text
    assert "a más tardar el martes 10 de marzo" in message.text
    assert message.subject.endswith("venció ayer, lunes 2 de marzo")


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "Vence hoy, martes 3 de marzo"),
        (1, "Vence mañana, miércoles 4 de marzo"),
        (15, "Vence el miércoles 18 de marzo, en 15 días"),
        (-3, "Venció el sábado 28 de febrero, hace 3 días"),
        (-70, "Venció el martes 23 de diciembre de 2025, hace 70 días"),
    ],
)
def test_dates_are_said_in_words(beto, days, words):
    watched(company(responsible=beto), expires_on=in_days(days))
    (message,) = morning()
    assert words in message.text
    assert words in message.html


def test_the_next_action_follows_how_far_the_work_has_come(beto):
    ours = company(responsible=beto)
    no_key = watched(ours, expires_on=in_days(60), pair_state=PairState.NO_KEY)
    (message,) = morning()
    assert "Pide al cliente la llave y su contraseña" in message.text
    watched(ours, expires_on=in_days(61))
    (message,) = morning(in_days(1))
    assert "La renovación se abrirá sola 30 días antes de que venza." in message.text
    morning(in_days(30))
    Renewal.objects.filter(certificate=no_key).update(state="open", current_step="sign_terms_old")
    (message,) = morning(in_days(45))
    assert "Continúa la renovación en el paso «Firma la carta con el certificado anterior»." in message.text
    Renewal.objects.update(state="cancelled", open=None)
    Certificate.objects.update(pair_state=PairState.IN_CUSTODY)
    (message,) = morning(in_days(57))
    assert "Siguiente paso: Empieza la renovación.\n" in message.text
    (message,) = morning(in_days(68))
    assert "No borres la llave ni la contraseña anteriores" in message.text


def test_a_second_round_on_the_same_day_makes_no_second_message(beto):
    watched(company(responsible=beto), expires_on=in_days(7))
    assert len(morning()) == 1
    assert morning() == []


def test_what_turns_up_later_in_the_day_is_told_tomorrow(beto):
    ours = company(responsible=beto)
    watched(ours, expires_on=in_days(7))
    morning()
    late = watched(ours, expires_on=in_days(3))
    assert morning() == []
    assert Notice.objects.waiting().get().certificate == late
    (message,) = morning(in_days(1))
    assert late.serial in message.text
    assert "en 2 días" in message.text


def test_two_waiting_marks_of_one_certificate_are_one_line(beto):
    row = watched(company(), expires_on=in_days(7))
    sweep(now=at(TODAY, 8), by=BY)
    sweep(now=at(in_days(4), 8), by=BY)
    assert Notice.objects.waiting().count() == 2
    row.company.responsible = beto
    row.company.save(update_fields=["responsible"])
    (message,) = morning(in_days(5))
    assert message.text.count(row.serial) == 1
    assert message.lines.count() == 2


def test_the_owner_is_whoever_answers_when_the_message_is_made(beto, carla):
    ours = company(responsible=beto)
    watched(ours, expires_on=in_days(7))
    sweep(now=at(TODAY, 1), by=BY, messages_from=at(TODAY, 7).time())
    ours.responsible = carla
    ours.save(update_fields=["responsible"])
    assert recipients(morning()) == ["carla"]


@pytest.mark.parametrize(
    ("state", "detour", "words"),
    [
        ({"is_active": False}, Detour.INACTIVE, "beto, responsable, ya no está en el despacho"),
        ({"email": ""}, Detour.NO_ADDRESS, "beto, responsable, no tiene correo registrado"),
    ],
)
def test_a_responsible_who_cannot_be_told_is_told_to_every_partner_with_the_reason(ana, beto, state, detour, words):
    eva = person("eva", role="socio")
    person("fidel", role="socio", is_active=False)
    Person.objects.filter(pk=beto.pk).update(**state)
    watched(company(responsible=beto), expires_on=in_days(7))
    messages = morning()
    assert [message.person for message in messages] == [ana, eva]
    assert all(words in message.text and words in message.html for message in messages)
    assert set(DeliveryLine.objects.values_list("detour", flat=True)) == {detour}
    assert Notice.objects.get(mark=7).state == NoticeState.CARRIED


def test_a_company_without_a_responsible_goes_to_the_partners(ana, beto):
    watched(company(), expires_on=in_days(7))
    (message,) = morning()
    assert message.person == ana
    assert "la empresa no tiene responsable" in message.text


def test_partners_get_their_own_lines_and_the_detoured_ones_in_one_message(ana):
    eva = person("eva", role="socio")
    mine = watched(company(responsible=ana), expires_on=in_days(7))
    nobodys = watched(company(rfc="IIA040805DZ4", name="Indistria Ilimitada"), expires_on=in_days(7))
    to_ana, to_eva = morning()
    assert (to_ana.person, to_eva.person) == (ana, eva)
    assert mine.serial in to_ana.text
    assert nobodys.serial in to_ana.text
    assert mine.serial not in to_eva.text
    assert nobodys.serial in to_eva.text


def test_where_nobody_can_be_told_the_line_waits_until_somebody_can():
    watched(company(), expires_on=in_days(7))
    assert morning() == []
    assert assemble(now=at(TODAY), by=BY) == Assembled(unreachable=1)
    person("ana", role="socio")
    assert recipients(morning(in_days(1))) == ["ana"]


def test_a_certificate_renewed_before_the_message_is_made_is_not_in_it(beto):
    ours = company(responsible=beto)
    old = watched(ours, expires_on=in_days(7), scope="A", is_primary=False)
    sweep(now=at(TODAY, 1), by=BY, messages_from=at(TODAY, 7).time())
    watched(ours, expires_on=in_days(700), scope="A", predecessor=old)
    assert morning() == []
    assert Notice.objects.get(certificate=old, mark=7).state == NoticeState.MOOT
    assert audit.history_of(old)[0].name == "notice.moot"


def test_a_line_that_cannot_be_worded_waits_and_the_others_are_told(beto):
    ours = company(responsible=beto)
    odd, good = watched(ours, expires_on=in_days(7), kind="other"), watched(ours, expires_on=in_days(7))
    result = sweep(now=at(TODAY, 8), by=BY)
    assert (result.deliveries, result.failed) == (1, 1)
    assert good.serial in Delivery.objects.get().text
    assert odd.serial not in Delivery.objects.get().text
    assert Notice.objects.waiting().get().certificate == odd


def test_a_message_is_frozen_with_its_message_id_when_it_is_made(beto):
    ours = company(responsible=beto)
    watched(ours, expires_on=in_days(7))
    with override_settings(DEFAULT_FROM_EMAIL="Vigencia <avisos@despacho.example>"):
        (message,) = morning()
    assert message.message_id.startswith("<")
    assert message.message_id.endswith("@despacho.example>")
    assert message.state == DeliveryState.PENDING
    assert message.next_try_at <= timezone.now()


def test_markup_in_names_stays_text(beto):
    watched(company(name='<b>Peña & "Hijos"</b>', responsible=beto), expires_on=in_days(7))
    (message,) = morning()
    assert '<b>Peña & "Hijos"</b>' in message.text
    assert "&lt;b&gt;Peña &amp; &quot;Hijos&quot;&lt;/b&gt;" in message.html
    assert message.subject.startswith('<b>Peña & "Hijos"</b>: IMSS (NPIE) vence')


def test_a_name_with_line_breaks_cannot_add_a_header(beto):
    watched(company(name="Kemper\r\nBcc: otra@example.com", responsible=beto), expires_on=in_days(7))
    (message,) = morning()
    assert "\n" not in message.subject
    assert "\r" not in message.subject


def test_a_long_message_tells_the_most_urgent_in_full_and_names_every_other(beto):
    ours = company(responsible=beto)
    rows = watched_many(unsaved(ours, expires_on=in_days(7 + n % 3)) for n in range(FULL_LINES + 20))
    (message,) = morning()
    for row in rows:
        assert message.text.count(row.serial) == 1
        assert message.html.count(row.serial) == 1
    assert message.text.count("Si no se hace nada:") == FULL_LINES
    assert message.subject == "70 certificados: 24 en 7 días o menos, 46 más adelante"
    assert len(message.html.encode()) < 100_000


def test_the_message_carries_nothing_secret_and_no_picture_from_elsewhere(beto):
    watched(company(responsible=beto), expires_on=in_days(7))
    (message,) = morning()
    assert "<img" not in message.html
    assert "src=" not in message.html
    assert {word for word in message.html.split('"') if word.startswith("http")} == {
        "http://127.0.0.1:8000/",
        f"http://127.0.0.1:8000/certificados/{Notice.objects.get(mark=7).certificate_id}/",
    }


def test_two_assemblies_at_once_make_each_message_once(beto):
    row = watched(company(responsible=beto), expires_on=in_days(7))
    sweep(now=at(TODAY, 1), by=BY, messages_from=at(TODAY, 7).time())
    with meanwhile(after='FROM "renewals_delivery"', do=morning):
        assert assemble(now=at(TODAY, 8), by=BY).deliveries == 0
    message = Delivery.objects.get()
    assert message.lines.count() == 1
    assert [event.name for event in audit.history_of(message)] == ["delivery.made"]
    assert row.serial in message.text


def test_two_assemblies_on_either_side_of_midnight_tell_each_line_once(beto):
    watched(company(responsible=beto), expires_on=in_days(7))
    sweep(now=at(TODAY, 1), by=BY, messages_from=at(TODAY, 7).time())
    with meanwhile(after='FROM "renewals_delivery"', do=lambda: assemble(now=at(in_days(1), 0), by=BY)):
        assert assemble(now=at(TODAY, 23, 59), by=BY).deliveries == 0
    assert Delivery.objects.get().day == in_days(1)
    assert DeliveryLine.objects.count() == 1
