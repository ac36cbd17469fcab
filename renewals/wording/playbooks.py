"""How does the guide call each way out of trouble, and what does it say there?"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise

#: Playbook → what happened, and the way out.
PLAYBOOKS: dict[str, tuple[Words, Words]] = {
    "old_passphrase": (
        _("La contraseña anterior no funciona"),
        _(
            "Cópiala con el botón, sin espacios al final. Si el sistema ya la probó, es la correcta: revisa que el "
            "portal no pida otra. Si de verdad no se conoce, el trámite es en la subdelegación del IMSS."
        ),
    ),
    "key_lost": (
        _("Se perdió la llave o alguien más la usó"),
        _(
            "Cancela el certificado cuanto antes en la subdelegación: lleva tarjeta de identificación patronal, "
            "identificación oficial y copia de la carta de términos. Luego se pide otro en persona (10 días hábiles)."
        ),
    ),
    "portal_down": (
        _("El portal no responde"),
        _("No pierdes nada: deja esta página y vuelve después; el paso te espera donde lo dejaste."),
    ),
    "broken_page": (
        _("La página se ve rota o pide Java"),
        _(
            "Primero recarga y prueba con otro navegador. Solo si sigue igual, abre imss.gob.mx en el modo de "
            "compatibilidad con Internet Explorer de Edge."
        ),
    ),
    "identity_mismatch": (
        _("El RFC o el registro patronal no coincide"),
        _("Detente y no guardes nada en el portal. Revisa con qué certificado entraste: puede ser el de otra empresa."),
    ),
    "sat_appointment": (
        _("Falta la llave anterior, o nadie sabe su contraseña"),
        _(
            "La renovación en línea no se puede: pide cita en el SAT con identificación, una USB y, si es empresa, el "
            "poder del representante. Aquí puedes seguir: solo hacen falta el certificado y la llave nuevos."
        ),
    ),
    "files_of_another": (
        _("Dice que el archivo es de otra empresa"),
        _("No se guardó nada. Revisa la carpeta: los archivos de varias empresas suelen llamarse casi igual."),
    ),
    "mail_missing": (
        _("El portal espera un correo que no llega"),
        _("Ese correo ya no se envía. Revisa correo no deseado, recarga la página y espera: el portal sigue solo."),
    ),
    "certificate_not_downloaded": (
        _("El certificado se emitió pero no se descargó"),
        _(
            "Consulta en IDSE, con el NPIE, la serie emitida y abre "
            "https://idse.imss.gob.mx/certificacion/instalaRenovacion.idse?SERIAL_NOM= seguida de esa serie. "
            "Termina ahí con la llave nueva y la contraseña nueva de esta página."
        ),
    ),
}


def say_playbook(key: str) -> tuple[str, str]:
    """What happened, and the way out of it."""
    happened, remedy = PLAYBOOKS[key]
    return str(happened), str(remedy)
