"""Who reads which deadlines through a link to a calendar, and when does it end?"""

from __future__ import annotations

import hashlib
import logging
import re
from datetime import date, timedelta
from logging.config import DictConfigurator

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from firm.logs import logging_config
from renewals.clients.assignments import assign, unassign
from renewals.desk.backup.tables import LEFT_OUT
from renewals.errors import AlreadyMoved, ConfirmationNeeded, NotVisible
from renewals.models import Certificate, Feed, Renewal, StandIn
from renewals.models.event import Event
from renewals.notices import feeds
from renewals.people import firm
from tests.factories import company
from tests.integration.desk.rows import listed

pytestmark = pytest.mark.django_db


@pytest.fixture
def his(beto):
    return company(rfc="AAA010101AAA", name="De Beto", responsible=beto)


@pytest.fixture
def others(carla):
    return company(rfc="BBB010101BB1", name="De Carla", responsible=carla)


def link(by, *, of=None) -> str:
    now = timezone.now()
    return feeds.make_feed(company=of, by=by, confirmed_at=now, now=now)


def read(token: str) -> list[tuple[str, date]]:
    content = feeds.read_feed(token=token, now=timezone.now())
    return [(str(one["summary"]), one.decoded("dtstart")) for one in Calendar.from_ical(content).walk("VEVENT")]


def days(token: str) -> list[int]:
    return [(on - timezone.localdate()).days for _title, on in read(token)]


# --- what it shows ------------------------------------------------------------------------------------------------


def test_everybody_reads_what_they_answer_for(his, others, ana, beto, carla):
    listed(his, days=20, deadline_on=timezone.localdate() + timedelta(days=19))
    listed(his, days=-3)
    listed(others, days=5)
    assert days(link(beto)) == [-3, 19]
    assert days(link(carla)) == [5]
    assert days(link(ana)) == []
    (_, (title, _)) = read(link(beto))
    assert title == "De Beto: último día para renovar e.firma"


def test_what_needs_nobody_any_more_is_not_shown(his, beto):
    listed(his, days=5, retired_at=timezone.now())
    listed(his, days=-400)
    token = link(beto)
    assert days(token) == []
    row = listed(his, days=6)
    assert days(token) == [6]
    Certificate.objects.filter(pk=row.pk).update(deadline_on=timezone.localdate() + timedelta(days=2))
    assert days(token) == [2]
    his.closed_at = timezone.now()
    his.save(update_fields=["closed_at"])
    assert days(token) == []


def test_an_event_says_what_to_do_and_nothing_that_opens_anything(his, beto):
    row = listed(his, days=9, deadline_reason="online_until", serial="30001000000500009999")
    token = link(beto)
    content = feeds.read_feed(token=token, now=timezone.now()).decode()
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    said = str(event["description"])
    assert "La renovación en línea cierra 24 horas antes" in said
    assert "Qué hacer:" in said
    assert said.endswith(reverse("certificate", args=[row.pk]))
    assert "30001000000500009999" not in content
    assert token not in content
    renewal = Renewal.objects.create(
        company=his, certificate=row, plan="general", edition=1, state="open", current_step="obtain"
    )
    (event,) = Calendar.from_ical(feeds.read_feed(token=token, now=timezone.now())).walk("VEVENT")
    assert reverse("step", args=[renewal.pk, "obtain"]) in str(event["url"])


def test_one_company_can_be_read_alone_by_whoever_may_know_of_it(his, others, beto, carla):
    listed(his, days=20)
    listed(others, days=5)
    assert days(link(carla, of=others)) == [5]
    assert days(link(beto, of=his)) == [20]


def test_whoever_stands_in_reads_the_deadlines_of_who_is_away(his, beto, carla, ana):
    listed(his, days=20)
    token = link(carla)
    assert days(token) == []
    today = timezone.localdate()
    away = StandIn.objects.create(person=beto, stand_in=carla, from_on=today, until_on=today, by=ana)
    assert days(token) == [20]
    assert days(link(beto)) == [20]
    StandIn.objects.filter(pk=away.pk).update(ended_at=timezone.now())
    assert days(token) == []


