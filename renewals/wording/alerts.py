"""How is an alert told to a partner: what was noticed, and about whom?"""

from collections.abc import Mapping

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from renewals.errors import Fact

#: Kind of alert → sentence; the values of ``models.alert.AlertKind``.
ALERTS: dict[str, str | Promise] = {
    "night": _("De noche o en día inhábil se abrió una llave de %(company)s para %(person)s."),
    "burst": _("Se abrieron llaves de %(companies)s empresas en %(minutes)s minutos para %(person)s."),
    "first_time": _("Se abrió por primera vez una llave de %(company)s para %(person)s."),
    "limit": _("%(person)s llegó al límite de %(limit)s llaves en %(time)s. La bóveda ya no le abre más por ahora."),
    "signature": _("La bóveda firma un documento con una llave de %(company)s. Lo pidió %(person)s."),
    "destruction": _("La bóveda va a destruir algo el %(when)s."),
}
#: What is going to be destroyed → sentence; the values of ``models.key_work.KeyWorkKind``.
DESTRUCTIONS: dict[str, str | Promise] = {
    "erase": _(
        "El %(when)s la bóveda borra para siempre las llaves de %(company)s. "
        "Lo pidió %(person)s y lo aprobó %(other)s. "
        "Si no lo esperabas, detenlo antes en «Aprobaciones»."
    ),
    "retire": _(
        "El %(when)s la bóveda retira la llave maestra %(master_key)s. Lo pidió %(person)s y lo aprobó %(other)s. "
        "Si no lo esperabas, detenlo antes en «Aprobaciones»."
    ),
}
#: The limit was the firm's and not one person's.
FIRM_LIMIT = _(
    "El despacho llegó al límite de %(limit)s llaves en %(time)s; quien pidió la última fue %(person)s. "
    "La bóveda ya no abre más por ahora."
)
#: The limit was the one for documents that are signed.
SIGNATURE_LIMIT = _(
    "El despacho llegó al límite de %(limit)s documentos firmados en %(time)s; quien pidió el último fue %(person)s. "
    "La bóveda ya no firma más por ahora."
)
_ONE_HOUR, _HOURS = _("una hora"), _("%(n)s horas")


def say_alert(kind: str, facts: Mapping[str, Fact], *, person: str, company: str) -> str:
    """One alert in one sentence, without its moment."""
    minutes = facts.get("minutes")
    hours = minutes // 60 if isinstance(minutes, int) else 0
    time = str(_ONE_HOUR) if hours <= 1 else str(_HOURS) % {"n": hours}
    words = ALERTS[kind]
    if kind == "limit" and facts.get("of_firm"):
        words = SIGNATURE_LIMIT if facts.get("of_signatures") else FIRM_LIMIT
    words = DESTRUCTIONS.get(str(facts.get("what")), words) if kind == "destruction" else words
    when = parse_datetime(str(facts.get("due_at", "")))
    fills = {
        "person": person or "—",
        "company": company or "—",
        "time": time,
        "when": date_format(localtime(when), r"j \d\e F \a \l\a\s H:i") if when else "",
    }
    return str(words) % {**facts, **fills}
