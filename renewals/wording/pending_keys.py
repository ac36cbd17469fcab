"""What does a person read about keys that have no certificate yet?"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Code → sentence, as ``wording.errors`` has them.
PENDING_KEYS: dict[str, str | Promise] = {
    "giving_up_reason_missing": _(
        "Explica en unas palabras por qué ya no llegará su certificado (%(shortest)s letras)."
    ),
}
