"""What does a person read when a wait is refused, and how is a wait called?"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Code → sentence, as ``wording.errors`` has them.
WAITING: dict[str, str | Promise] = {
    "already_waiting": _("Esta renovación ya está en espera. Abre su página para ver qué espera y hasta cuándo."),
    "not_waiting": _("La espera ya había terminado: alguien más la quitó o el paso avanzó."),
    "step_being_checked": _(
        "El sistema está revisando este paso en este momento. Tarda unos segundos: vuelve a intentarlo."
    ),
    "nothing_to_wait_for": _(
        "Este paso no espera a nadie de fuera: lo hace el sistema o le toca a una persona del despacho."
    ),
    "wait_cause_missing": _("Escribe qué se espera, con %(shortest)s letras o más: lo leerá quien revise."),
    "check_day_wrong": _("El día para volver a revisar debe estar entre el %(first_on)s y el %(last_on)s."),
    "check_day_closed": _("Ese día el despacho no trabaja. El siguiente día hábil es el %(next_on)s."),
    "wait_ends_with_incident": _("Esta espera termina sola cuando el portal vuelva y alguien cierre el incidente."),
    "incident_already_open": _("Alguien ya reportó que este portal no funciona: mira el incidente abierto."),
    "incident_over": _("Alguien ya cerró este incidente: el portal volvió."),
    "incident_unexplained": _("Escribe qué se ve en el portal, con %(shortest)s letras o más."),
}
