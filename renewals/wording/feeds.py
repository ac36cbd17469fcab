"""What do calendar programs show of a deadline? Nothing counted from today: they keep it for hours, or days."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

#: Value of ``expiry.deadlines.Reason`` → why the deadline is on that day; empty where it is the last day of validity.
REASONS: dict[str, str | Promise] = {
    "expiry": "",
    "online_until": gettext_lazy("La renovación en línea cierra 24 horas antes de que venza."),
    "stamping": gettext_lazy("Un CSD nuevo tarda hasta 72 horas en poder timbrar."),
    "efirma_first": gettext_lazy("Ese día vence la e.firma de la empresa, y sin ella no se obtiene un CSD."),
    "needs_efirma": gettext_lazy("Primero hace falta la e.firma de la empresa: no hay una vigente."),
}


def say_calendar(*, company: str) -> str:
    """What the calendar is called; ``company`` is empty for all that a person answers for."""
    return _("Plazos de %(company)s (Vigencia)") % {"company": company} if company else _("Mis plazos (Vigencia)")


def say_entry(*, kind: str, scope: str, company: str) -> str:
    """The title of a deadline. The company first: programs cut titles off at their end."""
    what = f"{kind} {scope}" if scope else kind
    return _("%(company)s: último día para renovar %(what)s") % {"company": company, "what": what}


def say_details(*, ends: str, reasons: Iterable[str], action: str, who: str, url: str) -> str:
    """What is known of it, and what to do: a sentence a line."""
    said = [_("Último día de validez: %(day)s.") % {"day": ends}, *(one for one in reasons if one)]
    return "\n".join([*said, _("Qué hacer: %(action)s") % {"action": action}, who, url])
