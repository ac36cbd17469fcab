"""How does one say how long a certificate still lasts, and how far its deadline is?"""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def say_date(day: date) -> str:
    """A day with its year: «3 de marzo de 2026»."""
    return date_format(day, r"j \d\e F \d\e Y")


def say_days_left(days: int) -> str:
    """``days`` are whole local days until the last one: 0 on that day, negative afterwards."""
    if days < -1:
        return ngettext("Venció hace %(n)s día", "Venció hace %(n)s días", -days) % {"n": -days}
    named = {-1: _("Venció ayer"), 0: _("Vence hoy"), 1: _("Vence mañana")}
    return named.get(days) or ngettext("Vence en %(n)s día", "Vence en %(n)s días", days) % {"n": days}


def say_days_to_deadline(days: int) -> str:
    """``days`` are whole local days until the last one on which it can be renewed in the ordinary way."""
    if days < -1:
        return ngettext("Su plazo fue hace %(n)s día", "Su plazo fue hace %(n)s días", -days) % {"n": -days}
    named = {-1: _("Su plazo fue ayer"), 0: _("Su plazo es hoy"), 1: _("Su plazo es mañana")}
    return named.get(days) or ngettext("Su plazo es en %(n)s día", "Su plazo es en %(n)s días", days) % {"n": days}
