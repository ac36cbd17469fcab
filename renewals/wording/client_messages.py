"""What does a client read about their own certificate? Courteous, without the firm's inner matters.

A message to a client speaks of «usted». It asks for nothing by mail: neither files nor passwords.
"""

from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from renewals.wording.notices import say_when

Words = str | Promise

#: Why the deadline is before the last day of validity → words, before that day and after it.
CLIENT_DEADLINES: dict[str, tuple[Words, Words]] = {
    "expiry": ("", ""),
    "online_until": (
        _("Para renovarla en línea el último día es %(when)s."),
        _("El plazo ordinario para renovarla en línea terminó %(when)s."),
    ),
    "stamping": (
        _("Conviene tener el nuevo a más tardar %(when)s, porque puede tardar 72 horas en poder facturar."),
        _("El nuevo puede tardar 72 horas en poder facturar."),
    ),
    "efirma_first": (
        _("Conviene tramitar el nuevo a más tardar %(when)s: ese día vence su e.firma, que es indispensable."),
        _("Su e.firma venció %(when)s y es indispensable para tramitar el nuevo."),
    ),
    "needs_efirma": (
        _("Conviene tener el nuevo a más tardar %(when)s; para tramitarlo se necesita una e.firma vigente."),
        _("Para tramitar el nuevo se necesita una e.firma vigente."),
    ),
}

#: Kind → what the client loses, while it is valid and afterwards.
CLIENT_CONSEQUENCES: dict[str, tuple[Words, Words]] = {
    "npie": (
        _("Con él se presentan ante el IMSS las altas, bajas y cambios de salario de sus trabajadores."),
        _("Sin él no podemos presentar ante el IMSS las altas, bajas y cambios de salario de sus trabajadores."),
    ),
    "efirma": (
        _("Con ella se firman sus trámites ante el SAT y se obtienen los sellos para facturar."),
        _("Sin ella no podemos firmar sus trámites ante el SAT ni obtener los sellos para facturar."),
    ),
    "csd": (_("Con él se sellan sus facturas."), _("Con él ya no es posible sellar facturas.")),
    "unknown": (
        _("Le ayudaremos a identificar para qué trámites lo usa."),
        _("Le ayudaremos a identificar para qué trámites lo usaba."),
    ),
}

#: What the client is asked for. ``renew``: nothing but to be reachable.
CLIENT_REQUESTS: dict[str, Words] = {
    "renew": _("Nosotros hacemos el trámite; es posible que le pidamos una firma o un dato en estos días."),
    "efirma": _(
        "Póngase de acuerdo con nosotros para renovarla. Conserve los archivos y la contraseña actuales: se necesitan."
    ),
    "key": _(
        "Nos faltan sus archivos para la renovación: póngase de acuerdo con nosotros para entregarlos en persona."
    ),
    "late": _("Póngase en contacto con nosotros cuanto antes. Conserve los archivos y la contraseña actuales."),
}


def say_client_deadline(reason: str, day: date, *, today: date) -> str:
    """The real deadline and its reason; empty where it is the last day of validity."""
    before, after = CLIENT_DEADLINES[reason]
    return str(before if day >= today else after) % {"when": say_when(day, today=today)}


def say_client_consequence(kind: str, *, is_expired: bool) -> str:
    """What the certificate is for, or what is not possible without it."""
    valid, expired = CLIENT_CONSEQUENCES.get(kind, CLIENT_CONSEQUENCES["unknown"])
    return str(expired if is_expired else valid)


def say_client_request(kind: str, *, has_key: bool, is_expired: bool) -> str:
    """What the client is asked to do."""
    if is_expired:
        return str(CLIENT_REQUESTS["late"])
    if not has_key:
        return str(CLIENT_REQUESTS["key"])
    return str(CLIENT_REQUESTS["efirma" if kind == "efirma" else "renew"])
