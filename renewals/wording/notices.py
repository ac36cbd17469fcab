"""What does a reminder say: until when, what happens if nobody acts, and what to do next?"""

from collections.abc import Mapping
from datetime import date, datetime

from django.utils import formats
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from renewals.wording.days import say_date

Words = str | Promise

#: Section of the day's message → its title.
SECTIONS: dict[str, Words] = {
    "new": gettext_lazy("Nuevo hoy"),
    "urgent": gettext_lazy("Sigue urgente"),
}

#: Why the deadline is before the last day of validity → words until that day, and after it; the codes of
#: ``expiry.deadlines.Reason``. ``%(expiry)s`` says when the certificate ends, ``%(day)s`` is the deadline.
DEADLINES: dict[str, tuple[Words, Words]] = {
    "expiry": ("", ""),
    "online_until": (
        gettext_lazy("%(expiry)s, pero el SAT la renueva en línea solo hasta 24 horas antes."),
        gettext_lazy("La renovación ordinaria en línea cerró el %(day)s, 24 horas antes de vencer."),
    ),
    "stamping": (
        gettext_lazy("%(expiry)s, pero el nuevo puede tardar 72 horas en timbrar."),
        gettext_lazy("El plazo era el %(day)s, porque el nuevo puede tardar 72 horas en timbrar."),
    ),
    "efirma_first": (
        gettext_lazy("%(expiry)s, pero la e.firma de la empresa vence el %(day)s, y sin ella no se obtiene un CSD."),
        gettext_lazy("El plazo era el %(day)s, cuando venció la e.firma de la empresa: sin ella no se obtiene un CSD."),
    ),
    "needs_efirma": (
        gettext_lazy(
            "%(expiry)s, pero el nuevo puede tardar 72 horas en timbrar, y se pide con e.firma vigente: aquí no está "
            "la de la empresa."
        ),
        gettext_lazy("El plazo era el %(day)s. El nuevo se pide con e.firma vigente, y aquí no está la de la empresa."),
    ),
}

#: Kind → what happens if nobody acts, while the certificate is valid.
IF_IGNORED: dict[str, Words] = {
    "npie": gettext_lazy(
        "Sin él no se entra a IDSE: las altas, bajas y cambios de salario deben avisarse en 5 días hábiles y hay "
        "multa por hacerlo tarde."
    ),
    "efirma": gettext_lazy(
        "Sin ella no se firman trámites del SAT ni se obtiene un CSD, y la cita para recuperarla puede tardar meses."
    ),
    "csd": gettext_lazy("Sin CSD vigente la empresa no puede facturar."),
    "unknown": gettext_lazy("No sabemos para qué trámite sirve: identifícalo antes de que venza."),
}

#: Kind → what happens now that it has expired. ``%(deadline)s`` is when a movement of today must be reported.
SINCE_EXPIRED: dict[str, Words] = {
    "npie": gettext_lazy(
        "IDSE ya no deja entrar con él. Un movimiento de hoy debe avisarse a más tardar el %(deadline)s."
    ),
    "efirma": gettext_lazy("Ya no se firman trámites del SAT con ella ni se obtiene un CSD."),
    "csd": gettext_lazy("La empresa ya no puede facturar con él."),
    "unknown": gettext_lazy("Ya no sirve para firmar trámites nuevos: averigua cuál detiene."),
}
#: The company's e.firma is kept here and valid: IDSE takes it as well.
SECOND_WAY_IN = gettext_lazy("Mientras tanto, IDSE también deja entrar con la e.firma de la empresa.")

#: What is still possible once the deadline has passed; the values of ``expiry.deadlines.LateWay``.
LATE_WAYS: dict[str, Words] = {
    "on_line": "",
    "new_request": gettext_lazy("El nuevo puede tardar 72 horas en timbrar: pídelo ya."),
    "after_expiry": gettext_lazy(
        "En cuanto venza, y hasta el %(until)s, todavía se puede renovar sin cita: las personas con SAT ID, las "
        "empresas con la e.firma propia y vigente del mismo representante."
    ),
    "sat_id": gettext_lazy("Hasta el %(until)s todavía se puede renovar sin cita, con SAT ID. Después, solo con cita."),
    "representative": gettext_lazy(
        "Hasta el %(until)s todavía se puede renovar sin cita, con la e.firma propia y vigente del mismo "
        "representante. Después, solo con cita."
    ),
    "needs_representative": gettext_lazy(
        "Hasta el %(until)s todavía se puede renovar sin cita, pero antes el mismo representante necesita su propia "
        "e.firma vigente. Después, solo con cita."
    ),
    "appointment": gettext_lazy("Pasó más de un año: ya solo se tramita con cita en el SAT."),
}

