"""What does a leaver report say of each key, and what is to be done about it?"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Use of a key → colour and words; the values of ``desk.leaver.Use``.
USES: dict[str, tuple[str, str | Promise]] = {
    "taken": ("red", _("La descargó o vio su contraseña")),
    "opened": ("amber", _("Se le preparó y no la descargó")),
    "signed": ("grey", _("Pidió firmas; la llave no salió")),
    "could": ("grey", _("Pudo pedirla y no la pidió")),
}


def say_use(use: str) -> str:
    """What became of a key for the person."""
    return str(USES[use][1])
