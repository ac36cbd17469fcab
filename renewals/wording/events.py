"""How does the history call each event?"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Event name → words. A test holds that every event the code records is here.
EVENTS: dict[str, str | Promise] = {
    "certificate.made_primary": _("El certificado quedó como principal"),
    "certificate.stepped_back": _("Otro certificado quedó como principal en su lugar"),
    "certificate.replaced": _("Sustituyó el certificado por uno más nuevo"),
    "certificate.taken_in": _("Recibió el certificado"),
    "company.changed": _("Cambió los datos de la empresa"),
    "company.created": _("Dio de alta la empresa"),
    "company.person_assigned": _("Asignó la empresa a una persona"),
    "company.person_unassigned": _("Quitó la empresa a una persona"),
    "company.registro_patronal_added": _("Agregó un registro patronal"),
    "person.first_partner_let_in": _("Se dio acceso a la primera persona"),
    "person.signed_in": _("Entró al sistema"),
    "person.confirmed_identity": _("Confirmó su identidad con su contraseña"),
    "person.changed_own_password": _("Cambió su propia contraseña"),
    "person.password_reset": _("Dio una contraseña nueva a una persona"),
    "person.let_in": _("Dio acceso a una persona"),
    "person.role_changed": _("Cambió la función de una persona"),
    "person.access_taken": _("Quitó el acceso a una persona"),
    "person.access_given_back": _("Devolvió el acceso a una persona"),
    "vault.initialised": _("Se creó la llave de recepción de la bóveda"),
    "company_key.created": _("Se creó la llave de datos de la empresa"),
    "secret.received": _("Se recibió un archivo sellado"),
    "secret.discarded": _("Se desechó un archivo sellado"),
    "key.received": _("Se recibió una llave"),
    "key.expected": _("Se creó la contraseña de la llave nueva"),
    "key.taken_into_custody": _("La llave quedó en resguardo"),
    "key.refused": _("La llave no pasó la revisión"),
    "key.opened": _("Se abrió una llave"),
    "key.attached": _("La llave nueva quedó unida a su certificado"),
    "checkout.asked": _("Se pidieron archivos de llave"),
    "checkout.prepared": _("Se prepararon archivos de llave"),
    "checkout.failed": _("No se pudieron preparar archivos de llave"),
    "checkout.taken": _("Se descargaron archivos de llave"),
    "checkout.passphrase_shown": _("Se mostró una contraseña de llave"),
    "checkout.lapsed": _("Venció una entrega de archivos"),
    "renewal.queued": _("Se pidió la renovación"),
    "renewal.laid_out": _("Se prepararon los pasos de la renovación"),
    "renewal.preflight_asked": _("Se pidió repetir la revisión previa"),
    "renewal.preflight_checked": _("Terminó la revisión previa"),
    "renewal.step_handed_in": _("Se entregó un paso a revisión"),
    "renewal.step_completed": _("Se completó un paso"),
    "renewal.step_refused": _("Un paso no pasó la revisión"),
    "renewal.step_on_hold": _("Un paso quedó en espera"),
    "renewal.step_retried": _("Se pidió revisar de nuevo un paso"),
    "renewal.closed": _("Se terminó la renovación"),
    "renewal.cancelled": _("Se canceló la renovación"),
    "certificate.born": _("Se recibió el certificado nuevo de una renovación"),
    "certificate.activated": _("El certificado nuevo quedó como principal"),
    "certificate.retired": _("El certificado anterior quedó sustituido"),
    "certificate.mark_reached": _("El certificado llegó a una fecha de aviso"),
    "notice.moot": _("Un aviso ya no hizo falta"),
    "delivery.made": _("Se escribió el correo del día"),
    "delivery.sent": _("Se mandó un correo"),
    "delivery.failed": _("Un correo no se pudo entregar"),
    "bulk.asked": _("Se pidió un trabajo en lote"),
    "bulk.finished": _("Terminó un trabajo en lote"),
}


def say_event(name: str) -> str:
    """The Spanish name of an event; its bare name where nobody has worded it."""
    return str(EVENTS.get(name, name))
