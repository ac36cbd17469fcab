"""What does the practice portal know of each practice company, and which failures is it to show?

The rows stand for a stranger's database, so nothing else in the program reads them, and no history tells of them:
nothing here happened to a client.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import F
from django.utils import timezone

from renewals.errors import NotVisible
from renewals.errors.practice import PracticeMoved
from renewals.models import Company, Person
from renewals.models.company import CompanyQuerySet
from renewals.models.practice import PracticeAccount


def practice_companies(person: Person) -> CompanyQuerySet:
    """The practice companies that this person may work for."""
    return Company.objects.visible_to(person).filter(is_demo=True, closed_at=None)


def practice_company(person: Person, company_id: int) -> Company:
    """One of them. Raises NotVisible: it is a real one, or not theirs."""
    found = practice_companies(person).filter(pk=company_id).first()
    if found is None:
        raise NotVisible
    return found


def account_of(company: Company) -> PracticeAccount:
    """The portal's account of a practice company, opened at first use. Raises NotVisible: it is a real company."""
    if not company.is_demo:
        raise NotVisible
    account, _made = PracticeAccount.objects.get_or_create(company=company)
    return account


def remember(account: PracticeAccount, number: str, memory: Mapping[str, Any]) -> None:
    """Keep what the portal knows of one registro patronal (its first ten characters).

    Raises:
        PracticeMoved: another window was faster.
    """
    _change(account, memory={**account.memory, number: dict(memory)})


def forget(account: PracticeAccount) -> None:
    """Let the portal begin anew with the company, every failure off. Raises as :func:`remember`."""
    _change(account, memory={}, switches=[])


def choose_failures(account: PracticeAccount, failures: Collection[str]) -> None:
    """Switch on exactly these failures. Raises as :func:`remember`."""
    _change(account, switches=sorted(failures))


def _change(account: PracticeAccount, **fields: Any) -> None:
    now = timezone.now()
    rows = PracticeAccount.objects.filter(pk=account.pk, version=account.version)
    if rows.update(version=F("version") + 1, updated_at=now, **fields) != 1:
        raise PracticeMoved
    account.refresh_from_db()
