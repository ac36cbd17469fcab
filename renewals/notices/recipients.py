"""Who is told about a company, decided at the moment of telling?"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from renewals.models import Company, Detour, Person
from renewals.models.people import Role


@dataclass(frozen=True, slots=True)
class Recipients:
    """The people one line of the ledger goes to, and why it went past the person who answers for the company."""

    people: tuple[Person, ...]
    detour: Detour


def reachable_partners() -> list[Person]:
    """Active partners with an address, in a stable order."""
    return list(Person.objects.filter(role=Role.PARTNER, is_active=True).exclude(email="").order_by("pk"))


def recipients_of(company: Company, *, partners: Sequence[Person], undelivered: Collection[int]) -> Recipients:
    """The responsible person; where they cannot be told, every partner.

    ``undelivered`` names people (by id) whose mail could not be delivered with this very line: they are not tried
    twice with it. Nobody is left when the partners' mail failed as well; the line then waits.
    """
    person = company.responsible
    detour = _why_not(person, undelivered)
    if person is not None and detour is Detour.NONE:
        return Recipients((person,), Detour.NONE)
    return Recipients(tuple(one for one in partners if one.pk not in undelivered), detour)


def _why_not(person: Person | None, undelivered: Collection[int]) -> Detour:
    if person is None:
        return Detour.UNASSIGNED
    if not person.is_active:
        return Detour.INACTIVE
    if not person.email:
        return Detour.NO_ADDRESS
    return Detour.UNDELIVERED if person.pk in undelivered else Detour.NONE
