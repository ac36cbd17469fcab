"""How does the guide call the points of the pre-flight, what it found there, and who can mend it?"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from renewals.errors import Fact

Words = str | Promise

#: Point of the pre-flight → what it looks at.
PREFLIGHT: dict[str, Words] = {
    "old_pair": _("Certificado anterior"),
    "passphrase": _("Contraseña nueva"),
    "mailbox": _("Correo para renovaciones"),
    "certificate": _("Vigencia"),
    "mandate": _("Permiso del cliente para usar sus archivos"),
    "assignee": _("Quién la lleva"),
    "contact": _("Contacto en la empresa"),
    "second_way": _("Otra forma de entrar a IDSE"),
    "deadline": _("Plazos"),
}

#: ``point.code`` → what is wrong or worth knowing, and the remedy. Facts are filled in.
PREFLIGHT_FINDINGS: dict[str, Words] = {
    "old_pair.ok": _("Se abrió con su contraseña y firmó una prueba."),
    "old_pair.waiting": _("El sistema está abriendo la llave y firmando una prueba."),
    "passphrase.ok": _("Creada y sellada; se muestra en el paso 3."),
    "passphrase.adopted": _("Es la de la llave con la que sigue esta renovación; está sellada junto con ella."),
    "passphrase.waiting": _("Se crea en cuanto el certificado anterior pasa la prueba."),
    "mailbox.ok": _("%(mailbox)s, comprobado en los últimos 90 días."),
    "mailbox.missing": _("La empresa no tiene correo para renovaciones. Captúralo en los datos de la empresa."),
    "mailbox.unproved": _(
        "Nadie ha comprobado %(mailbox)s en los últimos 90 días. Pide al cliente que confirme que lo recibe."
    ),
    "mandate.ok": _("Hay un mandato vigente, autorizado por el cliente; vale hasta el %(until_on)s."),
    "assignee.ok": _("La lleva %(person)s."),
    "assignee.missing": _("Nadie la lleva todavía. Tómala tú, o pásala a quien le toca."),
    "contact.ok": _("Hay a quién preguntar y a quién mandar un enlace."),
    "contact.missing": _("La empresa no tiene contacto. Sin él no se le puede pedir nada por enlace: regístralo."),
    "certificate.valid": _("Vigente; vence el %(expires_on)s, faltan %(days_left)s días."),
    "certificate.about_to_expire": _("Está por vencer: %(expires_on)s, faltan %(days_left)s días."),
    "certificate.expired": _(
        "Venció el %(expires_on)s, hace %(days)s días. Vencido también firma: la renovación se puede hacer."
    ),
    "certificate.expired_efirma": _(
        "Venció el %(expires_on)s, hace %(days)s días. Vencida ya no se renueva como de costumbre: con menos de "
        "un año, por SAT ID (persona física) o con la e.firma del representante (empresa); con más, con cita."
    ),
    "certificate.expired_csd": _(
        "Venció el %(expires_on)s, hace %(days)s días. Un CSD no se renueva: se pide otro con la e.firma vigente."
    ),
    "certificate.expired_unknown": _("Venció el %(expires_on)s, hace %(days)s días."),
    "second_way.ok": _("Hay una e.firma vigente en resguardo (%(serial)s)."),
    "second_way.missing": _(
        "No hay una e.firma vigente en resguardo. Si la renovación se atora, la empresa no entra a IDSE: pídela."
    ),
    "deadline.before": _("Quedan %(business_days)s días hábiles antes de que venza."),
    "deadline.after": _(
        "Mientras tanto corren los plazos: un movimiento de hoy se presenta a más tardar el %(movements_due_on)s "
        "(5 días hábiles)."
    ),
}

#: Who can mend what the pre-flight found.
MENDERS: dict[str, Words] = {
    "responsible": _("Responsable"),
    "colleague": _("Otra persona del despacho"),
    "contact": _("Cliente"),
}
NOBODY: dict[str, Words] = {"responsible": _("sin asignar"), "contact": _("sin contacto registrado")}


def say_finding(point: str, code: str, facts: Mapping[str, Fact]) -> str | None:
    """What the pre-flight found at a point; None for a code that is an error's and worded there."""
    words = PREFLIGHT_FINDINGS.get(f"{point}.{code}")
    return None if words is None else str(words) % dict(facts)
