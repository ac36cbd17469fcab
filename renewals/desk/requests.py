"""What exactly does a request ask for that needs two people, as a page shows it before somebody says yes?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format

from renewals.models import Announcement, Approval, Certificate
from renewals.wording.approvals import REQUESTS, say_fact
from renewals.wording.steps import say_step


@dataclass(frozen=True, slots=True)
class Detail:
    """One fact of a request: what it is, and one line for each value."""

    name: str
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class Request:
    """A request in words: what would be allowed, and every fact that the approval would be bound to."""

    title: str
    allows: Sequence[str]
    details: Sequence[Detail]
    approve: str
    refuse: str
    then: str
    is_final: bool


def request_of(approval: Approval) -> Request:
    """The words of a request. No fact of it is left out, whoever wrote it."""
    words = REQUESTS[approval.kind]
    fills = {
        "company": approval.company.name if approval.company else "",
        "who": str(approval.asked_by),
        "days": settings.KEY_ARCHIVE_DAYS,
    }
    return Request(
        title=str(words.title) % fills,
        allows=[str(one) % fills for one in words.allows],
        details=[Detail(say_fact(name), _values(name, value)) for name, value in approval.facts.items()],
        approve=str(words.approve),
        refuse=str(words.refuse),
        then=str(words.then) % fills,
        is_final=words.is_final,
    )


def due_at_of(approval: Approval) -> datetime | None:
    """When the vault worker does what it has announced; None before it has, and for what needs no announcement."""
    return Announcement.objects.filter(work__approval=approval).values_list("due_at", flat=True).first()


def _values(name: str, value: object) -> Sequence[str]:
    if name in {"certificate", "certificates"}:
        return _certificates(value if isinstance(value, list) else [value])
    if name == "step":
        return [say_step(str(value))]
    moment = parse_datetime(value) if isinstance(value, str) and name.endswith("_at") else None
    if moment is not None:
        return [date_format(timezone.localtime(moment), r"j \d\e F \d\e Y, H:i")]
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _certificates(numbers: Sequence[object]) -> Sequence[str]:
    wanted = [one for one in numbers if isinstance(one, int)]
    found = Certificate.objects.select_related("company").defer("der").in_bulk(wanted)
    return [f"{found[one].company} · {found[one]}" if one in found else str(one) for one in numbers]