#: What to do next, by how far the work has come, and what stands on the button.
ACTIONS: dict[str, Words] = {
    "ask_for_key": gettext_lazy("Pide al cliente la llave y su contraseña: sin ellas no se puede renovar."),
    "get_ready": gettext_lazy("Avisa al cliente. La renovación se abrirá sola %(days)s días antes del plazo."),
    "begin": gettext_lazy("Empieza la renovación."),
    "begin_expired": gettext_lazy(
        "Empieza la renovación. No borres la llave ni la contraseña anteriores: hacen falta para renovar."
    ),
    "before_efirma_ends": gettext_lazy("Renueva primero la e.firma, o pide el CSD nuevo antes de que ella venza."),
    "efirma_before": gettext_lazy("Primero renueva u obtén la e.firma de la empresa; con ella se pide el CSD nuevo."),
    "open": gettext_lazy("La renovación ya está pedida: ábrela y sigue los pasos."),
    "go_on": gettext_lazy("Continúa la renovación en el paso «%(step)s»."),
    "correct": gettext_lazy("El paso «%(step)s» no pasó la revisión: ábrelo, lee por qué y corrígelo."),
    "wait": gettext_lazy("La renovación espera en el paso «%(step)s». %(reason)s"),
    "see_certificate": gettext_lazy("Abrir el certificado"),
    "see_renewal": gettext_lazy("Abrir la renovación"),
    "see_step": gettext_lazy("Abrir el paso"),
}

#: Why a renewal cannot go on → who has to do something: the codes a step waits for, and two of ``notices.lines``.
BLOCKED: dict[str, Words] = {
    "failed": gettext_lazy("El paso «%(step)s» no pasó la revisión: le toca a %(person)s."),
    "no_key": gettext_lazy("Falta la llave con su contraseña: le toca al cliente."),
    "second_person": gettext_lazy("Una segunda persona del despacho tiene que confirmar «%(step)s»."),
    "timer": gettext_lazy("Sigue sola en unos minutos."),
    "mail_stopped": gettext_lazy("El portal del IMSS se quedó esperando un correo: le toca a %(person)s."),
    "portal_revoked": gettext_lazy("El IMSS lo dio por revocado: el cliente necesita cita en la subdelegación."),
    "portal_no_link": gettext_lazy("El portal todavía no ofrece renovar: %(person)s lo intenta otro día."),
    "client": gettext_lazy("Espera al cliente: %(person)s le da seguimiento."),
    "portal": gettext_lazy("Espera al portal: %(person)s le da seguimiento."),
    "appointment": gettext_lazy("Espera una cita: %(person)s le da seguimiento."),
    "other": gettext_lazy("Está en espera: %(person)s le da seguimiento."),
}
#: The same in the figures of the firm.
BLOCKED_FIGURES: dict[str, Words] = {
    "failed": gettext_lazy("Detenidas porque un paso no pasó la revisión"),
    "no_key": gettext_lazy("Detenidas porque falta la llave del cliente"),
    "second_person": gettext_lazy("Detenidas porque falta la segunda persona"),
    "timer": gettext_lazy("Esperan unos minutos"),
    "mail_stopped": gettext_lazy("Detenidas porque el portal espera un correo"),
    "portal_revoked": gettext_lazy("Detenidas hasta la cita del cliente en el IMSS"),
    "portal_no_link": gettext_lazy("Detenidas porque el portal todavía no ofrece renovar"),
    "client": gettext_lazy("Esperan al cliente"),
    "portal": gettext_lazy("Esperan al portal"),
    "appointment": gettext_lazy("Esperan una cita"),
    "other": gettext_lazy("Esperan otra cosa"),
}
OTHER_BLOCKED = gettext_lazy("Espera en «%(step)s»: le toca a %(person)s.")
#: What is said of those where there is nobody to name.
BLOCKED_ALONE: dict[str, Words] = {
    "failed": gettext_lazy("El paso «%(step)s» no pasó la revisión."),
    "mail_stopped": gettext_lazy("El portal del IMSS se quedó esperando un correo."),
    "portal_no_link": gettext_lazy("El portal todavía no ofrece renovar."),
    "client": gettext_lazy("Espera al cliente."),
    "portal": gettext_lazy("Espera al portal."),
    "appointment": gettext_lazy("Espera una cita."),
    "other": gettext_lazy("Está en espera."),
}
OTHER_BLOCKED_ALONE = gettext_lazy("Espera en «%(step)s».")
OTHER_BLOCKED_FIGURE = gettext_lazy("Detenidas por otra razón")

