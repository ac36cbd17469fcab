"""What should a person look at in a file that was taken all the same?"""

from datetime import date

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Code of ``pki.certificate.FileWarning`` → sentence. ``%(detail)s`` is what the warning carries.
WARNINGS: dict[str, str | Promise] = {
    "authority_certificate": _("Es el certificado de una autoridad (%(detail)s), no de una empresa."),
    "curp_check_digit": _(
        "El dígito verificador de la CURP %(detail)s no coincide. Pasa con la Ñ; revísala de todos modos."
    ),
    "empty_file": _("Está vacío."),
    "expired": _("El certificado venció el %(detail)s. Aun así hace falta: con él se firma su renovación."),
    "file_too_large": _("Es demasiado grande para ser un certificado o una llave; no se leyó."),
    "files_swapped": _("Los archivos venían en el lugar del otro; se acomodaron por su contenido."),
    "issuer_not_recognised": _("No se reconoce a quien lo emitió: %(detail)s."),
    "key_does_not_open_yet": _(
        "Todavía no abre: quedó sellada y la bóveda le probará las contraseñas que se ofrezcan. Para ofrecer una, "
        "vuelve a «Agregar llave» y escribe solo la contraseña, o pídesela al cliente."
    ),
    "key_is_in_renewal": _(
        "Su llave nueva ya está en resguardo. Entrega este mismo archivo en la renovación %(detail)s para terminarla."
    ),
    "key_was_waiting": _("Su llave ya estaba en resguardo, sin certificado: quedaron unidos por su llave pública."),
    "key_not_encrypted": _(
        "La llave no tiene contraseña: quien tenga el archivo puede usarla. Borra las copias que queden."
    ),
    "no_key": _("Se guardó sin llave: se vigila su vencimiento, pero para renovarlo hará falta la llave."),
    "not_newer": _("La empresa ya tiene uno que vence después; este se guardó como anterior."),
    "not_yet_valid": _("El certificado empieza a valer hasta el %(detail)s."),
    "registro_patronal_check_digit": _("El dígito verificador del registro patronal %(detail)s no coincide. Revísalo."),
    "registro_patronal_missing": _("El certificado no dice su registro patronal."),
    "replaced": _("Sustituye al certificado con serie %(detail)s, que se conserva con su llave."),
    "rfc_check_digit": _("El dígito verificador del RFC %(detail)s no coincide. Hay RFC válidos así; revísalo."),
    "rfc_generic": _("%(detail)s es un RFC genérico, no el de una empresa."),
    "rfc_missing": _("El certificado no dice el RFC de su titular."),
    "unknown_kind": _("No se reconoce si es IMSS (NPIE), e.firma o CSD. Se guardó como «Por identificar»."),
    "unrecognised_file": _("No es un certificado, una llave ni un PFX."),
    "weak_key": _("La llave es corta (%(detail)s bits)."),
}


#: Warnings whose detail is a day in ISO form.
DAYS = frozenset({"expired", "not_yet_valid"})


def say_warning(code: str, detail: str = "") -> str:
    """The Spanish sentence for a warning; its bare code where nobody has worded it."""
    told = date_format(date.fromisoformat(detail), r"j \d\e F \d\e Y") if code in DAYS else detail
    return str(WARNINGS.get(code, code)) % {"detail": told}
