"""What do people read when a client is asked for something, and what does the client read who answers?

The firm's own people are spoken to as everywhere; somebody at a client is told what to do in words that suppose
nothing.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from renewals.errors import Refusal

#: Code → sentence, as ``wording.errors`` has them.
ASKING: dict[str, str | Promise] = {
    "nothing_asked": _("Marca al menos una cosa que pedir."),
    "mailbox_asked_alone": _(
        "El correo para renovaciones se comprueba aparte: el enlace llega a ese correo y no a un contacto. "
        "Haz una petición solo para eso."
    ),
    "reader_missing": _("Elige a un contacto de la empresa que tenga correo. Si falta, agrégalo en sus datos."),
    "reader_of_the_firm": _(
        "Ese correo es de una persona del despacho. El cliente contesta desde el suyo: corrige el contacto."
    ),
    "reader_written_by_oneself": _(
        "Tú anotaste el correo de este contacto, así que tú no puedes pedirle la autorización. Pídele a otra persona "
        "del despacho que la pida."
    ),
    "renewal_mailbox_missing": _("La empresa no tiene correo para renovaciones. Anótalo en sus datos y vuelve."),
    "letter_without_renewal": _("Una carta se pide desde una renovación en curso. Ábrela y pídela desde ahí."),
    "key_kept_already": _("La llave de este certificado ya está en resguardo; no hace falta pedirla."),
    "certificate_unsaid": _(
        "Falta decir de qué certificado. Pídela desde la página del certificado, o marca también «El certificado»."
    ),
    "passphrase_without_file": _(
        "No hay un archivo de llave guardado que esa contraseña pueda abrir. Pide también la llave: marca «La llave»."
    ),
    "nothing_to_accept": _(
        "La empresa no tiene un mandato que espere la autorización del cliente. Regístralo primero en su página."
    ),
    "asked_already": _(
        "Ya hay una petición abierta a este correo por lo mismo (número %(request)s). Ábrela; si el código se perdió, "
        "retírala y haz otra."
    ),
    "too_many_asked": _("La empresa ya tiene %(limit)s peticiones abiertas. Retira las que ya no hagan falta."),
    "asking_days_wrong": _("El enlace puede estar abierto de 1 a %(most)s días."),
    "request_over": _("Esta petición ya se contestó, se retiró o venció. Recarga la página para ver cómo quedó."),
    "link_over": _("Este enlace ya no sirve."),
    "code_wrong": _("El código no coincide. Quedan %(left)s intentos."),
    "link_locked": _("El código no coincidió varias veces y el enlace se cerró."),
    "too_many_sent": _("Van %(limit)s intentos con este archivo y ninguno sirvió."),
    "sent_of_another": _("El archivo no es de esta empresa."),
    "sent_newer": _("El archivo es más nuevo que el certificado que se está renovando."),
    "passphrase_empty": _("Falta la contraseña de la llave."),
    "name_missing": _("Falta el nombre de quien autoriza."),
    "tick_missing": _("Falta marcar que se autoriza."),
}

#: Code → sentence for somebody at a client; what is missing here is told in general words.
_TO_CLIENT: dict[str, str | Promise] = {
    "request_over": _("Esto ya se recibió, o el enlace ya se cerró. Si tiene dudas, llame a su despacho."),
    "link_over": _(
        "Puede ser que ya se haya contestado, que se haya cerrado o que hayan pasado sus días. "
        "Llame a su despacho y pida otro."
    ),
    "code_wrong": _(
        "El código no coincide. Revíselo con calma: quedan %(left)s intentos. Si no lo tiene, llame a su despacho."
    ),
    "link_locked": _("El código no coincidió varias veces y el enlace se cerró. Llame a su despacho y pida otro."),
    "too_many_sent": _("Van %(limit)s intentos y ninguno sirvió. Llame a su despacho para revisarlo juntos."),
    "sent_of_another": _(
        "El archivo no es de esta empresa. No se guardó nada. Revise en qué carpeta está el de la empresa correcta."
    ),
    "sent_newer": _(
        "Ese archivo es de un certificado más nuevo que el que pedimos. Llame a su despacho: quizá ya renovó."
    ),
    "passphrase_empty": _("Escriba la contraseña de la llave."),
    "name_missing": _("Escriba su nombre completo."),
    "tick_missing": _("Marque la casilla para autorizar. Si no está de acuerdo, cierre esta página."),
    "file_missing": _("Elija el archivo."),
    "nothing_given": _("Elija el archivo."),
    "empty_file": _("El archivo está vacío. Búsquelo otra vez en su computadora y elija el original."),
    "file_too_large": _("El archivo es demasiado grande para ser una llave o un certificado. Elija el correcto."),
    "unrecognised_file": _("El archivo no es una llave ni un certificado. Elija el que termina en .key, .cer o .pfx."),
    "unexpected_content": _("Ese es otro archivo. Revise que elige en cada lugar el que se pide."),
    "damaged_file": _("El archivo está dañado o incompleto. Busque el original y vuelva a elegirlo."),
    "pfx_brings_its_key": _("Un archivo .pfx ya trae su llave: mándelo solo, con su contraseña."),
    "wrong_passphrase": _(
        "La contraseña no abre la llave. Revise mayúsculas, minúsculas y la letra ñ. No es la contraseña para entrar "
        "al portal del SAT ni a IDSE: es la de la llave."
    ),
    "passphrase_missing": _("La llave tiene contraseña: escríbala."),
    "key_of_another_certificate": _(
        "La llave no es la pareja de este certificado. Busque el archivo .key que se creó junto con él."
    ),
    "key_already_kept": _("La llave de ese certificado ya la tenemos; no hace falta mandarla."),
    "certificate_already_here": _("Ese certificado ya lo tenemos; no hace falta mandarlo."),
    "too_many_candidates": _("Ya tenemos varias para probar. Llame a su despacho antes de mandar otra."),
    "nothing_to_try": _("Su despacho ya no tiene una llave que abrir con esa contraseña. Llame antes de mandarla."),
    "not_a_document": _("El archivo no es un PDF ni una foto. Escanee la carta o tómele una foto y mándela."),
    "evidence_too_large": _("El archivo pesa más de %(limit)s MB. Mándelo con menos calidad o en blanco y negro."),
    "key_is_no_evidence": _("Ese archivo es una llave. Aquí va solo la carta; no mande llaves en este lugar."),
}

#: What is asked for, as the client reads it: a title, and what it is and where to find it.
THINGS: Mapping[str, tuple[str | Promise, str | Promise]] = {
    "key": (
        _("La llave y su contraseña"),
        _("Un archivo que termina en .key (o .pfx), que se guardó en su computadora o USB cuando sacó el certificado."),
    ),
    # A key that has arrived and does not open yet: its passphrase is asked for apart.
    "locked": (_("La llave"), _("Ya la guardamos sellada; falta su contraseña.")),
    # A key with its certificate, where neither was known.
    "pair": (
        _("El certificado, su llave y la contraseña"),
        _("Dos archivos, uno que termina en .cer y otro en .key, o uno solo que termina en .pfx."),
    ),
    "passphrase": (
        _("La contraseña de la llave"),
        _("La que se escribió al sacar el certificado. No es la de entrar al portal del SAT ni a IDSE."),
    ),
    "certificate": (
        _("El certificado"),
        _("Un archivo que termina en .cer. No lleva contraseña."),
    ),
    "letter": (
        _("La carta"),
        _("En PDF, o una foto clara en la que se lea todo."),
    ),
    "mandate": (
        _("Su autorización"),
        _("Lea lo que autoriza y escriba su nombre."),
    ),
}


def say_to_client(refusal: Refusal) -> str:
    """A refusal for somebody at a client; never whose a file is, nor anything else that the firm keeps.

    What has no words of its own is told without its facts.
    """
    words = _TO_CLIENT.get(refusal.code)
    if words is None:
        return str(_("No se pudo recibir. No se guardó nada. Revise el archivo o llame a su despacho."))
    return str(words) % refusal.facts