#: The firm in figures, for its partners.
FIGURES: dict[str, Words] = {
    "expired": gettext_lazy("Certificados vencidos"),
    "due_in_7": gettext_lazy("Su plazo termina en 7 días o menos"),
    "due_in_30": gettext_lazy("Su plazo termina en 30 días o menos"),
    "in_renewal": gettext_lazy("Renovaciones en curso"),
    "unassigned": gettext_lazy("Empresas sin responsable"),
    "silenced": gettext_lazy("Certificados con avisos en pausa"),
    "undelivered": gettext_lazy("Correos que no llegaron"),
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


#: What a round could not do, by what it was about.
ROUND_FAILURES: dict[str, Words] = {
    "certificate": gettext_lazy("El certificado con número interno %(id)s no se pudo revisar (%(error)s)."),
    "person": gettext_lazy("El correo de la persona con número interno %(id)s no se pudo hacer (%(error)s)."),
    "contact": gettext_lazy("El correo del contacto con número interno %(id)s no se pudo hacer (%(error)s)."),
    "partners": gettext_lazy("Regresa el correo de todas las socias y socios (%(id)s)."),
    "unreachable": gettext_lazy("Avisos que nadie recibe, porque ningún correo de quienes tocan funciona: %(id)s."),
}
OTHER_ROUND_FAILURE = gettext_lazy("La revisión no terminó (%(error)s).")


def say_day(day: date, *, today: date) -> str:
    """A day in words, with its year only where it is another one: «martes 3 de marzo»."""
    # Django's Mexican names of days and months begin with a capital, which Spanish does not.
    words = formats.date_format(day, r"l j \d\e F").lower()
    return words if day.year == today.year else _("%(day)s de %(year)s") % {"day": words, "year": day.year}


def say_full_day(day: date) -> str:
    """A day with its year: «3 de marzo de 2026»."""
    return formats.date_format(day, r"j \d\e F \d\e Y").lower()


def say_when(day: date, *, today: date) -> str:
    """A day with its distance: «el martes 10 de marzo, en 7 días», «hoy, martes 3 de marzo»."""
    days = (day - today).days
    near = {-1: _("ayer, %(day)s"), 0: _("hoy, %(day)s"), 1: _("mañana, %(day)s")}
    words = near.get(days)
    if words is None and days > 0:
        words = ngettext("el %(day)s, en %(n)s día", "el %(day)s, en %(n)s días", days)
    if words is None:
        words = ngettext("el %(day)s, hace %(n)s día", "el %(day)s, hace %(n)s días", -days)
    return words % {"day": say_day(day, today=today), "n": abs(days)}


def say_expiry(expires_on: date, *, today: date) -> str:
    """When a certificate ends, in words: «vence el martes 10 de marzo, en 7 días»."""
    words = _("vence %(when)s") if expires_on >= today else _("venció %(when)s")
    return words % {"when": say_when(expires_on, today=today)}


def say_due(expires_on: date, deadline_on: date, *, today: date) -> str:
    """Until when somebody has to act: the real deadline while it lies ahead, and the end once it has passed."""
    if today <= deadline_on < expires_on:
        return _("debe renovarse a más tardar %(when)s") % {"when": say_when(deadline_on, today=today)}
    return say_expiry(expires_on, today=today)


def say_deadline(reason: str, *, expires_on: date, deadline_on: date, today: date) -> str:
    """Why the real deadline is on its day; empty where it is the last day of validity."""
    before, after = DEADLINES[reason]
    return str(before if today <= deadline_on else after) % {
        "expiry": capfirst(say_expiry(expires_on, today=today)),
        "day": say_day(deadline_on, today=today),
    }


def say_consequence(kind: str, *, is_expired: bool, has_efirma: bool, deadline: date, today: date) -> str:
    """What happens if nobody acts; ``deadline`` is when a worker's movement of today must be reported at IMSS."""
    table = SINCE_EXPIRED if is_expired else IF_IGNORED
    words = str(table.get(kind, table["unknown"])) % {"deadline": say_day(deadline, today=today)}
    return f"{words} {SECOND_WAY_IN}" if kind == "npie" and is_expired and has_efirma else words


def say_late_way(way: str, until: date | None, *, today: date) -> str:
    """What is still possible once the deadline has passed."""
    return str(LATE_WAYS[way]) % {"until": say_day(until, today=today) if until is not None else ""}


def say_action(action: str, **facts: str | int) -> str:
    """The next thing to do."""
    return str(ACTIONS[action]) % facts


def say_who(person: str) -> str:
    """Whose work it is."""
    return _("A cargo de %(person)s.") % {"person": person} if person else _("Nadie está a cargo.")


def say_blocked(cause: str, *, step: str, person: str) -> str:
    """What keeps a renewal from going on, and whose turn it is where ``person`` is in charge."""
    words = BLOCKED.get(cause, OTHER_BLOCKED)
    if not person:
        words = BLOCKED_ALONE.get(cause) or BLOCKED.get(cause, OTHER_BLOCKED_ALONE)
    return str(words) % {"step": step, "person": person}


def say_wait(cause: str, *, check_on: date | None, today: date) -> str:
    """What it waits for, as somebody wrote it, and when somebody asks again."""
    told = f"«{cause}»." if cause else ""
    if check_on is None:
        return told
    when = _("Toca revisarlo hoy.") if check_on <= today else _("Se revisa el %(day)s.") % {"day": say_date(check_on)}
    return f"{told} {when}".strip()


def say_since(day: date, *, today: date) -> str:
    """Since when it stands still."""
    return _("Desde %(when)s.") % {"when": say_when(day, today=today)}


def say_figure(code: str) -> str:
    """What a figure of the firm counts."""
    return str(FIGURES[code])


def say_blocked_figure(cause: str) -> str:
    """What a figure of renewals that cannot go on counts."""
    return str(BLOCKED_FIGURES.get(cause, OTHER_BLOCKED_FIGURE))


def say_headline(expired: int, due_in_7: int) -> str:
    """The firm in a few words, for a subject; empty where all is well."""
    parts = [
        ngettext("%(n)s vencido", "%(n)s vencidos", expired) % {"n": expired} if expired else "",
        _("%(n)s en 7 días o menos") % {"n": due_in_7} if due_in_7 else "",
    ]
    return ", ".join(part for part in parts if part)


def say_last_round(at: datetime | None, *, is_late: bool) -> str:
    """When the program last looked at every certificate."""
    if at is None:
        # Messages are made in a round, so this one is on its way.
        return _("Esta es la primera revisión.")
    when = formats.date_format(localtime(at), r"j \d\e F, H:i").lower()
    if is_late:
        return _("La última revisión completa fue el %(when)s: avisa a quien cuida el sistema.") % {"when": when}
    return _("Última revisión completa: %(when)s.") % {"when": when}


def is_of_the_whole_round(failure: Mapping[str, int | str]) -> bool:
    """Whether it names nothing that the round could not do: then the round did not come to its end."""
    return not ROUND_FAILURES.keys() & failure.keys()


def say_round_failure(failure: Mapping[str, int | str]) -> str:
    """One thing that a round could not do, with the number by which whoever looks after the system finds it."""
    error = failure.get("error", "")
    for key, words in ROUND_FAILURES.items():
        if key in failure:
            return str(words) % {"id": failure[key], "error": error}
    return str(OTHER_ROUND_FAILURE) % {"error": error}


def say_detour(detour: str, *, person: str) -> str:
    """Why somebody reads what was meant for another; empty where it was not."""
    return str(DETOURS[detour]) % {"person": person} if detour else ""


def say_tally(numbers: Mapping[str, int]) -> str:
    """How many under each light, for the subject: «2 vencidos, 3 en 7 días o menos, 1 más adelante»."""
    later = numbers.get("amber", 0) + numbers.get("green", 0)
    expired, soon = numbers.get("expired", 0), numbers.get("red", 0)
    parts = [
        ngettext("%(n)s vencido", "%(n)s vencidos", expired) % {"n": expired} if expired else "",
        _("%(n)s en 7 días o menos") % {"n": soon} if soon else "",
        _("%(n)s más adelante") % {"n": later} if later else "",
    ]
    return ", ".join(part for part in parts if part)
