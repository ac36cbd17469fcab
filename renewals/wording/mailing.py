"""What does a person read when mail does not leave, does not arrive, or cannot be read?"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Code → sentence, as ``wording.errors`` has them.
MAILING: dict[str, str | Promise] = {
    "mail_server_unavailable": _("El servidor de correo no responde o tarda demasiado. Los correos esperan."),
    "own_address_missing": _("No tienes correo registrado. Pide a una socia o socio que lo registre."),
    "bounce_mailbox_unset": _("Falta decir en qué buzón se reciben los correos devueltos (BOUNCE_MAILBOX_URL)."),
    "bounce_mailbox_unusable": _("No se pudo leer el buzón de correos devueltos (%(why)s)."),
    "bounce_settled": _("Alguien más ya dijo que ese correo funciona."),
}

#: Why a message did not leave, or did not arrive; the values of ``Delivery.failure_code``.
FAILURES: dict[str, str | Promise] = {
    "recipient_left": _("La persona ya no tiene acceso, o ya no recibe avisos; se avisa a otra"),
    "recipient_refused": _("El servidor no acepta esa dirección de correo; se avisa a otra persona"),
    "message_refused": _("El servidor no acepta el mensaje; se avisa a otra persona"),
    "server_unreachable": _("No se pudo llegar al servidor de correo; se reintenta"),
    "server_refused": _("El servidor de correo no quiso trabajar; se reintenta"),
    "no_answer": _("El servidor no dijo si lo recibió; se manda otra vez como el mismo mensaje"),
    "unexpected_error": _("Falló de una manera que no esperábamos; se reintenta"),
    "came_back": _("Regresó sin llegar; se avisa a otra persona"),
    "outdated": _("Pasó su día antes de poder salir; se escribe otro"),
    "settled": _("Algo de lo que decía ya se resolvió; se escribe otro"),
    "request_over": _("La petición al cliente ya se cerró: su enlace no abriría nada"),
    "reader_changed": _("Ahora le toca a otra persona; se escribe otro"),
}


def say_failure(code: str) -> str:
    """Why a message did not leave, or did not arrive."""
    return str(FAILURES.get(code, FAILURES["unexpected_error"]))
