"""How does the history call whoever acted and whatever it tells of?"""

from collections.abc import Mapping
from datetime import date

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from renewals.errors import Fact

#: Part of the program → words; a person goes by their own name.
MACHINES: dict[str, str | Promise] = {
    "backup": _("El sistema (respaldos)"),
    "bulk": _("El sistema (trabajos en lote)"),
    "checker": _("El sistema (comprobación de pasos)"),
    "client_link": _("El cliente, por su enlace"),
    "clock": _("El sistema (esperas cumplidas)"),
    "demo": _("El sistema (datos de práctica)"),
    "custody": _("El sistema (entregas)"),
    "import_files": _("Un comando (recepción de archivos)"),
    "layout": _("El sistema (preparación de pasos)"),
    "mail": _("El sistema (correos)"),
    "portals": _("El sistema (incidentes de portal)"),
    "preflight": _("El sistema (revisión previa)"),
    "shell": _("Un comando en el servidor"),
    "sweep": _("El sistema (revisión diaria)"),
    "vault": _("El sistema (resguardo)"),
}
#: Table → what its rows are.
SUBJECTS: dict[str, str | Promise] = {
    "alert": _("Alerta"),
    "approval": _("Aprobación"),
    "archive": _("Respaldo"),
    "auditkey": _("Llave de auditoría"),
    "bulkjob": _("Trabajo en lote"),
    "calendarday": _("Día del calendario"),
    "certificate": _("Certificado"),
    "checkout": _("Entrega"),
    "clientrequest": _("Petición a un cliente"),
    "company": _("Empresa"),
    "companykey": _("Llave de datos"),
    "delivery": _("Correo"),
    "dossier": _("Expediente"),
    "destruction": _("Constancia de destrucción"),
    "feed": _("Enlace de calendario"),
    "incident": _("Incidente de portal"),
    "installation": _("Lugar donde se usa un certificado"),
    "intakekey": _("Llave de recepción"),
    "keywork": _("Trabajo de llaves"),
    "mandate": _("Mandato"),
    "masterkey": _("Llave maestra"),
    "notice": _("Aviso"),
    "remindermarks": _("Días de aviso"),
    "person": _("Persona"),
    "renewal": _("Renovación"),
    "renewalstep": _("Paso"),
    "signing": _("Firma de documento"),
    "steptext": _("Texto de la guía"),
    "storedkey": _("Llave"),
    "storedsecret": _("Secreto sellado"),
    "sweeprun": _("Revisión diaria"),
}


#: Who holds a master key.
HOLDERS: dict[str, str | Promise] = {
    "local": _("archivo de esta máquina"),
    "pkcs11": _("HSM"),
}


#: Facts of an event that tell a person something, in the order they are read.
FACTS: dict[str, str | Promise] = {
    "serial": _("serie %s"),
    "successor": _("nueva serie %s"),
    "person": _("a %s"),
    "mailed_to": _("al correo %s"),
    "place": _("«%s»"),
    "number": _("%s"),
    "day": _("el %s"),
    "source": _("según «%s»"),
    "until_on": _("hasta el %s"),
    "reason": _("«%s»"),
    "cause": _("«%s»"),
    "note": _("recado: «%s»"),
    "check_on": _("se revisa el %s"),
    "address": _("desde %s"),
    "mandate": _("mandato %s"),
    "marks": _("a %s días del plazo"),
    "marks_before": _("antes: %s"),
    "renewal_mailbox": _("correo nuevo: %s"),
    "renewal_mailbox_before": _("correo anterior: %s"),
}

#: Those of them that are days in ISO form.
DAYS = frozenset({"day", "until_on", "check_on"})

#: Why a part of the program opened a key; a person's reason is shown as they wrote it.
REASONS: dict[str, str | Promise] = {
    "custody": _("para comprobarla y resguardarla"),
    "drill": _("para un simulacro de restauración"),
    "candidates": _("para probar las contraseñas que se guardaron"),
    "rekey": _("para cifrarla con la llave de datos nueva de la empresa"),
    "rekey_proof": _("para comprobar que abre con la llave de datos nueva"),
    "preflight": _("para la revisión previa de una renovación"),
    "issued_pfx": _("para leer el certificado nuevo"),
    "new_pair": _("para comprobar el certificado nuevo"),
}


#: Kind of work in ``desk.pending`` → words.
JOBS: dict[str, str | Promise] = {
    "failures": _("Avisar de lo que una revisión no pudo hacer"),
    "heartbeat": _("Señal a quien vigila al sistema"),
    "alert_mail": _("Mandar una alerta desde la bóveda"),
    "alerts": _("Avisar de una alerta"),
    "approvals": _("Cerrar una aprobación vencida"),
    "bulk": _("Trabajo en lote"),
    "check_step": _("Comprobar un paso"),
    "take_custody": _("Resguardar una llave"),
    "candidates": _("Probar las contraseñas que se guardaron para una llave"),
    "look_again": _("Repetir una revisión previa"),
    "lapse": _("Retirar una entrega vencida"),
    "lay_out": _("Preparar los pasos de una renovación"),
    "key_works": _("Trabajo de llaves"),
    "client_requests": _("Escribir a un cliente por algo que se le pidió"),
    "client_requests_lapsed": _("Cerrar una petición que venció"),
    "bounces": _("Avisar a otra persona de un correo devuelto"),
    "mail": _("Mandar un correo"),
    "dossiers": _("Hacer el expediente de una renovación"),
    "preflight": _("Revisión previa de una renovación"),
    "prepare_checkout": _("Preparar una entrega"),
    "seal_history": _("Encadenar y firmar el historial"),
    "sign": _("Firmar un documento"),
    "sign_in_leftovers": _("Borrar sesiones terminadas"),
    "timers": _("Seguir tras una espera"),
    "wake_for_portal": _("Seguir porque el portal volvió"),
    "hold_for_portal": _("Esperar a que vuelva un portal"),
}


def say_job(job: str) -> str:
    """What kind of work it is."""
    return str(JOBS.get(job, job))


def say_facts(facts: Mapping[str, Fact]) -> str:
    """What is worth reading of an event's facts, in one line."""
    told = {**facts, "reason": ""} if facts.get("reason") in REASONS else facts
    said = [str(words) % _readable(name, told[name]) for name, words in FACTS.items() if told.get(name)]
    return ", ".join([str(REASONS[str(facts["reason"])]), *said] if told is not facts else said)


def _readable(name: str, fact: Fact) -> Fact:
    """A day in words; whatever else somebody wrote there as it is, so that one odd event hides no other."""
    if name not in DAYS:
        return fact
    try:
        return date_format(date.fromisoformat(str(fact)), r"j \d\e F \d\e Y")
    except ValueError:
        return fact


def say_actor(actor: str) -> str:
    """The part of the program that acted, in words; the bare name of anybody else."""
    return str(MACHINES.get(actor.removeprefix("machine:"), actor))


def say_subject(subject_type: str) -> str:
    """What kind of row an event tells of."""
    return str(SUBJECTS.get(subject_type, subject_type))
