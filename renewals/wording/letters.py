"""What does a person read about a letter that was handed in, when it is refused and when it is kept?"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Code → what is wrong with a letter, and what to do about it.
LETTERS: dict[str, str | Promise] = {
    "letter_refused": _("La carta no se pudo aceptar. Descárgala del portal otra vez."),
    "letter_of_no_known_kind": _(
        "El archivo no es un PDF, una imagen ni una carta firmada (.p7m), aunque su nombre lo diga. "
        "Descarga la carta del portal otra vez."
    ),
    "letter_picture": _(
        "Es una imagen y el sistema no lee fotos. Si se ve completa y es de esta empresa, escríbelo abajo y súbela "
        "otra vez: quedará con tu palabra."
    ),
    "letter_without_text": _(
        "Es un PDF escaneado, sin texto que el sistema pueda leer. Si es la carta de esta empresa, escríbelo abajo "
        "y súbela otra vez: quedará con tu palabra. Mejor, si puedes: el PDF que descarga el portal."
    ),
    "letter_unreadable": _(
        "El PDF está incompleto o dañado. Descárgalo del portal otra vez. Si en tu computadora abre bien y es la carta "
        "de esta empresa, escríbelo abajo y súbelo otra vez: quedará con tu palabra."
    ),
    "letter_names_nobody": _(
        "En la carta no aparece el RFC %(expected_rfc)s ni un registro patronal de %(expected)s. Revisa que sea la "
        "carta correcta. Si lo es, explícalo abajo y súbela otra vez: quedará con tu palabra."
    ),
    "letter_names_another": _(
        "La carta nombra el RFC %(rfc)s y no el %(expected_rfc)s de %(expected)s. Revisa que sea la carta correcta. "
        "Si lo es, explícalo abajo y súbela otra vez: quedará con tu palabra."
    ),
    "letter_of_another_company": _(
        "Esta carta es de %(name)s (%(rfc)s), y la renovación es de %(expected)s (%(expected_rfc)s). No se guardó nada."
    ),
    "letter_not_of_new_certificate": _(
        "La carta no nombra la serie nueva (%(serial)s) ni una fecha desde que existe el certificado nuevo: parece la "
        "de antes. Descárgala otra vez. Si es la nueva, explícalo abajo y súbela otra vez: quedará con tu palabra."
    ),
    "letter_changed": _(
        "La firma no corresponde a este archivo: la carta cambió después de firmarse, o la firma es de otra. "
        "Descarga otra vez la carta firmada, sin abrirla ni guardarla con otro programa."
    ),
    "letter_signed_with_another": _(
        "La carta está firmada con el certificado de serie %(serial)s, y en este paso se firma con el de serie "
        "%(expected_serial)s. Fírmala con ese y súbela otra vez."
    ),
    "letter_has_script": _(
        "El PDF trae un programa que se ejecuta al abrirlo, y una carta no lo necesita. Ábrela, imprímela a PDF y sube "
        "esa copia; si tenía firma digital, descárgala del portal otra vez."
    ),
    "letter_carries_files": _(
        "El PDF trae otros archivos adentro y no se guarda así. Imprime la carta a PDF y sube esa copia, o descárgala "
        "del portal otra vez."
    ),
    "letter_locked": _("El PDF pide contraseña para abrirse. Guárdalo sin contraseña y súbelo otra vez."),
    "letter_too_heavy": _(
        "Leer este archivo pide demasiado trabajo y se rechazó por seguridad. Descarga la carta del portal otra vez."
    ),
    "signature_without_letter": _(
        "Es una firma aparte, sin la carta que firma. Sube también la carta: los dos archivos van juntos."
    ),
    "not_a_signature": _("El archivo de la firma no es una firma digital (.p7s o .p7m). Revisa cuál te dio el portal."),
}

#: Fact of a proof → what a person should notice about the letter.
NOTICED: dict[str, str | Promise] = {
    "verified_with": _(
        "Firma comprobada: es del certificado de serie %(verified_with)s y la carta no cambió desde que se firmó."
    ),
    "named": _("El sistema encontró en la carta el RFC o el registro patronal de la empresa."),
    "names_new": _("La carta nombra la serie nueva o una fecha desde que existe el certificado nuevo."),
    "signature_partial": _("Trae una firma que no cubre todo el archivo, así que no cuenta como comprobada."),
    "signature_other": _("Trae una firma de otro certificado (serie %(signature_other)s), que aquí no se comprueba."),
    "signature_unknown": _("Trae una firma hecha de una manera que aquí no se comprueba."),
    "letter_picture": _("Es una imagen. La palabra de quien la entregó: %(letter_picture)s"),
    "letter_without_text": _("Es un escaneo sin texto. La palabra de quien la entregó: %(letter_without_text)s"),
    "letter_unreadable": _("El PDF no se pudo leer aquí. La palabra de quien lo entregó: %(letter_unreadable)s"),
    "letter_names_nobody": _(
        "No nombra el RFC ni el registro patronal. La palabra de quien la entregó: %(letter_names_nobody)s"
    ),
    "letter_names_another": _("Nombra otro RFC. La palabra de quien la entregó: %(letter_names_another)s"),
    "letter_not_of_new_certificate": _(
        "No nombra la serie nueva ni la fecha. La palabra de quien la entregó: %(letter_not_of_new_certificate)s"
    ),
}
