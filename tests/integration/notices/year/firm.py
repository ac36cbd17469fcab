"""Who and what is there? The rows of a firm, and beside them what the oracle is told of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from renewals.expiry import marks
from renewals.expiry.refreshing import refresh_deadlines
from renewals.models import CalendarDay, Certificate, Company, Contact, Person
from renewals.models.certificate import Kind
from renewals.people import stand_ins
from tests.factories import person
from tests.integration.notices.year.post_office import PostOffice
from tests.oracle.world import AtClient, Away, Client, Paper, Somebody, World
from tests.watching import at, unsaved, watched_many

FIRST = date(2026, 1, 1)
#: The evening before.
EVE = at(FIRST - timedelta(days=1), 20)
COMPANIES = 300
PARTNERS = ("ana", "olga")
LEADS = {"lucia": "ana", "mario": None}
STAFF = {
    "beto": "lucia",
    "rosa": "lucia",
    "tomas": "lucia",
    "hugo": "mario",
    "irma": "mario",
    "nora": None,
}
#: Days of validity of what a renewal brings.
VALIDITY = {"npie": 730, "efirma": 1460, "csd": 1460}


@dataclass
class Firm:
    """The firm as it stands; everything that happens by chance comes from one seed."""

    random: Random
    world: World = field(default_factory=World)
    rows: dict[str, Person] = field(default_factory=dict)

    def found(self) -> None:
        """Everybody and everything there is on the evening before the first day."""
        self.people()
        self.calendar()
        self.marks()
        self.take_on(range(COMPANIES))
        self.absences()

    def people(self) -> None:
        for name in PARTNERS:
            self._somebody(name, lead=None, is_partner=True)
        for name, lead in {**LEADS, **STAFF}.items():
            self._somebody(name, lead=lead)

    def _somebody(self, name: str, *, lead: str | None, is_partner: bool = False) -> None:
        row = person(name, role="socio" if is_partner else "auxiliar", lead=self.rows.get(lead or ""))
        self.rows[name] = row
        self.world.people[name] = Somebody(name, row.email, is_partner=is_partner, lead=lead)

    def calendar(self) -> None:
        self.world.closed |= {FIRST + timedelta(days=number) for number in (102, 103, 361)}
        # A Saturday.
        self.world.opened.add(date(2026, 3, 28))
        for day in self.world.closed | self.world.opened:
            is_open = day in self.world.opened
            CalendarDay.objects.create(
                day=day, authority="firm", is_open=is_open, source="acuerdo interno", by=self.rows["ana"]
            )

    def marks(self) -> None:
        ana, now = self.rows["ana"], at(FIRST - timedelta(days=1), 20)
        marks.set_marks(company=None, kind=Kind.CSD, marks=[45, 10, 2], by=ana, now=now)
        self.world.marks["csd"] = (45, 10, 2)

    def take_on(self, numbers: Sequence[int]) -> list[Company]:
        names = [*STAFF] * 5 + ["lucia", "ana"]
        owners = [self.random.choice(names) if self.random.random() < 0.97 else None for _ in numbers]
        made = [
            Company(
                rfc=f"AAA{number:06}AA0",
                name=f"Empresa {number:04} de Prueba",
                search_name=f"EMPRESA {number:04} DE PRUEBA",
                responsible=self.rows[owner] if owner else None,
            )
            for number, owner in zip(numbers, owners, strict=True)
        ]
        Company.objects.bulk_create(made)
        for row, owner in zip(made, owners, strict=True):
            self.world.clients[row.pk] = Client(row.pk, row.name, owner)
        some = [one for one in made if self.random.random() < 0.25]
        for number, contact in enumerate(
            Contact.objects.bulk_create(
                Contact(company=one, name="Contacto", email=f"c{one.pk}@empresa.example", gets_notices=True)
                for one in some
            )
        ):
            self.world.clients[contact.company_id].contacts.append(AtClient(contact.pk, contact.email))
            if number in {3, 40}:
                PostOffice.refuses.add(contact.email)
                self.world.refused.add(contact.email)
        self.watch([paper for one in made for paper in self._papers_of(one)])
        return made

    def _papers_of(self, company: Company) -> Iterator[Certificate]:
        reaches = {"npie": 720, "efirma": 1100, "csd": 1100}
        for kind, reach in reaches.items():
            if kind != "npie" and self.random.random() < 0.5:
                continue
            validity = 180 if kind == "npie" and self.random.random() < 0.1 else VALIDITY[kind]
            expires_on = FIRST + timedelta(days=self.random.randrange(-10, min(reach, validity)))
            yield unsaved(company, kind=kind, expires_on=expires_on, validity=validity)

    def watch(self, rows: list[Certificate], *, on: date | None = None) -> None:
        watched_many(rows)
        refresh_deadlines({one.company_id for one in rows}, today=on or FIRST)
        for one in rows:
            begins = one.expires_on - (one.not_after - one.not_before)
            self.world.add(Paper(one.pk, one.company_id, one.kind, begins, one.expires_on, changed_on=on))

    def absences(self) -> None:
        now = at(FIRST - timedelta(days=1), 20)
        everybody = [*STAFF, *LEADS]
        for name in everybody:
            # Not those who will leave, so that whoever they stand in for has somebody.
            others = [one for one in everybody if one not in {name, "hugo", "mario"}]
            for half in (0, 1):
                first = FIRST + timedelta(days=180 * half + self.random.randrange(150))
                self._away(name, self.random.choice(others), first, self.random.randrange(4, 15), now)

    def _away(self, name: str, stand_in: str, first: date, length: int, now: datetime) -> None:
        last = first + timedelta(days=length)
        ana = self.rows["ana"]
        stand_ins.appoint_stand_in(
            person=self.rows[name],
            stand_in=self.rows[stand_in],
            from_on=first,
            until_on=last,
            by=ana,
            confirmed_at=now,
            now=now,
        )
        self.world.absences.append(Away(name, stand_in, first, last))
