"""How does somebody join the firm, change their function in it, and leave?

Whoever may do these things could give themselves a second way in and open keys with it; so each asks for a password
typed within the last minutes, like the keys themselves.
"""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from renewals import audit
from renewals.access import Right, require, require_recent_confirmation
from renewals.errors import AlreadyMoved, LastPartner, NotOneself, UnacceptableAnswer, UsernameTaken
from renewals.models import Company, Feed, Person, Role
from renewals.people.passwords import require_acceptable
from renewals.people.stand_ins import end_all_by
from renewals.people.turns import take_turns


def who_may_answer() -> QuerySet[Person]:
    """Everybody who could answer for a company: with access, and not only to look."""
    return Person.objects.filter(is_active=True, role__in=[Role.PARTNER, Role.STAFF])


def let_in(
    *,
    username: str,
    first_name: str,
    last_name: str,
    email: str,
    role: str,
    password: str,
    by: Person,
    confirmed_at: datetime | None,
    now: datetime,
) -> Person:
    """A partner gives somebody access, with a first password that they should change.

    Raises:
        NotPermitted: not a partner.
        ConfirmationNeeded: the partner has not typed their password lately.
        UnacceptableAnswer: a name, an address or a role that cannot be one.
        UnacceptablePassword: easily guessed.
        UsernameTaken: somebody has or had this name.
    """
    _require_partner(by, confirmed_at=confirmed_at, now=now)
    person = Person(username=username.strip(), first_name=first_name, last_name=last_name, email=email, role=role)
    try:
        person.clean_fields(exclude=["password"])
    except ValidationError:
        raise UnacceptableAnswer from None
    require_acceptable(password, person)
    # Hashing takes a tenth of a second on purpose: before the transaction, not within.
    person.set_password(password)
    try:
        with transaction.atomic():
            if Person.objects.filter(username__iexact=person.username).exists():
                raise UsernameTaken(username=person.username)
            person.save()
            audit.record("person.let_in", by=by, subject=person, username=person.username, role=person.role)
    except IntegrityError:
        raise UsernameTaken(username=person.username) from None
    return person


def change_role(*, person: Person, role: str, by: Person, confirmed_at: datetime | None, now: datetime) -> None:
    """Give somebody another function; whoever will only look stands in for nobody any more.

    Raises:
        NotPermitted, ConfirmationNeeded: as for :func:`let_in`.
        UnacceptableAnswer: no such role.
        AlreadyMoved: somebody else changed it since this page was opened.
        LastPartner: the firm would be left without a partner.
    """
    _require_partner(by, confirmed_at=confirmed_at, now=now)
    if role not in Role.values:
        raise UnacceptableAnswer
    was = person.role
    with transaction.atomic():
        take_turns()
        if not Person.objects.filter(pk=person.pk, role=was).update(role=role):
            raise AlreadyMoved
        _require_a_partner()
        audit.record("person.role_changed", by=by, subject=person, role=role, was=was)
        if role == Role.AUDITOR:
            end_all_by(stand_in=person, by=by, now=now)
    person.role = role


def change_email(*, person: Person, email: str, by: Person, confirmed_at: datetime | None, now: datetime) -> None:
    """Send somebody's notices to another address; what came back from the old one says nothing of the new one.

    Raises:
        NotPermitted, ConfirmationNeeded: as for :func:`let_in`.
        UnacceptableAnswer: no address of mail.
        AlreadyMoved: somebody else changed it since this page was opened.
    """
    _require_partner(by, confirmed_at=confirmed_at, now=now)
    try:
        validate_email(email)
    except ValidationError:
        raise UnacceptableAnswer from None
    was = person.email
    with transaction.atomic():
        if not Person.objects.filter(pk=person.pk, email=was).update(email=email):
            raise AlreadyMoved
        audit.record("person.email_changed", by=by, subject=person, email=email, was=was)
    person.email = email


def take_access(*, person: Person, by: Person, confirmed_at: datetime | None, now: datetime) -> int:
    """End somebody's access at once, their open sessions included; what they did stays theirs.

    Whom they stood in for has nobody in their place. Returns how many companies they still answer for: somebody else
    has to be named, and the dashboard says so.

    Raises:
        NotPermitted, ConfirmationNeeded: as for :func:`let_in`.
        NotOneself: nobody locks themselves out.
        AlreadyMoved: they had no access any more.
        LastPartner: the firm would be left without a partner.
    """
    _require_partner(by, confirmed_at=confirmed_at, now=now)
    if person.pk == by.pk:
        raise NotOneself
    with transaction.atomic():
        take_turns()
        if not Person.objects.filter(pk=person.pk, is_active=True).update(is_active=False):
            raise AlreadyMoved
        _require_a_partner()
        audit.record("person.access_taken", by=by, subject=person)
        # For good: whoever is let in again makes a new link.
        Feed.objects.live().of(person).update(revoked_at=now)
        end_all_by(stand_in=person, by=by, now=now)
    person.is_active = False
    return Company.objects.filter(responsible=person, closed_at=None).count()


def give_access_back(*, person: Person, by: Person, confirmed_at: datetime | None, now: datetime) -> None:
    """Let somebody in again who had lost access.

    Raises:
        NotPermitted, ConfirmationNeeded: as for :func:`let_in`.
        AlreadyMoved: they have access already.
    """
    _require_partner(by, confirmed_at=confirmed_at, now=now)
    with transaction.atomic():
        if not Person.objects.filter(pk=person.pk, is_active=False).update(is_active=True):
            raise AlreadyMoved
        audit.record("person.access_given_back", by=by, subject=person)
    person.is_active = True


def _require_partner(by: Person, *, confirmed_at: datetime | None, now: datetime) -> None:
    require(by, Right.MANAGE)
    require_recent_confirmation(confirmed_at=confirmed_at, now=now)


def _require_a_partner() -> None:
    if not Person.objects.filter(role=Role.PARTNER, is_active=True).exists():
        raise LastPartner
