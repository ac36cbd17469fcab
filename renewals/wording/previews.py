"""What does a person read who looks ahead at the mails of a day?"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Code → sentence, as ``wording.errors`` has them.
PREVIEWS: dict[str, str | Promise] = {
    "preview_of_the_past": _("Ese día ya pasó: lo que se mandó está en la lista de correos."),
    "preview_too_far": _("Solo se puede ver hasta %(days)s días adelante."),
}

#: What a planned message is for; the values of ``notices.planning.Purpose``.
PURPOSES: dict[str, str | Promise] = {
    "digest": _("Correo del día"),
    "critical": _("Urgente, a cualquier hora"),
    "client": _("Al cliente"),
}


def say_purpose(purpose: str) -> str:
    """What a planned message is for."""
    return str(PURPOSES[purpose])
