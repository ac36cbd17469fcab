"""How is the watch, in words, for whoever looks at it, and what is to be done where it stands still?"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise

#: Value of ``notices.life.Pulse`` → what is the matter, in one line.
PULSES: dict[str, Words] = {
    "well": _("La revisión diaria está al corriente."),
    "never": _("Todavía no ha corrido ninguna revisión."),
    "still": _("Nadie está vigilando los vencimientos."),
    "failing": _("La revisión no puede con todos los certificados o correos."),
}
#: Value of ``notices.life.Pulse`` → what follows from it, and what to do.
REMEDIES: dict[str, Words] = {
    "well": "",
    "never": _(
        "Si el sistema acaba de arrancar, espera unos minutos; si no, avisa a quien lo cuida: nadie está "
        "vigilando los vencimientos."
    ),
    "still": _(
        "Hace más de 26 horas que no termina una revisión: los avisos no salen. Avisa a quien cuida el sistema."
    ),
    "failing": _(
        "En las últimas 26 horas ninguna revisión terminó sin errores, y de lo que falla nadie recibe aviso. "
        "Mira qué es y avisa a quien cuida el sistema."
    ),
}
