"""What does each kind of message say? Lines in, subject, text and HTML out; nothing is looked up here."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from renewals.models import Company
from renewals.notices.lines import Blocked, ClientLine, Line, shortened
from renewals.notices.returns import Return
from renewals.wording.notices import (
    SECTIONS,
    is_of_the_whole_round,
    say_blocked_figure,
    say_figure,
    say_full_day,
    say_headline,
    say_last_round,
    say_round_failure,
    say_tally,
)

#: So many lines, the most urgent ones, tell everything; so many more are told in one row each; the others are counted.
#: Mail programs cut long messages off (Gmail at about 100 kB), and nobody reads four hundred certificates in a mail.
FULL_LINES: Final = 20
ROWS: Final = 50
#: So many renewals that cannot go on are named, and so many files to give back, and so many faults of a round.
MOST_NAMED: Final = 20
#: After so long without a round something is wrong with the program.
LATE_ROUND: Final = timedelta(hours=26)
#: What follows the preview text, so that programs show nothing of the message itself beside it.
PADDING: Final = "\u00a0\u200c" * 60
NONE: Final[Mapping[str, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Message:
    """What is frozen into a delivery."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole firm in figures, for its partners; ``blocked`` counts renewals by cause (``Blocked.cause``)."""

    expired: int
    due_in_7: int
    due_in_30: int
    in_renewal: int
    blocked: Mapping[str, int]
    unassigned: int
    silenced: int
    undelivered: int
    #: When the last round that finished had begun; none in the first one.
    last_round_at: datetime | None
    #: The moment these figures are of.
    at: datetime


@dataclass(frozen=True, slots=True)
class _Section:
    """Lines under a title: some in full, some in a row each, and how many were left out."""

    title: str
    lines: Sequence[Line]
    in_short: Sequence[Line]
    left_out: int


def compose_digest(
    *,
    name: str,
    today: date,
    new: Sequence[Line] = (),
    more: Mapping[str, int] = NONE,
    urgent: Sequence[Line] = (),
    more_urgent: Mapping[str, int] = NONE,
    blocked: Sequence[Blocked] = (),
    returns: Sequence[Return] = (),
    heads: str = "",
    summary: Summary | None = None,
) -> Message:
    """The message of one day for one person of the firm.

    ``new``: what is told today for the first time. ``urgent``: what was told before and still burns; a certificate
    stands in one of the two. ``more`` and ``more_urgent`` count, by light, those that are less urgent than the lines
    given and that the message would leave out. ``returns`` are files that they should have removed, ``heads`` the
    signed heads of the history for somebody who keeps them outside, ``summary`` the whole firm for a partner.
    """
    fresh, burning = _sorted(new), _sorted(urgent)
    first = _section("new", fresh, sum(more.values()), full=FULL_LINES, rows=ROWS)
    second = _section(
        "urgent",
        burning,
        sum(more_urgent.values()),
        full=FULL_LINES - len(first.lines),
        rows=ROWS - len(first.in_short),
    )
    tally = say_tally(_by_light(fresh) + Counter(more))
    count = len(fresh) + sum(more.values())
    figures = _figures(summary) if summary is not None else []
    headline = say_headline(summary.expired, summary.due_in_7) if summary is not None else ""
    context = {
        "name": name,
        "only": fresh[0] if count == 1 else None,
        "count": count,
        "tally": tally,
        "urgent_count": len(burning) + sum(more_urgent.values()),
        "preview": _preview([*fresh, *burning]) or headline,
        "figures": figures,
        "headline": headline,
        "last_round": _last_round(summary) if summary is not None else None,
        "sections": [one for one in (first, second) if one.lines or one.in_short or one.left_out],
        "blocked": blocked[:MOST_NAMED],
        "blocked_left_out": len(blocked) - len(blocked[:MOST_NAMED]),
        "returns": [replace(one, company=shortened(one.company)) for one in returns[:MOST_NAMED]],
        "returns_left_out": len(returns) - len(returns[:MOST_NAMED]),
        "heads": heads.splitlines(),
        "home": settings.PUBLIC_URL + reverse("home"),
    }
    return _rendered("digest", context)


def compose_critical(lines: Sequence[Line], *, name: str) -> Message:
    """What cannot wait for tomorrow's message.

    The subject of a message about one certificate stays the same until it is renewed: mail programs keep together what
    has the same subject.
    """
    section = _section("urgent", _sorted(lines), 0, full=FULL_LINES, rows=ROWS)
    only = lines[0] if len(lines) == 1 else None
    context = {
        "name": name,
        "only": only,
        "last_day": say_full_day(only.expires_on) if only is not None else "",
        "count": len(lines),
        "tally": say_tally(_by_light(lines)),
        "preview": _preview(section.lines),
        "lines": section.lines,
        "in_short": section.in_short,
        "left_out": section.left_out,
        "home": settings.PUBLIC_URL + reverse("home"),
    }
    return _rendered("critical", context)


