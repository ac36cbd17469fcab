"""How does a page show what was found before the first step, and who can mend it?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format

from renewals.errors import Fact
from renewals.models import Company, Renewal, RenewalState
from renewals.wording.errors import say
from renewals.wording.preflight import MENDERS, NOBODY, PREFLIGHT, say_finding


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the pre-flight, in words, with who can mend it."""

    key: str
    title: str
    state: str
    finding: str
    mender: str
    who: str


def preflight_of(renewal: Renewal) -> dict[str, object]:
    """Every point, the first one that stops the renewal, and whether they are still being looked at."""
    points = [_point(renewal, key, kept) for key, kept in renewal.preflight.items()]
    return {
        "points": points,
        "point_to_mend": next((one for one in points if one.state == "failed"), None),
        "is_preflight_running": renewal.state == RenewalState.OPEN and renewal.preflight_at is None,
    }


def _point(renewal: Renewal, key: str, kept: Mapping[str, object]) -> Point:
    code, who, state = str(kept["code"]), str(kept["who"]), str(kept["state"])
    facts = kept["facts"]
    told = _readable(facts if isinstance(facts, dict) else {})
    return Point(
        key=key,
        title=str(PREFLIGHT[key]),
        state=state,
        finding=say_finding(key, code, told) or say(code, told),
        mender=str(MENDERS.get(who, "")),
        who="" if state == "ok" else _names(renewal.company, who),
    )


def _readable(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """Days as people write them."""
    return {
        name: date_format(date.fromisoformat(value), "j \\d\\e F \\d\\e Y")
        if name.endswith("_on") and isinstance(value, str)
        else value
        for name, value in facts.items()
    }


def _names(company: Company, who: str) -> str:
    """Who can mend it; at the client every contact, because any of them may be the one who answers."""
    if who == "contact":
        return ", ".join(one.name for one in company.contacts.all()) or str(NOBODY[who])
    if who == "responsible":
        return str(company.responsible or NOBODY[who])
    return ""
