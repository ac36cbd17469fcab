"""How does the history call whoever acted and whatever it tells of?"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Part of the program → words; a person goes by their own name.
MACHINES: dict[str, str | Promise] = {
    "bulk": _("El sistema (trabajos en lote)"),
    "checker": _("El sistema (comprobación de pasos)"),
    "clock": _("El sistema (esperas cumplidas)"),
    "custody": _("El sistema (entregas)"),
    "layout": _("El sistema (preparación de pasos)"),
    "mail": _("El sistema (correos)"),
    "preflight": _("El sistema (revisión previa)"),
    "shell": _("Un comando en el servidor"),
    "sweep": _("El sistema (revisión diaria)"),
    "vault": _("El sistema (resguardo)"),
}
#: Table → what its rows are.
SUBJECTS: dict[str, str | Promise] = {
    "bulkjob": _("Trabajo en lote"),
    "certificate": _("Certificado"),
    "checkout": _("Entrega"),
    "company": _("Empresa"),
    "companykey": _("Llave de datos"),
    "delivery": _("Correo"),
    "intakekey": _("Llave de recepción"),
    "notice": _("Aviso"),
    "person": _("Persona"),
    "renewal": _("Renovación"),
    "renewalstep": _("Paso"),
    "storedkey": _("Llave"),
    "storedsecret": _("Secreto sellado"),
    "sweeprun": _("Revisión diaria"),
}


def say_actor(actor: str) -> str:
    """The part of the program that acted, in words; the bare name of anybody else."""
    return str(MACHINES.get(actor.removeprefix("machine:"), actor))


def say_subject(subject_type: str) -> str:
    """What kind of row an event tells of."""
    return str(SUBJECTS.get(subject_type, subject_type))
