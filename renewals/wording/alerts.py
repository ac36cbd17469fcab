"""How is an alert told to a partner: what was noticed, and about whom?"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from renewals.errors import Fact

#: Kind of alert → sentence; the values of ``models.alert.AlertKind``.
ALERTS: dict[str, str | Promise] = {
    "night": _("De noche o en día inhábil se abrió una llave de %(company)s para %(person)s."),
    "burst": _("Se abrieron llaves de %(companies)s empresas en %(minutes)s minutos para %(person)s."),
    "first_time": _("Se abrió por primera vez una llave de %(company)s para %(person)s."),
    "limit": _("%(person)s llegó al límite de %(limit)s llaves en %(time)s. La bóveda ya no le abre más por ahora."),
}
#: The limit was the firm's and not one person's.
FIRM_LIMIT = _(
    "El despacho llegó al límite de %(limit)s llaves en %(time)s; quien pidió la última fue %(person)s. "
    "La bóveda ya no abre más por ahora."
)
_ONE_HOUR, _HOURS = _("una hora"), _("%(n)s horas")


def say_alert(kind: str, facts: Mapping[str, Fact], *, person: str, company: str) -> str:
    """One alert in one sentence, without its moment."""
    minutes = facts.get("minutes")
    hours = minutes // 60 if isinstance(minutes, int) else 0
    time = str(_ONE_HOUR) if hours <= 1 else str(_HOURS) % {"n": hours}
    words = FIRM_LIMIT if kind == "limit" and facts.get("of_firm") else ALERTS[kind]
    return str(words) % {**facts, "person": person or "—", "company": company or "—", "time": time}
