"""Who is told about a company, decided at the moment of telling?"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models.functions import Lower

from renewals.models import Bounce, Company, Contact, Detour, Person, StandIn
from renewals.models.notice import Audience
from renewals.models.stand_in import chain
from renewals.notices.slices import sliced

#: What is needed of a person; the password's hash is not among it.
FIELDS = ("username", "first_name", "last_name", "email", "is_active", "role", "lead", "is_demo")
_NONE: Mapping[str, date] = {}


@dataclass(frozen=True, slots=True)
class Recipients:
    """Whom one line of the ledger goes to, people of the firm or contacts of the client, and why it went past whom.

    Both empty: nobody can be told, and the line waits. ``is_last_resort``: nobody is left whose address works and did
    not refuse this very line; partners are tried all the same.
    """

    people: tuple[Person, ...] = ()
    contacts: tuple[Contact, ...] = ()
    detour: Detour = Detour.NONE
    is_last_resort: bool = False


@dataclass(frozen=True)
class Directory:
    """Everybody of the firm on one day: who leads whom, who is away, and whose mail comes back.

    ``standing_in`` tells, by id, who stands in ``today`` for whom that is away; ``bounced`` are addresses in small
    letters.
    """

    everybody: Mapping[int, Person]
    standing_in: Mapping[int, int]
    bounced: frozenset[str]
    today: date

    @cached_property
    def partners(self) -> tuple[Person, ...]:
        """Active partners with an address that works, in a stable order; all with an address where none works."""
        with_address = self._partners_with_address
        return tuple(one for one in with_address if self.works(one.email)) or with_address

    @property
    def cut_off(self) -> int:
        """How many partners have an address, if none of these works; 0 while one does."""
        return 0 if any(self.works(one.email) for one in self.partners) else len(self.partners)

    @cached_property
    def _partners_with_address(self) -> tuple[Person, ...]:
        everybody = self.everybody.values()
        return tuple(one for one in everybody if one.is_partner and one.is_active and one.email)

    def is_reachable(self, person: Person, refused_addresses: Collection[str] = ()) -> bool:
        """Whether the person has access, and an address that neither comes back nor was refused."""
        return person.is_active and self.works(person.email, refused_addresses)

    def works(self, address: str, refused_addresses: Collection[str] = ()) -> bool:
        """Whether something can be sent to the address at all."""
        bare = address.lower()
        return bool(bare) and bare not in self.bounced and bare not in {one.lower() for one in refused_addresses}

    def who_acts_for(self, person: Person) -> Person | None:
        """The person, or while they are away who stands in for them; nobody where all of these are away."""
        *_, last = (person.pk, *chain(person.pk, self.standing_in))
        return None if last in self.standing_in else self.everybody.get(last)

    def recipients_of(
        self,
        audience: str,
        company: Company,
        *,
        contacts: Sequence[Contact] = (),
        refused_addresses: Mapping[str, date] = _NONE,
    ) -> Recipients:
        """Who reads a line for an audience of this company, which needs to know no more than its responsible person.

        ``contacts`` are those of the company who get notices (:func:`contacts_of`). ``refused_addresses`` did not
        take this very line, the last time on a day: it goes past them while there is somebody else.
        """
        if audience == Audience.CLIENT:
            return self._client(company, contacts, refused_addresses)
        if audience == Audience.PARTNERS:
            return self._partners(Detour.LATE if company.responsible_id else Detour.UNASSIGNED, refused_addresses)
        if audience == Audience.LEAD:
            return self._lead(company, refused_addresses)
        return self._responsible(company, refused_addresses)

    def _responsible(self, company: Company, refused: Mapping[str, date]) -> Recipients:
        person = self.everybody.get(company.responsible_id or 0)
        if person is None:
            return self._partners(Detour.UNASSIGNED, refused)
        acting = self.who_acts_for(person)
        if acting is not None and self.is_reachable(acting, refused):
            return Recipients((acting,), detour=Detour.NONE if acting is person else Detour.AWAY)
        detour = self._why_not(person, refused) if acting is person else Detour.UNCOVERED
        lead = self._lead_of(person, refused)
        return Recipients((lead,), detour=detour) if lead else self._partners(detour, refused)

    def _lead(self, company: Company, refused: Mapping[str, date]) -> Recipients:
        person = self.everybody.get(company.responsible_id or 0)
        if person is None or person.is_partner:
            # A partner has no lead and is told themselves.
            return self._responsible(company, refused)
        lead = self._lead_of(person, refused)
        if lead is None or lead is self.who_acts_for(person):
            # An escalation does not end with whom it is about.
            return self._partners(Detour.NO_LEAD, refused)
        return Recipients((lead,), detour=Detour.ESCALATED)

    def _lead_of(self, person: Person, refused: Mapping[str, date]) -> Person | None:
        """Who leads the person, or acts for them today, if they can be told."""
        lead = self.everybody.get(person.lead_id or 0)
        if lead is None or person.is_partner:
            return None
        acting = self.who_acts_for(lead)
        return acting if acting is not None and self.is_reachable(acting, refused) else None

    def _partners(self, detour: Detour, refused: Mapping[str, date]) -> Recipients:
        able = tuple(one for one in self._partners_with_address if self.works(one.email, refused))
        if able:
            return Recipients(able, detour=detour)
        return Recipients(self._last_resort(refused), detour=detour, is_last_resort=True)

    def _last_resort(self, refused: Mapping[str, date]) -> tuple[Person, ...]:
        """Partners who are tried once a day: better a mail that comes back than silence."""
        tried = {address.lower() for address, day in refused.items() if day >= self.today}
        left = tuple(one for one in self._partners_with_address if one.email.lower() not in tried)
        return tuple(one for one in left if self.works(one.email)) or left

    def _client(self, company: Company, contacts: Sequence[Contact], refused: Mapping[str, date]) -> Recipients:
        able = tuple(one for one in contacts if self.works(one.email, refused))
        if able:
            return Recipients(contacts=able)
        told = self._responsible(company, refused)
        return Recipients(told.people, detour=Detour.CLIENT_UNREACHED, is_last_resort=told.is_last_resort)

    def _why_not(self, person: Person, refused: Mapping[str, date]) -> Detour:
        if not person.is_active:
            return Detour.INACTIVE
        return Detour.UNDELIVERED if person.email else Detour.NO_ADDRESS


def directory(*, today: date) -> Directory:
    """Everybody of the firm as they stand today, by three questions to the database whatever there is to tell."""
    bounced = Bounce.objects.standing().values_list("address", flat=True)
    return Directory(
        everybody={one.pk: one for one in Person.objects.only(*FIELDS).order_by("pk")},
        standing_in=StandIn.objects.by_person(today),
        bounced=frozenset(address.lower() for address in bounced),
        today=today,
    )


def contacts_of(company_ids: Collection[int]) -> Mapping[int, Sequence[Contact]]:
    """Company → those of its contacts whom somebody of the firm lets have notices, in a stable order."""
    found: dict[int, list[Contact]] = defaultdict(list)
    for ids in sliced(company_ids):
        for contact in Contact.objects.who_get_notices().filter(company__in=ids).order_by("pk"):
            found[contact.company_id].append(contact)
    return found


def broken_among(addresses: Collection[str]) -> frozenset[str]:
    """Those of these addresses from which mail comes back, in small letters."""
    wanted = {address.lower() for address in addresses if address}
    if not wanted:
        return frozenset()
    found = Bounce.objects.standing().annotate(bare=Lower("address")).filter(bare__in=wanted)
    return frozenset(found.values_list("bare", flat=True))
