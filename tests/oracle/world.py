"""What is true in a simulated firm at this moment? Plain values that the simulation changes beside the rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(slots=True)
class Somebody:
    """A person of the firm; ``name`` is what tells one from another."""

    name: str
    address: str
    is_partner: bool = False
    is_active: bool = True
    lead: str | None = None


@dataclass(slots=True)
class Away:
    """Somebody is away on these days, both included, and another one stands in."""

    name: str
    stand_in: str
    first: date
    last: date


@dataclass(slots=True)
class AtClient:
    """A contact who gets notices."""

    pk: int
    address: str


@dataclass(slots=True)
class Client:
    """A company, who answers for it, and whom the firm tells there."""

    pk: int
    name: str
    responsible: str | None
    contacts: list[AtClient] = field(default_factory=list)
    marks: dict[str, tuple[int, ...]] = field(default_factory=dict)
    has_left: bool = False


@dataclass(slots=True)
class Paper:
    """A certificate by its dates: the first and last local day of its validity."""

    pk: int
    company: int
    kind: str
    begins: date
    expires: date
    is_retired: bool = False
    #: A proved primary one that lasts longer stands beside it.
    is_outshone: bool = False
    is_renewing: bool = False
    #: Somebody of the firm began its renewal, which the round may have opened long before.
    is_begun: bool = False
    #: The day on which a renewal was begun or given up, or the certificate was first watched: what had passed by then
    #: may be told or not.
    changed_on: date | None = None
    #: The day on which a silence ends.
    quiet_until: date | None = None


@dataclass(slots=True)
class World:
    """The whole firm."""

    people: dict[str, Somebody] = field(default_factory=dict)
    absences: list[Away] = field(default_factory=list)
    clients: dict[int, Client] = field(default_factory=dict)
    papers: dict[int, Paper] = field(default_factory=dict)
    marks: dict[str, tuple[int, ...]] = field(default_factory=dict)
    #: The certificates of each company.
    by_company: dict[int, list[Paper]] = field(default_factory=dict)
    #: Days on which the firm works, or does not, whatever the law and the week say.
    opened: set[date] = field(default_factory=set)
    closed: set[date] = field(default_factory=set)
    #: Addresses whose mail came back.
    bounced: set[str] = field(default_factory=set)
    #: Addresses that the mail server does not take.
    refused: set[str] = field(default_factory=set)

    def add(self, paper: Paper) -> None:
        """The firm watches one more certificate."""
        self.papers[paper.pk] = paper
        self.by_company.setdefault(paper.company, []).append(paper)

    def efirmas_of(self, company: int) -> list[Paper]:
        """The company's current ones."""
        return [one for one in self.by_company[company] if one.kind == "efirma" and not one.is_retired]
