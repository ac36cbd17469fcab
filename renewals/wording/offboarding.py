"""What does the history say of what ended because a client left?"""

from django.utils.translation import gettext as _


def say_cancelled_with(reason: str) -> str:
    """Why a renewal ended whose company was given up; ``reason`` is why that happened."""
    return _("La empresa se dio de baja: %(reason)s") % {"reason": reason}
