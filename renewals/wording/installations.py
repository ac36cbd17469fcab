"""What does a person read about the places in which a certificate is installed?"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Code → sentence, as ``wording.errors`` has them.
INSTALLATIONS: dict[str, str | Promise] = {
    "place_unnamed": _("Escribe el nombre del programa o de la computadora."),
    "place_known": _("«%(place)s» ya está en la lista de este certificado."),
    "place_gone": _("Otra persona quitó ese lugar de la lista. Recarga la página."),
    "places_unanswered": _(
        "Antes de terminar, di qué pasó en cada lugar donde se usa el certificado. Falta: %(places)s."
    ),
}
