"""How does a page show what was found before the first step, and who can mend it?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from renewals.errors import Fact
from renewals.models import Renewal, RenewalState
from renewals.wording.errors import say
from renewals.wording.preflight import MENDERS, NOBODY, PREFLIGHT, say_finding


@dataclass(frozen=True, slots=True)
class Remedy:
    """A button that leads to where a point is mended."""

    label: str
    address: str


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the pre-flight, in words, with who can mend it and where."""

    key: str
    title: str
    state: str
    finding: str
    mender: str
    who: str
    remedies: tuple[Remedy, ...]


def preflight_of(renewal: Renewal) -> dict[str, object]:
    """Every point, the first one that stops the renewal, and whether they are still being looked at."""
    names = _names(renewal)
    points = [_point(renewal, key, kept, names) for key, kept in renewal.preflight.items()]
    return {
        "points": points,
        "point_to_mend": next((one for one in points if one.state == "failed"), None),
        "is_preflight_running": renewal.state == RenewalState.OPEN and renewal.preflight_at is None,
    }


def _point(renewal: Renewal, key: str, kept: Mapping[str, object], names: Mapping[str, str]) -> Point:
    code, who, state = str(kept["code"]), str(kept["who"]), str(kept["state"])
    facts = kept["facts"]
    told = _readable(facts if isinstance(facts, dict) else {})
    lacks = state in {"failed", "warn"}
    return Point(
        key=key,
        title=str(PREFLIGHT[key]),
        state=state,
        finding=say_finding(key, code, told) or say(code, told),
        mender=str(MENDERS.get(who, "")),
        who=names.get(who, "") if lacks else "",
        remedies=tuple(_remedies(renewal, key, code)) if lacks else (),
    )


def _remedies(renewal: Renewal, key: str, code: str) -> Iterator[Remedy]:
    """Where this point is mended: the likeliest way first."""
    company, certificate = renewal.company_id, renewal.certificate_id
    match key, code:
        case "old_pair", _code:
            yield Remedy(_("Subir la llave"), reverse("certificate_key", args=[certificate]))
        case "mailbox", "missing":
            yield Remedy(_("Capturar el correo"), reverse("company_edit", args=[company]))
        case "mandate", "mandate_missing" | "mandate_ended":
            yield Remedy(_("Registrar el mandato"), reverse("mandate_new", args=[company]))
        case "mandate", _code:
            yield Remedy(_("Ver los mandatos"), reverse("company", args=[company]) + "#mandates")
        case "second_way", _code:
            yield Remedy(_("Registrar la e.firma"), f"{reverse('certificate_upload')}?empresa={company}")
        case "assignee", _code:
            yield Remedy(_("Ver quién atiende a la empresa"), reverse("company", args=[company]) + "#people")
        case "contact", _code:
            yield Remedy(_("Registrar un contacto"), reverse("company_edit", args=[company]))


def _readable(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """Days as people write them."""
    return {
        name: date_format(date.fromisoformat(value), "j \\d\\e F \\d\\e Y")
        if name.endswith("_on") and isinstance(value, str)
        else value
        for name, value in facts.items()
    }


def _names(renewal: Renewal) -> dict[str, str]:
    """Who can mend what, by name, asked once; at the client every contact, because any of them may answer."""
    wanted = {str(one["who"]) for one in renewal.preflight.values() if one["state"] in {"failed", "warn"}}
    company = renewal.company
    names = {}
    if "contact" in wanted:
        names["contact"] = ", ".join(one.name for one in company.contacts.all()) or str(NOBODY["contact"])
    if "responsible" in wanted:
        names["responsible"] = str(renewal.assignee or company.responsible or NOBODY["responsible"])
    return names
