"""What does a person read who mixes practice with real work, or whom the practice portal refuses?"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Code → sentence, as ``wording.errors`` has them.
PRACTICE: dict[str, str | Promise] = {
    "practice_certificate": _(
        "Este certificado (%(serial)s) es de práctica y esta empresa es real. No vale en el IMSS ni en el SAT: "
        "sube el que emitió el portal verdadero."
    ),
    "real_certificate": _(
        "Este certificado no es de práctica. Aquí no se suben archivos de clientes. "
        "No se leyó la llave ni la contraseña, y no se guardó nada."
    ),
    "practice_pfx": _(
        "Un archivo .pfx no dice de quién es sin abrirlo, y aquí no se abre ninguno que pudiera ser de un cliente. "
        "Usa el certificado (.cer) y la llave (.key)."
    ),
    "practice_stranger": _(
        "Este certificado de práctica no es de una de tus empresas de práctica, o lo emitió otra instalación."
    ),
    "practice_superseded": _(
        "El certificado %(serial)s está revocado: ya se emitió otro a esta empresa. Entra con el nuevo."
    ),
    "practice_user_wrong": _("El usuario no corresponde al certificado. Escribe el RFC o el registro patronal."),
    "practice_password_wrong": _("La contraseña no es correcta."),
    "practice_password_rule": _(
        "La contraseña nueva lleva de 8 a 20 letras y números, sin espacios ni signos, y no puede ser igual al usuario."
    ),
    "practice_passwords_differ": _("Las dos contraseñas no son iguales."),
    "practice_key_other": _("La llave no es la que se generó en este trámite."),
    "practice_mail_wrong": _("El correo electrónico no es válido."),
    "practice_letter_other": _("El archivo no es la carta que se descargó de esta pantalla, con su firma."),
    "practice_letter_unsigned": _("La firma de la carta no es del certificado que se pide aquí, o no es válida."),
    "practice_serial_unknown": _("No hay un certificado emitido con ese número de serie."),
    "practice_moved": _("El trámite avanzó en otra ventana. Esta es la pantalla donde va."),
}

#: Failure of the practice portal → what it does; the values of ``practice.memory.Failure``.
FAILURES: dict[str, str | Promise] = {
    "mail_stops": _("Se queda en la pantalla del correo que nunca llega"),
    "download_lost": _("Emite el certificado y la descarga se corta"),
    "wrong_password": _("Rechaza la contraseña aunque sea la correcta"),
    "portal_down": _("El portal no responde"),
    "broken_page": _("La página de la llave no carga y pide Java"),
    "other_key": _("Emite el certificado para otra llave"),
    "short_validity": _("Emite un certificado de solo seis meses"),
}

#: Where a request stands at the practice portal; the values of ``practice.memory.Stage``.
STAGES: dict[str, str | Promise] = {
    "": _("Sin trámite"),
    "new_key": _("Falta crear la llave nueva"),
    "letter_old": _("Falta firmar la carta con el certificado anterior"),
    "mail": _("En la pantalla del correo"),
    "install": _("Falta instalar el certificado"),
    "lost": _("El certificado se emitió y no se descargó"),
    "letter_new": _("Falta firmar la carta con el certificado nuevo"),
    "generated": _("Falta volver a entrar"),
    "conditions": _("Falta firmar las condiciones de uso"),
    "done": _("Renovación terminada"),
}
