"""How does one say how a renewal went, in figures?"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

#: For whom or what renewals waited, as a cause; the values of ``models.WaitKind``.
CAUSES: Mapping[str, str | Promise] = {
    "client": gettext_lazy("por el cliente"),
    "portal": gettext_lazy("por el portal"),
    "appointment": gettext_lazy("por una cita"),
    "other": gettext_lazy("por otra cosa"),
}


def say_days_before(days: int) -> str:
    """``days`` are whole days before a day; negative after it."""
    if days < 0:
        return ngettext("%(n)s día tarde", "%(n)s días tarde", -days) % {"n": -days}
    return _("el mismo día") if days == 0 else ngettext("%(n)s día antes", "%(n)s días antes", days) % {"n": days}


def say_business_days(days: int) -> str:
    """So many business days; none is less than one."""
    if days == 0:
        return _("menos de un día hábil")
    return ngettext("%(n)s día hábil", "%(n)s días hábiles", days) % {"n": days}


def say_blocked(kind: str, days: int) -> str:
    """How long something waited for somebody or something."""
    return f"{say_business_days(days)} {CAUSES.get(kind, kind)}"
