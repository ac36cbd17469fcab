"""What word stands beside the colour of a certificate, and of its key?"""

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: ``expiry.windows.Light`` → word; the light's own value is the name of its colour.
LIGHTS: Mapping[str, Promise] = MappingProxyType(
    {
        "expired": _("Vencido"),
        "red": _("Urgente"),
        "amber": _("Pronto"),
        "green": _("Vigente"),
    }
)
#: ``models.PairState`` → colour and word.
PAIRS: Mapping[str, tuple[str, Promise]] = MappingProxyType(
    {
        "no_key": ("grey", _("Sin llave")),
        "sealed": ("amber", _("Recibida")),
        "in_custody": ("green", _("En resguardo")),
        "failed": ("red", _("No sirve")),
    }
)
