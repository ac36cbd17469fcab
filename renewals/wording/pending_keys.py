"""What does a person read about keys that have no certificate yet?"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Code → sentence, as ``wording.errors`` has them.
PENDING_KEYS: dict[str, str | Promise] = {
    "giving_up_reason_missing": _(
        "Explica en unas palabras por qué ya no llegará su certificado (%(shortest)s letras)."
    ),
    "passphrase_not_tried": _("El sistema está probando las contraseñas que se guardaron para esta llave."),
    "too_many_candidates": _(
        "Ya se ofrecieron %(most)s para este certificado y ninguna sirvió. Ya no conviene adivinar: pídela al cliente "
        "o agenda la cita."
    ),
    "no_key_wanted": _("En esta renovación no se hace una llave por separado: el par nuevo se entrega completo."),
    "renewal_has_its_key": _(
        "Esta renovación ya tiene su propia llave nueva. Si quieres seguir con la otra, primero regrésala al paso 3."
    ),
    "key_made_for_another": _(
        "Esa llave se hizo para renovar otro certificado (%(made_for)s). Su certificado no serviría aquí."
    ),
}
