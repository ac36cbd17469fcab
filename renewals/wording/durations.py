"""How is a stretch of time said, short enough for a line: minutes, hours, or days?"""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def say_duration(stretch: timedelta) -> str:
    """How long it is, in the two largest units that matter; what is under a minute is said as such."""
    minutes = max(int(stretch.total_seconds()) // 60, 0)
    if minutes < 1:
        return _("menos de 1 min")
    if minutes < 60:
        return _("%(n)s min") % {"n": minutes}
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return _("%(h)s h %(n)s min") % {"h": hours, "n": rest} if rest else _("%(h)s h") % {"h": hours}
    days = hours // 24
    return ngettext("%(n)s día", "%(n)s días", days) % {"n": days}
