"""How does a person get a new password, from themselves or from a partner?"""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from renewals import audit
from renewals.access import Right, require, require_recent_confirmation
from renewals.errors import UnacceptablePassword
from renewals.models import Person


def change_own_password(*, new_password: str, by: Person) -> None:
    """Give oneself a new password; the door has asked for the old one and keeps the session going.

    Raises:
        UnacceptablePassword: too short, too common, only digits, or too like the name.
    """
    _set(person=by, new_password=new_password, by=by, event="person.changed_own_password")


def reset_password(
    *, person: Person, new_password: str, by: Person, confirmed_at: datetime | None, now: datetime
) -> None:
    """A partner gives somebody a new password; their open sessions end with it.

    Raises:
        NotPermitted: not a partner.
        ConfirmationNeeded: the partner has not typed their own password lately; who sets another's password can
            sign in as them.
        UnacceptablePassword: as for :func:`change_own_password`.
    """
    require(by, Right.MANAGE)
    require_recent_confirmation(confirmed_at=confirmed_at, now=now)
    _set(person=person, new_password=new_password, by=by, event="person.password_reset")


def require_acceptable(new_password: str, person: Person) -> None:
    """Refuse a password that is easily guessed.

    Raises:
        UnacceptablePassword: with the code of the first of Django's validators that refused it.
    """
    try:
        validate_password(new_password, person)
    except ValidationError as error:
        raise UnacceptablePassword(reason=error.error_list[0].code) from None


def _set(*, person: Person, new_password: str, by: Person, event: str) -> None:
    require_acceptable(new_password, person)
    # Hashing takes a tenth of a second on purpose: before the transaction, not within.
    person.set_password(new_password)
    with transaction.atomic():
        person.save(update_fields=["password"])
        audit.record(event, by=by, subject=person)
