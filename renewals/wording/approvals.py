"""What exactly would be allowed by approving a request, in words that leave nothing out?"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Words:
    """How one kind of request is spoken of.

    ``title`` and ``allows`` may name ``%(company)s``, ``%(who)s``, the person who asked, and ``%(days)s``, for how long
    key archives are kept; the buttons say what they do.
    """

    title: Text
    allows: tuple[Text, ...]
    approve: Text
    refuse: Text
    #: What happens now that it was approved.
    then: Text
    #: Whether approving it destroys something.
    is_final: bool = False


#: ``models.ApprovalKind`` → words. A test holds that every kind is here.
REQUESTS: dict[str, Words] = {
    "erase_company": Words(
        title=_("Borrar para siempre las llaves de %(company)s"),
        allows=(
            _(
                "La bóveda destruye todas las llaves privadas y contraseñas de la empresa. Después nadie puede "
                "abrirlas: tampoco el despacho."
            ),
            _("Las copias que haya en el archivo de llaves se borran a más tardar en %(days)s días."),
            _(
                "Si lo apruebas, la bóveda lo avisa a las socias y los socios, y borra las llaves un día después. "
                "Hasta entonces cualquiera de ustedes lo puede detener; después, nadie."
            ),
            _("Los certificados, los documentos y el historial se quedan; solo se borran las llaves."),
            _("El despacho recibe una constancia de destrucción firmada, para entregarla al cliente."),
        ),
        approve=_("Aprobar el borrado de las llaves"),
        refuse=_("Rechazar y conservar las llaves"),
        then=_("La bóveda lo anuncia y borra las llaves un día después; hasta entonces se puede detener."),
        is_final=True,
    ),
    "retire_master_key": Words(
        title=_("Retirar una llave maestra"),
        allows=(
            _("La bóveda deja de aceptar para siempre la llave maestra que se nombra arriba."),
            _(
                "Solo se retira si la bóveda comprueba que ya no protege ninguna llave; si aún protege alguna, "
                "no pasa nada."
            ),
            _(
                "Si lo apruebas, la bóveda lo avisa a todas las socias y los socios y lo hace un día después. Hasta "
                "entonces cualquiera de ustedes lo puede detener."
            ),
        ),
        approve=_("Aprobar el retiro de la llave maestra"),
        refuse=_("Rechazar el retiro"),
        then=_("La bóveda lo anuncia y la retira un día después; hasta entonces se puede detener."),
        is_final=True,
    ),
    "bulk_checkout": Words(
        title=_("Entregar a %(who)s los archivos de varios certificados"),
        allows=(
            _(
                "%(who)s podrá descargar, una sola vez y en su navegador, los certificados con sus llaves privadas, "
                "y ver sus contraseñas."
            ),
            _("Son exactamente los certificados que se nombran arriba; si la lista cambia, esta aprobación no vale."),
        ),
        approve=_("Aprobar la entrega"),
        refuse=_("Rechazar la entrega"),
        then=_("%(who)s ya puede descargar los archivos."),
    ),
    "sign_document": Words(
        title=_("Firmar un documento con la llave de %(company)s"),
        allows=(
            _("La bóveda firma una sola vez, a nombre del cliente, exactamente el documento que se nombra arriba."),
            _("La llave no sale de la bóveda y %(who)s no la recibe."),
        ),
        approve=_("Aprobar la firma"),
        refuse=_("Rechazar la firma"),
        then=_("La bóveda firma en unos segundos y el documento queda en la renovación."),
    ),
}

#: Facts of a request → what they are. One that is not here is shown by its own name, so that nothing is hidden.
FACTS: dict[str, Text] = {
    "certificate": _("Certificado"),
    "certificates": _("Certificados"),
    "closed_at": _("Empresa dada de baja"),
    "keys": _("Llaves que se destruyen"),
    "master_key": _("Llave maestra"),
    "document": _("Huella del documento (SHA-256)"),
    "renewal": _("Renovación"),
    "rfc": _("RFC"),
    "step": _("Paso"),
}

#: ``models.ApprovalState`` → colour.
COLOURS: dict[str, str] = {
    "asked": "amber",
    "approved": "green",
    "refused": "red",
    "withdrawn": "grey",
    "stopped": "red",
    "expired": "grey",
    "used": "green",
}


def say_fact(name: str) -> str:
    """What a fact of a request is."""
    return str(FACTS.get(name, name))
