"""What does a person read when a renewal cannot change hands, go back, or begin again?"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Code → sentence, as ``wording.errors`` has them.
HANDING_OVER: dict[str, str | Promise] = {
    "move_reason_missing": _("Escribe por qué, con %(shortest)s letras o más: queda en el expediente."),
    "cannot_take_renewal": _(
        "%(person)s no puede llevarla: ya no trabaja aquí, solo consulta o no atiende a esta empresa. "
        "Elige a otra persona o asígnale antes la empresa."
    ),
    "already_in_charge": _("%(person)s ya está a cargo de esta renovación."),
    "handed_over_meanwhile": _("Alguien más la pasó mientras tanto. Ahora está a cargo de: %(person)s."),
    "step_not_behind": _("Solo puedes regresar a un paso que ya pasó, o empezar de nuevo el actual."),
    "renewal_not_cancelled": _("Esta renovación no está cancelada: alguien ya la reabrió, o se terminó."),
}
