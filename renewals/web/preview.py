"""What would be sent on a day, and how would each mail look?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from renewals.access import Right, require
from renewals.errors import NotVisible, Refusal
from renewals.models import Contact
from renewals.notices.planning import Planned
from renewals.notices.preview import FURTHEST, Preview, companies_of, moment_of, name_of, preview
from renewals.web.middleware import MAIL_POLICY
from renewals.wording.errors import say_refusal
from renewals.wording.previews import say_purpose

#: So many messages are listed; nobody reads more, and a flood must not make the page slow.
MOST = 500


@dataclass(frozen=True, slots=True)
class Row:
    """One message of the list."""

    name: str
    purpose: str
    reader: str
    company: str
    address: str
    count: int


@require_GET
def mail_preview(request: HttpRequest) -> HttpResponse:
    """The messages of a day, today where none is named."""
    require(request.user, Right.MANAGE)
    now = timezone.now()
    today = timezone.localdate(now)
    day = _day(request.GET.get("dia", "")) or today
    context: dict[str, object] = {"day": day, "today": today, "last": today + FURTHEST}
    try:
        found = _preview(day, now)
    except Refusal as refusal:
        return render(request, "previews/day.html", {**context, "refusal": say_refusal(refusal)}, status=400)
    rows = _rows(found.messages[:MOST])
    context |= {
        "found": found,
        "rows": rows,
        "left_out": len(found.messages) - len(rows),
        "before": day - timedelta(days=1) if day > today else None,
        "after": day + timedelta(days=1) if day < today + FURTHEST else None,
    }
    return render(request, "previews/day.html", context)


@require_GET
def mail_preview_message(request: HttpRequest, day: str, message: str) -> HttpResponse:
    """One of them as it would look."""
    require(request.user, Right.MANAGE)
    on = _day(day)
    if on is None:
        raise NotVisible
    try:
        found = _preview(on, timezone.now())
    except Refusal as refusal:
        raise NotVisible from refusal
    planned = found.named(message)
    words = None if planned is None else found.words(planned)
    if planned is None or words is None:
        raise NotVisible
    response = render(request, "previews/message.html", {"day": on, "row": _rows([planned])[0], "words": words})
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    return response


def _preview(day: date, now: datetime) -> Preview:
    return preview(at=moment_of(day, now=now), now=now)


def _rows(messages: Sequence[Planned]) -> list[Row]:
    companies = companies_of(messages)
    return [
        Row(
            name=name_of(one),
            purpose=say_purpose(one.purpose.value),
            reader=str(one.reader),
            company=companies[one.reader.company_id] if isinstance(one.reader, Contact) else "",
            address=one.reader.email,
            count=len(one.certificates),
        )
        for one in messages
    ]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
