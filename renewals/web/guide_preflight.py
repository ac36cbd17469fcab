"""How does a page show what was found before the first step, and who can mend it?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from renewals.errors import Fact
from renewals.models import Renewal, RenewalState
from renewals.wording.errors import say
from renewals.wording.preflight import MENDERS, NOBODY, PREFLIGHT, Words, say_finding


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


def _of_company(name: str, anchor: str = "") -> Callable[[Renewal], str]:
    return lambda renewal: reverse(name, args=[renewal.company_id]) + anchor


def _asking(what: str) -> Callable[[Renewal], str]:
    """Where a client is asked for one thing by a link."""

    def address(renewal: Renewal) -> str:
        query = {"empresa": renewal.company_id, "renovacion": renewal.pk, "que": what}
        return f"{reverse('client_request_new')}?{urlencode(query)}"

    return address


def _certificate_key(renewal: Renewal) -> str:
    return reverse("certificate_key", args=[renewal.certificate_id])


def _upload(renewal: Renewal) -> str:
    return f"{reverse('certificate_upload')}?empresa={renewal.company_id}"


_Ways = tuple[tuple[Words, Callable[[Renewal], str]], ...]
_UPLOAD_KEY: _Ways = ((_("Subir la llave"), _certificate_key),)
_REGISTER_MANDATE: _Ways = ((_("Registrar el mandato"), _of_company("mandate_new")),)
#: ``point.code``, or the point alone, → the buttons to where it is mended, the likeliest way first.
_REMEDIES: Mapping[str, _Ways] = {
    "old_pair": (*_UPLOAD_KEY, (_("Pedirla al cliente"), _asking("key"))),
    "old_pair.wrong_passphrase": (*_UPLOAD_KEY, (_("Pedir la contraseña al cliente"), _asking("passphrase"))),
    "old_pair.passphrase_missing": (*_UPLOAD_KEY, (_("Pedir la contraseña al cliente"), _asking("passphrase"))),
    "mailbox.missing": ((_("Capturar el correo"), _of_company("company_edit")),),
    "mailbox.unproved": ((_("Pedir al cliente que lo compruebe"), _asking("mailbox")),),
    "mandate.mandate_missing": _REGISTER_MANDATE,
    "mandate.mandate_ended": _REGISTER_MANDATE,
    "mandate.mandate_not_accepted": ((_("Pedir su autorización"), _asking("mandate")),),
    "mandate": ((_("Ver los mandatos"), _of_company("company", "#mandates")),),
    "second_way": ((_("Registrar la e.firma"), _upload), (_("Pedirla al cliente"), _asking("certificate,key"))),
    "assignee": ((_("Ver quién atiende a la empresa"), _of_company("company", "#people")),),
    "contact": ((_("Registrar un contacto"), _of_company("company_edit")),),
}


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
    told["person"] = str(renewal.assignee or NOBODY["responsible"])
    lacks = state in {"failed", "warn"}
    return Point(
        key=key,
        title=str(PREFLIGHT[key]),
        state=state,
        finding=say_finding(key, code, told) or say(code, told),
        mender=str(MENDERS.get(who, "")),
        who=names.get(who, "") if lacks else "",
        remedies=_remedies(renewal, key, code) if lacks else (),
    )


def _remedies(renewal: Renewal, key: str, code: str) -> tuple[Remedy, ...]:
    """Where this point is mended: the likeliest way first."""
    found = _REMEDIES.get(f"{key}.{code}") or _REMEDIES.get(key, ())
    return tuple(Remedy(str(label), where(renewal)) for label, where in found)


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