def test_a_calendar_has_an_end_and_costs_no_query_for_each_deadline(
    his, beto, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(feeds, "MOST", 3)
    for number in range(9):
        listed(his, days=number)
    token = link(beto)
    with django_assert_max_num_queries(18):
        assert days(token) == [0, 1, 2]


# --- the link -----------------------------------------------------------------------------------------------------


def test_the_link_is_kept_nowhere(his, beto):
    token = link(beto)
    row = Feed.objects.get()
    assert row.token_sha256 == hashlib.sha256(token.encode()).hexdigest()
    assert len(token) == 43
    kept = [str(value) for one in (*Feed.objects.values(), *Event.objects.values()) for value in one.values()]
    assert not [value for value in kept if token in value]


def test_a_new_link_ends_the_one_before_and_no_other(his, beto):
    first, of_company = link(beto), link(beto, of=his)
    second = link(beto)
    with pytest.raises(NotVisible):
        read(first)
    assert read(second) == read(of_company) == []
    assert Feed.objects.live().count() == 2


def test_a_link_outlives_a_session_so_it_asks_for_the_password(beto):
    with pytest.raises(ConfirmationNeeded):
        feeds.make_feed(company=None, by=beto, confirmed_at=None, now=timezone.now())
    assert not Feed.objects.exists()


def test_a_revoked_link_is_over_at_once_and_for_good(beto):
    token = link(beto)
    row = Feed.objects.get()
    feeds.revoke_feed(feed=row, by=beto, now=timezone.now())
    with pytest.raises(NotVisible):
        read(token)
    with pytest.raises(AlreadyMoved):
        feeds.revoke_feed(feed=row, by=beto, now=timezone.now())


@pytest.mark.parametrize("token", ["x" * 43, "", "0" * 64])
def test_a_made_up_link_opens_nothing(beto, token):
    link(beto)
    with pytest.raises(NotVisible):
        read(token)


def test_a_link_ends_with_the_persons_access_and_does_not_come_back_with_it(his, ana, beto):
    token, now = link(beto, of=his), timezone.now()
    firm.take_access(person=beto, by=ana, confirmed_at=now, now=now)
    with pytest.raises(NotVisible):
        read(token)
    firm.give_access_back(person=beto, by=ana, confirmed_at=now, now=now)
    with pytest.raises(NotVisible):
        read(token)


def test_a_company_that_one_may_no_longer_know_of_is_not_read_either(others, ana, beto):
    assign(company=others, person=beto, by=ana)
    listed(others, days=5)
    token = link(beto, of=others)
    assert days(token) == [5]
    unassign(company=others, person=beto, by=ana)
    with pytest.raises(NotVisible):
        read(token)


def test_no_backup_holds_a_link():
    assert Feed._meta.db_table in LEFT_OUT


# --- the pages ----------------------------------------------------------------------------------------------------


def signed_in(who) -> Client:
    client = Client()
    client.force_login(who)
    session = client.session
    session["confirmed_at"] = timezone.now().isoformat()
    session.save()
    return client


def shown(page: str) -> str:
    (path,) = re.findall(r"https?://[^/]+(/suscripciones/[\w-]+\.ics)", page)
    return str(path)


def test_the_page_shows_the_link_once_and_a_program_reads_it_without_signing_in(his, beto):
    listed(his, days=20)
    client = signed_in(beto)
    made = client.post(reverse("feed_make"))
    path = shown(re.sub('webcal://[^"]+', "", made.content.decode()))
    assert made.headers["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert "webcal://" in made.content.decode()
    assert "/suscripciones/" not in client.get(reverse("feeds")).content.decode()

    answer = Client().get(path)
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert not answer.cookies
    assert b"De Beto" in answer.content
    assert Client().head(path).status_code == 200
    assert "Leído por última vez" in client.get(reverse("feeds")).content.decode()


def test_a_company_page_offers_its_own_calendar(his, beto):
    client = signed_in(beto)
    offered = reverse("company_feed_make", args=[his.pk])
    assert offered in client.get(reverse("company", args=[his.pk])).content.decode()
    assert "Enlace de calendario de De Beto" in client.post(offered).content.decode()
    assert Feed.objects.get().company == his


def test_a_partner_ends_anybodys_link_and_staff_only_their_own(ana, beto, carla):
    token = link(beto)
    feed = Feed.objects.get()
    revoke = reverse("feed_revoke", args=[feed.pk])
    assert revoke not in signed_in(carla).get(reverse("feeds")).content.decode()
    assert signed_in(carla).post(revoke).status_code == 404
    assert read(token) == []
    partner = signed_in(ana)
    assert revoke in partner.get(reverse("feeds")).content.decode()
    assert "ya no sirve" in partner.post(revoke, follow=True).content.decode()
    with pytest.raises(NotVisible):
        read(token)


def test_no_log_line_opens_a_calendar(beto):
    """Whoever logs a path, at whatever level: what is written goes through one place."""
    token = link(beto)
    handler = DictConfigurator(logging_config()).configure_formatter(logging_config()["formatters"]["json"])
    path = reverse("feed", args=[token])
    for words in (f"GET {path}?a=1", f"Not Found: {path}", f'"GET {path} HTTP/1.1" 500', f"{{'uri': '{path}'}}"):
        record = logging.LogRecord("gunicorn.error", logging.WARNING, "", 0, words, (), None)
        line = handler.format(record)
        assert "/suscripciones/…" in line
        assert token not in line
        assert token[:20] not in line
