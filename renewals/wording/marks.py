"""What does a person read about the days on which they are reminded, and about the deadline these count to?"""

from collections.abc import Mapping
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from renewals.wording.notices import say_day

Words = str | Promise

#: Code → sentence, as ``wording.errors`` has them.
MARKS: dict[str, Words] = {
    "marks_missing": _("Escribe al menos un día: sin ninguno nadie se entera a tiempo."),
    "mark_out_of_range": _("%(mark)s no se puede: cada aviso va de %(lowest)s a %(highest)s días antes."),
    "mark_twice": _("El %(mark)s está dos veces."),
    "too_many_marks": _("Son demasiados avisos: a lo más %(most)s."),
}

#: Where the days come from.
WHOSE: Mapping[str, Words] = {
    "program": _("Los de costumbre"),
    "firm": _("Los del despacho"),
    "company": _("Propios de esta empresa"),
}

#: Reason of a deadline → why it is on its day; the values of ``expiry.deadlines.Reason``.
DEADLINES: Mapping[str, Words] = {
    "expiry": _("Es su último día de vigencia."),
    "online_until": _("En línea solo se renueva hasta 24 horas antes de vencer."),
    "stamping": _("Un CSD nuevo tarda hasta 72 horas en poder timbrar."),
    "efirma_first": _("Ese día vence la e.firma de la empresa, y sin ella no se obtiene otro CSD."),
    "needs_efirma": _(
        "Un CSD nuevo tarda hasta 72 horas en poder timbrar. Para pedirlo hace falta una e.firma vigente de la "
        "empresa, y aquí no hay ninguna."
    ),
}

#: What is still possible once the deadline has passed; the values of ``expiry.deadlines.LateWay``.
LATE_WAYS: Mapping[str, Words] = {
    "on_line": _("El portal todavía la renueva en línea, con la llave y la contraseña vencidas."),
    "new_request": _("Pide otro cuanto antes: mientras no llegue a la lista del SAT no se puede facturar con él."),
    "after_expiry": _(
        "La renovación en línea ya cerró. Cuando venza se podrá renovar sin cita hasta el %(until)s: las personas con "
        "SAT ID, las empresas con la e.firma vigente del mismo representante."
    ),
    "sat_id": _("Todavía se renueva sin cita hasta el %(until)s, con SAT ID y los archivos vencidos."),
    "representative": _(
        "Todavía se renueva sin cita hasta el %(until)s, con la e.firma vigente del mismo representante, que está aquí."
    ),
    "needs_representative": _(
        "Todavía se renueva sin cita hasta el %(until)s, con la e.firma personal vigente del mismo representante: no "
        "está entre las que puedes ver."
    ),
    "appointment": _("Pasó más de un año: solo queda una cita en el SAT."),
}

#: Why one certificate needs another; the values of ``expiry.dependents.Need``.
NEEDS: Mapping[str, Words] = {
    "csd": _("sin esta e.firma no se le da otro CSD"),
    "second_way_in": _("con esta e.firma también se entra a IDSE, si el certificado del IMSS falla"),
    "late_company": _("si se le vence, su empresa la renueva tarde con esta e.firma de su representante"),
}


def say_deadline_reason(reason: str) -> str:
    """Why the deadline is on its day; empty for the last day itself."""
    return str(DEADLINES.get(reason, DEADLINES["expiry"]))


def say_late_way(way: str, *, until: date | None, today: date) -> str:
    """What is still possible; ``until`` is the last day of that, where it has one."""
    return str(LATE_WAYS[way]) % {"until": say_day(until, today=today) if until else ""}


def say_need(need: str) -> str:
    """Why a certificate needs this one."""
    return str(NEEDS[need])
