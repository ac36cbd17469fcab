"""Is this really the person they say they are, and has somebody tried too often?"""

import ipaddress
import unicodedata
from datetime import datetime, timedelta

from django.contrib.auth import authenticate
from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from renewals import audit
from renewals.errors import TooManyAttempts, WrongSignIn
from renewals.models import Person, SignInAttempt

#: Failures are counted over this long, sliding.
WINDOW = timedelta(minutes=15)
#: Failures for one typed name from one address. A stranger who knows the name closes it to themselves only.
PER_PLACE = 5
#: Failures for one typed name, wherever they come from: who guesses has many addresses.
PER_ACCOUNT = 30
#: Failures from one address, whatever the names: a whole office may share one.
PER_ADDRESS = 30
#: A network of this size counts as one address: a home or an office is given at least so many of IPv6.
IPV6_PREFIX = 64


def sign_in(*, typed_name: str, password: str, address: str | None, now: datetime) -> Person:
    """The person whose name and password these are; the door then opens their session.

    A name that nobody has takes as long and is refused in the same words as a wrong password.

    Raises:
        TooManyAttempts: too many failures for this name, from here or from everywhere, or from this address; the
            password was not looked at.
        WrongSignIn: no active person with this name and password.
    """
    person = _checked(typed_name=typed_name, password=password, address=address, now=now)
    with transaction.atomic():
        audit.record("person.signed_in", by=person, subject=person, address=address)
    return person


def confirm_identity(*, person: Person, password: str, address: str | None, now: datetime) -> None:
    """Prove again that the person at the keyboard is the one who signed in; counts to the same limits.

    Raises:
        TooManyAttempts: as for :func:`sign_in`.
        WrongSignIn: the password is wrong.
    """
    _checked(typed_name=person.get_username(), password=password, address=address, now=now)
    with transaction.atomic():
        audit.record("person.confirmed_identity", by=person, subject=person, address=address)


def _checked(*, typed_name: str, password: str, address: str | None, now: datetime) -> Person:
    account, network = _keyed(typed_name), _network(address)
    # The try is written down before the password is looked at, so that many at once cannot all pass the count.
    attempt = SignInAttempt.objects.create(account=account, address=network, failed_at=now)
    try:
        _require_few(SignInAttempt.objects.filter(account=account, address=network), limit=PER_PLACE, now=now)
        _require_few(SignInAttempt.objects.filter(account=account), limit=PER_ACCOUNT, now=now)
        if network is not None:
            _require_few(SignInAttempt.objects.filter(address=network), limit=PER_ADDRESS, now=now)
    except TooManyAttempts:
        # A try that was not looked at does not prolong the wait.
        attempt.delete()
        raise
    person = authenticate(username=typed_name, password=password)
    if not isinstance(person, Person):
        raise WrongSignIn
    SignInAttempt.objects.filter(account=account, address=network).delete()
    return person


def _require_few(attempts: QuerySet[SignInAttempt], *, limit: int, now: datetime) -> None:
    recent = attempts.filter(failed_at__gt=now - WINDOW).order_by("-failed_at").values_list("failed_at", flat=True)
    # The newest is this very try; the one that must leave the window first is ``limit`` places behind it.
    blocking = list(recent[limit : limit + 1])
    if blocking:
        wait = blocking[0] + WINDOW - now
        raise TooManyAttempts(minutes=max(1, -(-int(wait.total_seconds()) // 60)))


def _keyed(typed_name: str) -> str:
    name = unicodedata.normalize("NFKC", typed_name).strip().casefold()
    return salted_hmac("renewals.sign_in", name, algorithm="sha256").hexdigest()


def _network(address: str | None) -> str | None:
    if address is None:
        return None
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(ipaddress.ip_network((parsed, IPV6_PREFIX), strict=False).network_address)
