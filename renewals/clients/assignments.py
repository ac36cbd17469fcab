"""Who of the firm may work for which company?"""

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from renewals import audit
from renewals.access import Right, require
from renewals.audit import Actor
from renewals.errors import CannotBeResponsible
from renewals.models import Assignment, Company, Person, Role


def who_may_answer() -> QuerySet[Person]:
    """The people who can be responsible for a company, or be assigned to it."""
    return Person.objects.filter(is_active=True, role__in=[Role.PARTNER, Role.STAFF])


def assigned_to(company: Company) -> QuerySet[Person]:
    """The people a company was given to, beside whoever is responsible for it."""
    return Person.objects.filter(assignments__company=company)


def assign(*, company: Company, person: Person, by: Actor) -> None:
    """Let a person see and work for a company; twice is the same as once.

    Raises:
        NotPermitted: only a partner decides this.
        CannotBeResponsible: the person has left, or their role only looks.
    """
    if isinstance(by, Person):
        require(by, Right.MANAGE)
    if not (person.is_active and person.may_work):
        raise CannotBeResponsible(person=str(person))
    with transaction.atomic():
        try:
            with transaction.atomic():
                Assignment.objects.create(company=company, person=person)
        except IntegrityError:
            return
        audit.record("company.person_assigned", by=by, subject=company, company=company, person=person.username)


def unassign(*, company: Company, person: Person, by: Actor) -> None:
    """Take a company away from a person; who is responsible for it still sees it.

    Raises:
        NotPermitted: only a partner decides this.
    """
    if isinstance(by, Person):
        require(by, Right.MANAGE)
    with transaction.atomic():
        gone, _ = Assignment.objects.filter(company=company, person=person).delete()
        if gone:
            audit.record("company.person_unassigned", by=by, subject=company, company=company, person=person.username)
