"""What does a reminder say: until when, what happens if nobody acts, and what to do next?"""

from collections.abc import Mapping
from datetime import date

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

Words = str | Promise

#: Section of the message → its title; the values of ``expiry.windows.Light``.
SECTIONS: dict[str, Words] = {
    "expired": gettext_lazy("Ya vencieron"),
    "red": gettext_lazy("Vencen en 7 días o menos"),
    "amber": gettext_lazy("Ya conviene renovar"),
    "green": gettext_lazy("Vencen más adelante"),
}

#: Kind → what happens if nobody acts, while the certificate is valid.
IF_IGNORED: dict[str, Words] = {
    "npie": gettext_lazy(
        "Sin él no se entra a IDSE: las altas, bajas y cambios de salario deben avisarse en 5 días hábiles y hay "
        "multa por hacerlo tarde."
    ),
    "efirma": gettext_lazy(
        "En línea solo se renueva hasta 24 horas antes de vencer; después puede hacer falta una cita en el SAT, que "
        "a veces tarda meses. Sin e.firma vigente tampoco se obtiene un CSD."
    ),
    "csd": gettext_lazy(
        "Sin CSD vigente la empresa no puede facturar. El nuevo exige e.firma vigente y tarda de 24 a 72 horas en "
        "poder timbrar."
    ),
    "unknown": gettext_lazy("No sabemos para qué trámite sirve: identifícalo antes de que venza."),
}

#: Kind → what happens now that it has expired. ``%(deadline)s`` is when a movement of today must be reported.
SINCE_EXPIRED: dict[str, Words] = {
    "npie": gettext_lazy(
        "IDSE ya no deja entrar con él. Un movimiento de hoy debe avisarse a más tardar el %(deadline)s."
    ),
    "efirma": gettext_lazy(
        "Durante un año todavía se puede renovar sin cita: las personas con SAT ID y las empresas con la e.firma "
        "vigente del mismo representante. Después, solo con cita."
    ),
    "csd": gettext_lazy("La empresa ya no puede facturar con él. El nuevo tarda de 24 a 72 horas en poder timbrar."),
    "unknown": gettext_lazy("Ya no sirve para firmar trámites nuevos: averigua cuál detiene."),
}

#: What to do next, by how far the work has come.
ACTIONS: dict[str, Words] = {
    "ask_for_key": gettext_lazy("Pide al cliente la llave y su contraseña: sin ellas no se puede renovar."),
    "get_ready": gettext_lazy("Avisa al cliente. La renovación se abrirá sola %(days)s días antes de que venza."),
    "begin": gettext_lazy("Empieza la renovación."),
    "begin_expired": gettext_lazy(
        "Empieza la renovación. No borres la llave ni la contraseña anteriores: hacen falta para renovar."
    ),
    "open": gettext_lazy("La renovación ya está pedida: ábrela y sigue los pasos."),
    "go_on": gettext_lazy("Continúa la renovación en el paso «%(step)s»."),
}

#: Why a line reached a partner instead of the person who answers for the company; the values of ``Detour``.
DETOURS: dict[str, Words] = {
    "unassigned": gettext_lazy("Te llega porque la empresa no tiene responsable."),
    "inactive": gettext_lazy("Te llega porque %(person)s, responsable, ya no está en el despacho."),
    "no_address": gettext_lazy("Te llega porque %(person)s, responsable, no tiene correo registrado."),
    "undelivered": gettext_lazy("Te llega porque el correo de %(person)s, responsable, no recibió el aviso."),
    "away": gettext_lazy("Te llega porque suples a %(person)s."),
    "uncovered": gettext_lazy("Te llega porque %(person)s, responsable, no está y su suplente no puede recibirlo."),
    "escalated": gettext_lazy("Te llega porque %(person)s, responsable, es de tu equipo."),
    "no_lead": gettext_lazy("Te llega porque %(person)s, responsable, no tiene líder que pueda recibirlo."),
    "late": gettext_lazy("Te llega porque %(person)s, responsable, aún no lo resuelve."),
    "client": gettext_lazy("El cliente no tiene un correo que funcione: avísale de otra manera."),
}

#: Why a message did not leave; the values of ``Delivery.failure_code``.
FAILURES: dict[str, Words] = {
    "recipient_left": gettext_lazy("La persona ya no tiene acceso; se avisa a otra"),
    "recipient_refused": gettext_lazy("El servidor no acepta esa dirección de correo"),
    "message_refused": gettext_lazy("El servidor no acepta el mensaje"),
    "server_unreachable": gettext_lazy("No se pudo llegar al servidor de correo"),
    "server_refused": gettext_lazy("El servidor de correo no quiso trabajar; se reintenta"),
    "unexpected_error": gettext_lazy("Falló de una manera que no esperábamos; se reintenta"),
}


def say_day(day: date, *, today: date) -> str:
    """A day in words, with its year only where it is another one: «martes 3 de marzo»."""
    # Django's Mexican names of days and months begin with a capital, which Spanish does not.
    words = formats.date_format(day, r"l j \d\e F").lower()
    return words if day.year == today.year else _("%(day)s de %(year)s") % {"day": words, "year": day.year}


def say_expiry(expires_on: date, *, today: date) -> str:
    """When a certificate ends, in words: «vence el martes 3 de marzo, en 7 días»."""
    days = (expires_on - today).days
    near = {
        -1: _("venció ayer, %(day)s"),
        0: _("vence hoy, %(day)s"),
        1: _("vence mañana, %(day)s"),
    }
    words = near.get(days)
    if words is None and days > 0:
        words = ngettext("vence el %(day)s, en %(n)s día", "vence el %(day)s, en %(n)s días", days)
    if words is None:
        words = ngettext("venció el %(day)s, hace %(n)s día", "venció el %(day)s, hace %(n)s días", -days)
    return words % {"day": say_day(expires_on, today=today), "n": abs(days)}


def say_consequence(kind: str, *, is_expired: bool, deadline: date, today: date) -> str:
    """What happens if nobody acts; ``deadline`` is when a worker's movement of today must be reported at IMSS."""
    table = SINCE_EXPIRED if is_expired else IF_IGNORED
    return str(table.get(kind, table["unknown"])) % {"deadline": say_day(deadline, today=today)}


def say_action(action: str, **facts: str | int) -> str:
    """The next thing to do."""
    return str(ACTIONS[action]) % facts


def say_detour(detour: str, *, person: str) -> str:
    """Why somebody reads what was meant for another; empty where it was not."""
    return str(DETOURS[detour]) % {"person": person} if detour else ""


def say_summary(numbers: Mapping[str, int]) -> str:
    """How many of each section, for the subject: «2 vencidos, 3 en 7 días o menos, 1 más adelante»."""
    later = numbers.get("amber", 0) + numbers.get("green", 0)
    expired, soon = numbers.get("expired", 0), numbers.get("red", 0)
    parts = [
        ngettext("%(n)s vencido", "%(n)s vencidos", expired) % {"n": expired} if expired else "",
        _("%(n)s en 7 días o menos") % {"n": soon} if soon else "",
        _("%(n)s más adelante") % {"n": later} if later else "",
    ]
    return ", ".join(part for part in parts if part)


def say_failure(code: str) -> str:
    """Why a message did not leave."""
    return str(FAILURES.get(code, FAILURES["unexpected_error"]))
