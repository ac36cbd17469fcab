"""Who reads the lines of many companies? The directory's answers, with what it has to know of each company."""

from collections.abc import Collection, Sequence
from datetime import date

from renewals.models import Company, Contact
from renewals.models.notice import Audience
from renewals.notices.recipients import Directory, Recipients, contacts_of, directory
from renewals.notices.slices import sliced
from renewals.notices.waiting import NOBODY, Known, Waiting


class Readers:
    """Everybody who reads on one day, and the companies they read about; looked up once for many lines."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self._companies: dict[int, Company] = {}
        self._contacts: dict[int, Sequence[Contact]] = {}
        self._answers: dict[tuple[int, str], Recipients] = {}

    @classmethod
    def on(cls, day: date) -> "Readers":
        """As the firm stands on a day."""
        return cls(directory(today=day))

    def learn(self, companies: Collection[int]) -> None:
        """Look up these companies, before anything is asked about them."""
        new = set(companies) - self._companies.keys()
        for ids in sliced(new):
            rows = Company.objects.filter(pk__in=ids).order_by().only("responsible")
            self._companies |= {row.pk: row for row in rows}
        self._contacts |= contacts_of(new)

    def of_line(self, line: Waiting, known: Known) -> Recipients:
        """Who reads a waiting line by now."""
        return self.of(line.company_id, line.audience, known)

    def of(self, company_id: int, audience: str, known: Known = NOBODY) -> Recipients:
        """Who reads what is told to an audience of a company that was learnt."""
        if known.refused_addresses:
            return self._ask(company_id, audience, known)
        answer = self._answers.get((company_id, audience))
        if answer is None:
            answer = self._answers[company_id, audience] = self._ask(company_id, audience, NOBODY)
        return answer

    def _ask(self, company_id: int, audience: str, known: Known) -> Recipients:
        return self.directory.recipients_of(
            Audience(audience),
            self._companies[company_id],
            contacts=self._contacts.get(company_id, ()),
            refused_addresses=known.refused_addresses,
        )
