"""What does a person read when a lead or a stand-in is refused?"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Code → sentence, as ``wording.errors`` has them.
ABSENCES: dict[str, str | Promise] = {
    "needs_no_lead": _("%(person)s no lleva líder: solo lo tienen los auxiliares."),
    "cannot_lead": _("%(person)s no puede ser líder: ya no trabaja aquí o su función es solo consultar."),
    "lead_in_circle": _(
        "%(person)s no puede ser líder de esta persona, porque a fin de cuentas esta persona es líder suya. "
        "Elige a otra."
    ),
    "cannot_stand_in": _(
        "%(person)s no puede suplir: es la misma persona, ya no trabaja aquí o su función es solo consultar."
    ),
    "absence_dates_wrong": _(
        "Revisa las fechas: deben ir en orden, entre el %(first_on)s y el %(last_on)s. Una ausencia dura un año "
        "a lo más."
    ),
    "absence_overlaps": _(
        "%(person)s ya suple a esta persona del %(first_on)s al %(last_on)s. Termina antes esa suplencia o elige "
        "otros días."
    ),
    "absence_over": _("Esta suplencia ya terminó, o alguien más la dio por terminada."),
}
