"""How does the guide call each step, its fields, its answers and its waits?

The instructions of a step are prose and live in ``templates/steps``; here are the short words that lists, forms,
mails and the history share. A test holds that no step, field or answer of any plan is without words.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from renewals.errors import Fact
from renewals.wording.letters import NOTICED

Words = str | Promise

#: Step key → what to do, in a few words.
STEPS: dict[str, Words] = {
    "enter_idse": _("Entra a IDSE"),
    "confirm_company": _("Confirma los datos de la empresa"),
    "new_key_place": _("Elige carpeta, nombre y contraseña de la llave nueva"),
    "mouse_entropy": _("Mueve el ratón y entrega la llave nueva"),
    "sign_terms_old": _("Firma la carta con el certificado anterior"),
    "mail_that_never_comes": _("El correo que no llega"),
    "install_with_new_key": _("Instala con la llave nueva"),
    "certificate_saved": _("Entrega el certificado nuevo"),
    "terms_offered_again": _("Guarda la carta que aparece otra vez"),
    "sign_terms_new": _("Firma la carta con el certificado nuevo"),
    "generated": _("Comprobación del par nuevo"),
    "conditions_at_login": _("Vuelve a entrar y guarda las condiciones de uso"),
    "sign_conditions_new": _("Firma las condiciones de uso"),
    "access_granted": _("Confirma que ya entras a IDSE"),
    "obtain": _("Tramita el certificado nuevo"),
    "take_in": _("Entrega el certificado y la llave nuevos"),
    "confirm": _("Confirma que el certificado nuevo funciona"),
}

#: Who acts, as ``Actor`` says it.
ACTORS: dict[str, Words] = {
    "machine": _("Lo hace el sistema"),
    "staff": _("Lo haces tú"),
    "client": _("Lo hace el cliente"),
}

#: Grade of a proof → how strong it is, in words.
GRADES: dict[str, Words] = {
    "C": _("Comprobado por el sistema"),
    "F": _("Archivo guardado"),
    "T": _("Registro del sistema"),
    "A": _("Palabra de una persona"),
}

#: ``step.field`` → its label.
FIELDS: dict[str, Words] = {
    "enter_idse.portal_notice": _("¿Qué te mostró el portal?"),
    "enter_idse.own_copy": _("Entré con una copia que ya tenía, sin sacarla de aquí"),
    "confirm_company.confirmed": _("Los datos coinciden y capturé el correo de esta página"),
    "new_key_place.passphrase_used": _("¿Qué contraseña le pusiste a la llave nueva?"),
    "mouse_entropy.key_file": _("Llave nueva (.key) que creó el portal"),
    "mouse_entropy.passphrase": _("Contraseña de la llave, solo si usaste otra"),
    "sign_terms_old.letter": _("Carta firmada"),
    "sign_terms_old.signature_file": _("Firma aparte (.p7s), solo si el portal te la dio en otro archivo"),
    "sign_terms_old.why_no_file": _("¿Es foto o escaneo, o no la pudiste guardar? Explícalo"),
    "mail_that_never_comes.portal_screen": _("¿Qué hizo la pantalla?"),
    "install_with_new_key.installed": _("Le di al portal la llave nueva y la contraseña nueva"),
    "install_with_new_key.key_file": _("La llave que usaste, solo si no la sacaste de aquí"),
    "certificate_saved.certificate_file": _("Certificado nuevo (.cer o .pfx)"),
    "terms_offered_again.letter": _("Carta que ofreció el portal"),
    "terms_offered_again.why_no_file": _("¿Es foto o escaneo, o no la pudiste guardar? Explícalo"),
    "sign_terms_new.letter": _("Carta firmada con el certificado nuevo"),
    "sign_terms_new.signature_file": _("Firma aparte (.p7s), solo si el portal te la dio en otro archivo"),
    "sign_terms_new.why_no_file": _("¿Es foto o escaneo, o no la pudiste guardar? Explícalo"),
    "conditions_at_login.letter": _("Carta de condiciones de uso"),
    "conditions_at_login.why_no_file": _("¿Es foto o escaneo, o no la pudiste guardar? Explícalo"),
    "sign_conditions_new.letter": _("Condiciones de uso firmadas"),
    "sign_conditions_new.signature_file": _("Firma aparte (.p7s), solo si el portal te la dio en otro archivo"),
    "sign_conditions_new.why_no_file": _("¿Es foto o escaneo, o no la pudiste guardar? Explícalo"),
    "access_granted.screenshot": _("Captura de pantalla o documento de IDSE"),
    "access_granted.entered": _("Entré a IDSE con el certificado nuevo"),
    "obtain.obtained": _("Ya tengo el certificado nuevo y su llave"),
    "take_in.certificate_file": _("Certificado nuevo (.cer) o PFX"),
    "take_in.key_file": _("Llave nueva (.key); con PFX no hace falta"),
    "take_in.passphrase": _("Contraseña de la llave nueva"),
    "confirm.confirmed": _("Probé el certificado nuevo y funciona"),
}

#: ``step.field`` → ``answer`` → its words.
CHOICES: dict[str, dict[str, Words]] = {
    "enter_idse.portal_notice": {
        "expired": _("Dice que el certificado ya no es vigente y ofrece renovarlo"),
        "about_to_expire": _("Dice que está por vencer y ofrece renovarlo"),
        "revoked": _("Dice que el certificado está revocado o cancelado"),
        "no_link": _("Entré, pero no aparece el enlace para renovar"),
    },
    "new_key_place.passphrase_used": {
        "given": _("La que me dio esta página"),
        "own": _("Otra; la escribiré junto con la llave"),
    },
    "mail_that_never_comes.portal_screen": {
        "moved_on": _("La pantalla siguió sola"),
        "stopped": _("Se quedó esperando el correo"),
    },
}

#: ``step.field`` → what helps to fill it in.
HINTS: dict[str, Words] = {
    "enter_idse.own_copy": _("Queda anotado: esa copia conviene borrarla."),
    "mouse_entropy.key_file": _("El archivo que el portal acaba de crear en la carpeta que elegiste en el paso 3."),
    "mouse_entropy.passphrase": _("Se sella al recibirla; nadie la vuelve a ver aquí."),
    "install_with_new_key.key_file": _("Se compara con la del paso 4 y no se guarda."),
    "certificate_saved.certificate_file": _("El archivo que el portal acaba de crear. No importa si es .cer o .pfx."),
    "access_granted.screenshot": _("Que se vean la empresa y la fecha. Una captura o un acuse de IDSE."),
    "take_in.certificate_file": _("Se lee por su contenido; el nombre no importa."),
    "take_in.passphrase": _("Se prueba y se sella al recibirla; nadie la vuelve a ver aquí."),
}
LETTER_HINT: Words = _("El PDF que guardaste, firmado o no (.pdf, .p7m); si no hay otro, una foto. Máximo 20 MB.")

#: Why a step waits → what to do about it.
HOLDS: dict[str, Words] = {
    "timer": _("La pantalla suele seguir sola en un par de minutos. Este paso también seguirá solo."),
    "mail_stopped": _(
        "Ese correo ya no se envía. Busca en correo no deseado y recarga la página del portal. "
        "Si el certificado ya se emitió, el portal lo recupera con su número de serie. "
        "Cuando la pantalla siga, márcalo aquí."
    ),
    "portal_revoked": _(
        "Un certificado revocado no se renueva por internet. Pide cita en la subdelegación del IMSS con la tarjeta de "
        "identificación patronal, la identificación oficial del representante y una copia de la carta de términos. "
        "Si el portal cambia de respuesta, contesta otra vez."
    ),
    "portal_no_link": _(
        "El enlace suele aparecer cuando el certificado venció o está por vencer. Revisa que entraste con el "
        "certificado de esta página y vuelve a intentarlo otro día. Cuando aparezca, contesta otra vez."
    ),
    "second_person": _("Falta que otra persona del despacho confirme que la empresa ya entra a IDSE."),
    "client": _("Esta renovación espera al cliente."),
    "portal": _("Esta renovación espera al portal."),
    "appointment": _("Esta renovación espera una cita."),
    "other": _("Esta renovación está en espera."),
}

#: ``step.code`` → what it means at this step, where that is more than the error says everywhere.
VERDICTS: dict[str, Words] = {
    "mouse_entropy.wrong_passphrase": _(
        "La contraseña sellada no abre esta llave. Si en el portal escribiste otra, sube la llave otra vez y escríbela "
        "abajo. Si no, revisa que sea el archivo .key que acaba de crear el portal."
    ),
    "certificate_saved.wrong_passphrase": _(
        "La contraseña nueva no abre este PFX. Revisa que sea el archivo que acaba de crear el portal, o sube el .cer."
    ),
    "certificate_saved.key_of_another_certificate": _(
        "El PFX trae otra llave que la del paso 4. Sube el archivo que el portal acaba de crear en esta renovación."
    ),
}

#: ``warning`` in the facts of a proof → words.
WARNINGS: dict[str, Words] = {
    **NOTICED,
    "shorter_validity": _("Dura menos que el anterior: %(days)s días en vez de %(old_days)s. Revisa que sea correcto."),
    "own_copy": _("Se usó una copia que estaba fuera del resguardo."),
    "from_renewal": _("Viene de la renovación %(from_renewal)s, donde se hizo la llave."),
    "same_person": _("La segunda confirmación es de la misma persona: el despacho no tiene a nadie más."),
    "why_no_file": _("Sin archivo: %(why_no_file)s"),
    "letter_to_sign": _("La carta como llegó, antes de firmarse."),
    "signed_with": _(
        "Firmada por la bóveda con el certificado de serie %(signed_with)s y la aprobación de %(approved_by)s."
    ),
    "was_expired": _("Ese certificado ya estaba vencido cuando firmó; la firma lleva la fecha."),
    "signature_of": _("Firma aparte (CMS) de «%(signature_of)s»; se comprueba junto con ese archivo, sin cambiarlo."),
    "signed_here": _("La carta es la que firmó la bóveda en este paso."),
}


def say_step(key: str) -> str:
    """What a step is called; its bare key where nobody has worded it."""
    return str(STEPS.get(key, key))


def say_field(step: str, field: str) -> str:
    """The label of a step's field."""
    return str(FIELDS.get(f"{step}.{field}", field))


def say_choices(step: str, field: str) -> dict[str, str]:
    """The answers a field offers, by their stable value."""
    return {value: str(words) for value, words in CHOICES.get(f"{step}.{field}", {}).items()}


def say_hint(step: str, field: str) -> str:
    """What helps to fill a field in; empty where its label says enough."""
    if field == "letter":
        return str(LETTER_HINT)
    return str(HINTS.get(f"{step}.{field}", ""))


def say_hold(code: str) -> str:
    """Why a step waits, and what to do about it."""
    return str(HOLDS.get(code, code))


def say_verdict(step: str, code: str, facts: Mapping[str, Fact]) -> str | None:
    """What a refusal means at this step; None where the error's own words say it."""
    words = VERDICTS.get(f"{step}.{code}")
    return None if words is None else str(words) % dict(facts)


def say_warnings(facts: Mapping[str, Fact]) -> list[str]:
    """What a person should notice in the facts of a proof."""
    return [str(words) % dict(facts) for name, words in WARNINGS.items() if facts.get(name)]
