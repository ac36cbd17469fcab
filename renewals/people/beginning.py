"""Who is the first person of a new firm? Somebody has to be let in before anybody can let others in."""

from django.core.exceptions import ValidationError
from django.db import transaction

from renewals import audit
from renewals.audit import Machine
from renewals.errors import AlreadyMoved, UnacceptableAnswer
from renewals.models import Person, Role
from renewals.people.passwords import require_acceptable


def is_anybody_here() -> bool:
    """Whether the firm has a person at all."""
    return Person.objects.exists()


def let_in_first_partner(*, username: str, full_name: str, email: str, password: str, by: Machine) -> Person:
    """Make the first person of the firm, a partner, who can then let in everybody else.

    Raises:
        AlreadyMoved: there is somebody already; that person lets in the others.
        UnacceptableAnswer: a name or an address that cannot be one.
        UnacceptablePassword: too short, too common, only digits, or too like the name.
    """
    first_name, _, last_name = full_name.strip().partition(" ")
    person = Person(username=username, first_name=first_name, last_name=last_name, email=email, role=Role.PARTNER)
    try:
        person.clean_fields(exclude=["password"])
    except ValidationError:
        raise UnacceptableAnswer from None
    require_acceptable(password, person)
    # Hashing takes a tenth of a second on purpose: before the transaction, not within.
    person.set_password(password)
    with transaction.atomic():
        if is_anybody_here():
            raise AlreadyMoved
        person.save()
        audit.record("person.first_partner_let_in", by=by, subject=person)
    return person
