"""How does the program speak of parting with a client?"""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

#: What became of the client's files → words; part of the reason that goes on the record.
FILES: dict[str, str | Promise] = {
    "returned": gettext_lazy("Ya se le entregaron al cliente"),
    "has_them": gettext_lazy("El cliente ya tiene sus propias copias"),
    "not_wanted": gettext_lazy("El cliente no los quiere; solo se borran"),
}


def say_parting(reason: str, files: str) -> str:
    """Why a company is given up, with what became of the client's files."""
    return _("%(reason)s · Archivos: %(files)s") % {"reason": reason.strip(), "files": str(FILES[files]).lower()}


def say_cancelled_with(reason: str) -> str:
    """Why a renewal ended whose company was given up; ``reason`` is why that happened."""
    return _("La empresa se dio de baja: %(reason)s") % {"reason": reason}
