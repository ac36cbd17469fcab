"""What does a person read when a client's mandate is refused, or missing?"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Code → sentence, as ``wording.errors`` has them.
MANDATES: dict[str, str | Promise] = {
    "mandate_missing": _(
        "Falta un mandato vigente del cliente que cubra este certificado (%(kind)s). Regístralo en la página de la "
        "empresa; después lo confirma otra persona."
    ),
    "mandate_not_confirmed": _(
        "El mandato del cliente ya está registrado (%(kind)s) y falta que otra persona lo confirme en la página de la "
        "empresa."
    ),
    "mandate_not_accepted": _(
        "El mandato ya está registrado (%(kind)s) y falta que el cliente lo autorice él mismo. Pídeselo por enlace en "
        "la página del mandato."
    ),
    "mandate_ended": _(
        "El mandato del cliente para este certificado (%(kind)s) venció el %(until)s. Registra el nuevo en la página "
        "de la empresa."
    ),
    "mandate_of_oneself": _("Tú registraste este mandato: lo tiene que confirmar otra persona."),
    "mandate_over": _("Alguien más ya confirmó o terminó este mandato. Revisa cómo quedó."),
    "mandate_incomplete": _("Escribe quién firmó el mandato y marca al menos un tipo de certificado."),
    "mandate_dates_wrong": _(
        "Revisa las fechas: el mandato termina antes de empezar, o ya venció. Si venció, pide uno nuevo al cliente."
    ),
    "not_a_document": _(
        "El archivo no es un PDF ni una foto (JPG o PNG). Escanea el mandato o tómale una foto y súbelo."
    ),
}
