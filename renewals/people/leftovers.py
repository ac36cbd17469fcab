"""What do sign-ins leave behind that nobody needs any more? Ended sessions and old failures, cleared once a day."""

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session

from renewals.models import SignInAttempt
from renewals.people.sign_in import WINDOW

#: What ended so long ago asks to be cleared; everything that has ended by then goes with it.
REST = timedelta(days=1)


def leftovers(now: datetime, limit: int) -> list[str]:
    """One item where something has lain about for a day; none for a day after a clearing."""
    # Asked by the moments alone: in production the worker may read nothing else of a session.
    lies_about = (
        Session.objects.filter(expire_date__lt=now - REST).exists()
        or SignInAttempt.objects.filter(failed_at__lt=now - REST).exists()
    )
    return ["sign_in"][:limit] if lies_about else []


def clear_leftovers(*, now: datetime) -> None:
    """Delete the sessions that have ended, and the failures that limit nobody any more."""
    Session.objects.filter(expire_date__lt=now).delete()
    SignInAttempt.objects.filter(failed_at__lt=now - WINDOW).delete()
