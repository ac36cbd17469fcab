"""What does a person read when the calendar, or a silence, is refused?"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Code → sentence, as ``wording.errors`` has them.
QUIET: dict[str, str | Promise] = {
    "calendar_day_unsourced": _("Escribe dónde se publicó, para que cualquiera pueda comprobarlo después."),
    "calendar_day_of_nowhere": _("El calendario del despacho vale en un solo lugar: deja el estado en blanco."),
    "calendar_day_unchanged": _("Ese día ya es así por ley: no hay nada que anotar."),
    "calendar_day_known": _("Ese día ya está en el calendario para las mismas oficinas. Quítalo antes de cambiarlo."),
    "calendar_day_gone": _("Alguien más ya quitó ese día del calendario."),
    "nothing_to_silence": _("Este certificado ya fue sustituido o dado de baja: nadie recibe avisos de él."),
    "silence_unexplained": _("Escribe por qué se detienen los avisos."),
    "silence_too_late": _("El plazo está demasiado cerca, o ya pasó: los avisos de este certificado no se detienen."),
    "silence_day_wrong": _("Elige un día entre el %(first_on)s y el %(last_on)s."),
    "already_silenced": _("Alguien más ya detuvo los avisos de este certificado. Revisa cómo quedó."),
    "silence_over": _("Alguien más ya reanudó los avisos de este certificado."),
}