def compose_client(*, contact_name: str, company: Company, lines: Sequence[ClientLine], firm: str, who: str) -> Message:
    """A message to somebody at a client about certificates of that one company.

    ``firm`` is how the firm calls itself, ``who`` the name of the person there who looks after the company; both may
    be empty.

    Raises:
        ValueError: a line is about another company.
    """
    if any(line.company_id != company.pk for line in lines):
        raise ValueError("a message to a client speaks of that client alone")
    ordered = sorted(lines, key=lambda line: (line.days_to_deadline, line.kind, line.scope, line.serial))
    context = {
        "contact_name": contact_name,
        "company": shortened(company.name),
        "lines": ordered[:FULL_LINES],
        "left_out": len(ordered) - len(ordered[:FULL_LINES]),
        "only": ordered[0] if len(ordered) == 1 else None,
        "count": len(ordered),
        "firm": firm,
        "who": who,
    }
    return _rendered("client", context)


def compose_asking(*, contact_name: str, who: str, firm: str, until: date, is_mailbox: bool, link: str) -> Message:
    """A message that carries a link, and says nothing of what is asked or of whom: whoever reads it learns no more.

    ``is_mailbox``: it goes to a mailbox that is to be proved, which needs no code.
    """
    context = {
        "contact_name": contact_name,
        "who": who,
        "firm": firm,
        "until": say_full_day(until),
        "is_mailbox": is_mailbox,
        "link": link,
    }
    return _rendered("asking", context)


def compose_failure(*, name: str, failures: Sequence[Mapping[str, int | str]], page: str) -> Message:
    """What a round could not do, for a partner: ``failures`` as a round records them, ``page`` where they are shown."""
    context = {
        "name": name,
        "failures": [say_round_failure(one) for one in failures[:MOST_NAMED]],
        "left_out": len(failures) - len(failures[:MOST_NAMED]),
        "count": len(failures),
        "broke_off": any(is_of_the_whole_round(one) for one in failures),
        "page": page,
    }
    return _rendered("failure", context)


def compose_test(*, name: str) -> Message:
    """A message that somebody sends to themselves, to see that mail arrives."""
    return _rendered("test", {"name": name, "home": settings.PUBLIC_URL + reverse("home")})


def compose_alert(*, name: str, alerts: Sequence[Mapping[str, object]], page: str) -> Message:
    """What the vault noticed: each alert with its moment (``at``), its sentence (``what``) and its ``kind``."""
    return _rendered("alert", {"name": name, "alerts": alerts, "count": len(alerts), "page": page})


def _rendered(kind: str, context: Mapping[str, object]) -> Message:
    # One line of a sensible length, whatever somebody typed as a name: a header ends at the first break.
    subject = " ".join(render_to_string(f"emails/{kind}/subject.txt", dict(context)).split())[:200]
    whole = {**context, "subject": subject, "padding": PADDING}
    return Message(
        subject=subject,
        text=render_to_string(f"emails/{kind}/message.txt", whole),
        html=render_to_string(f"emails/{kind}/message.html", whole),
    )


def _sorted(lines: Collection[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: line.urgency)


def _section(title: str, lines: Sequence[Line], more: int, *, full: int, rows: int) -> _Section:
    shown, others = lines[:full], lines[full:]
    return _Section(str(SECTIONS[title]), shown, others[:rows], len(others) - len(others[:rows]) + more)


def _by_light(lines: Collection[Line]) -> Counter[str]:
    return Counter(line.light.value for line in lines)


def _preview(lines: Sequence[Line]) -> str:
    return f"{lines[0].company}: {lines[0].kind} {lines[0].when}. {lines[0].action}" if lines else ""


def _figures(summary: Summary) -> list[dict[str, object]]:
    rows = [
        ("expired", summary.expired, bool(summary.expired)),
        ("due_in_7", summary.due_in_7, bool(summary.due_in_7)),
        ("due_in_30", summary.due_in_30, False),
        ("in_renewal", summary.in_renewal, False),
        ("unassigned", summary.unassigned, bool(summary.unassigned)),
        ("silenced", summary.silenced, False),
        ("undelivered", summary.undelivered, bool(summary.undelivered)),
    ]
    # What is always wanted is shown as nought too; the others only where there is something.
    always = {"expired", "due_in_7", "due_in_30", "in_renewal"}
    figures: list[dict[str, object]] = [
        {"label": say_figure(code), "number": number, "is_bad": is_bad}
        for code, number, is_bad in rows
        if number or code in always
    ]
    stopped = [
        {"label": say_blocked_figure(cause), "number": number, "is_bad": False}
        for cause, number in sorted(summary.blocked.items(), key=lambda pair: (-pair[1], pair[0]))
        if number
    ]
    return figures[:4] + stopped + figures[4:]


def _last_round(summary: Summary) -> dict[str, object]:
    late = summary.last_round_at is not None and summary.at - summary.last_round_at > LATE_ROUND
    return {"words": say_last_round(summary.last_round_at, is_late=late), "is_bad": late}
