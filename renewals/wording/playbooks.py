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
            "portal no pida otra. Si nadie la sabe, el trámite es en la subdelegación del IMSS."
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
        _("No pierdes nada: se reporta una vez y todas las renovaciones de ese portal esperan a que vuelva."),
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
        _("IDSE lo entrega otra vez con su número de serie, la llave nueva y la contraseña nueva."),
    ),
    "sat_misuse": (
        _("Alguien más usó la llave"),
        _("Revoca el certificado cuanto antes; después se pide otro."),
    ),
    "sat_not_downloaded": (
        _("El certificado se emitió pero no se descargó"),
        _("CertiSAT Web lo entrega otra vez en «Recuperación de certificados»."),
    ),
}

#: Code → sentence, as ``wording.errors`` has them: why a way out is not begun or gone on with.
PLAYBOOK_ERRORS: dict[str, Words] = {
    "playbook_not_offered": _("Esa salida no es para este paso. Elige otra de la lista."),
    "playbook_under_way": _("Ya hay otra salida en curso en esta renovación. Termínala o déjala antes de abrir otra."),
    "playbook_moved": _("Alguien más ya contestó, o el paso ya avanzó. Mira cómo quedó antes de continuar."),
    "serial_unusable": _("Escribe solo los números y letras que muestra el portal, hasta 40."),
    "serial_of_old_certificate": _(
        "La serie %(serial)s es la del certificado anterior. Busca la del que se acaba de emitir."
    ),
    "day_unreadable": _("Elige un día del calendario."),
    "identity_differs": _("No son iguales. Detente: no guardes nada en el portal y elige qué pasó."),
    "nothing_to_try": _(
        "No hay un archivo de llave que probar. Pídele al cliente la llave, o súbela en la página del certificado: se "
        "puede guardar aunque todavía no abra."
    ),
    "day_to_come": _("Ese día todavía no llega. Elige el día en que de verdad se pidió."),
}


def say_playbook(key: str) -> tuple[str, str]:
    """What happened, and the way out of it."""
    happened, remedy = PLAYBOOKS[key]
    return str(happened), str(remedy)


def say_nothing_told() -> str:
    """What stands at a question that an answer needs and nobody has filled in."""
    return str(_("Falta contestar esto."))
