"""Does what sign-ins leave behind go away, and nothing that somebody still needs?"""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from renewals.desk.pending import look
from renewals.models import SignInAttempt
from renewals.people.leftovers import REST, leftovers
from renewals.people.sign_in import WINDOW

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def session(*, ended: timedelta) -> str:
    """Its key; ``ended`` so long ago."""
    store = SessionStore()
    store.create()
    Session.objects.filter(pk=store.session_key).update(expire_date=NOW - ended)
    return str(store.session_key)


def failure(*, ago: timedelta) -> int:
    return SignInAttempt.objects.create(account="x" * 64, address="203.0.113.7", failed_at=NOW - ago).pk


def test_ended_sessions_go_and_open_ones_stay():
    session(ended=REST * 2)
    session(ended=timedelta(minutes=1))
    still_open = session(ended=-timedelta(hours=1))
    assert look(queue="default", now=NOW).done["sign_in_leftovers"] == 1
    assert list(Session.objects.values_list("pk", flat=True)) == [still_open]


def test_old_failures_go_and_those_that_still_limit_stay():
    failure(ago=REST * 2)
    failure(ago=WINDOW * 2)
    recent = failure(ago=WINDOW / 2)
    look(queue="default", now=NOW)
    assert list(SignInAttempt.objects.values_list("pk", flat=True)) == [recent]


def test_it_is_done_once_a_day_at_the_most():
    session(ended=REST * 2)
    look(queue="default", now=NOW)
    session(ended=timedelta(minutes=-1))
    failure(ago=timedelta(0))
    assert leftovers(NOW + REST - WINDOW, 10) == []
    assert leftovers(NOW + REST * 2, 10) != []
