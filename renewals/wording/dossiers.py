"""How does the signed dossier of a renewal speak, on paper, on its page and in the file that says how to check it?"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise

TITLE = _("Expediente de renovación")
CLOSED = _("Renovación terminada")
CANCELLED = _("Renovación cancelada")
#: Takes ``company`` and ``rfc``.
OF_COMPANY = _("%(company)s, RFC %(rfc)s")

#: What the first page says of the renewal, by the name of the value.
FACTS: Mapping[str, Words] = {
    "kind": _("Certificado"),
    "scope": _("Registro patronal o sucursal"),
    "registros": _("Registros patronales"),
    "asked_at": _("Se pidió"),
    "begun_at": _("Se empezó"),
    "closed_at": _("Se cerró"),
    "reason": _("Motivo de la cancelación"),
    "in_charge": _("A cargo de"),
}

CERTIFICATES = _("Los certificados")
OLD = _("El anterior")
NEW = _("El nuevo")
PENDING_KEY = _("Llave nueva que quedó sin certificado")
#: What is told of a certificate.
SERIAL = _("Número de serie")
ISSUER = _("Lo emitió")
VALID = _("Vigencia")
#: Takes ``first`` and ``last``.
FROM_TO = _("del %(first)s al %(last)s")
FINGERPRINT = _("Huella SHA-256 del certificado")
KEY_FINGERPRINT = _("Huella SHA-256 de su llave pública")

FIGURES = _("Las cifras")
BEFORE_EXPIRY = _("Se cerró, frente al vencimiento")
BEFORE_DEADLINE = _("Se cerró, frente al plazo")
BUSINESS_DAYS = _("De principio a fin")
AT_ONCE = _("Pasos que pasaron a la primera")
BLOCKED = _("Estuvo detenida")
#: Takes ``at_once`` and ``done``.
SO_MANY_OF = _("%(at_once)s de %(done)s")
NOT_BLOCKED = _("no se detuvo")

STEPS = _("Los pasos y sus pruebas")
#: Takes ``grades``.
GRADES = _(
    "Cada prueba lleva su fuerza: C, comprobada por el sistema con criptografía; F, archivo guardado; T, registro del "
    "sistema; A, palabra de una persona."
)
#: Takes ``who`` and ``when``.
STEP_DONE = _("%(who)s · %(when)s")
#: Takes ``times``.
STEP_REFUSED = _("Intentos que no pasaron: %(times)s.")
NO_PROOFS = _("Sin pruebas.")
SUPERSEDED = _("El paso se regresó después: ya no cuenta.")
#: Takes ``playbook``.
FROM_PLAYBOOK = _("Se reunió al salir de un problema: %(playbook)s.")
#: Takes ``name`` and ``size``.
FILE = _("Archivo: %(name)s (%(size)s bytes), en el ZIP como")
FILE_MISSING = _("El archivo ya no estaba al cerrar: se conserva su huella.")
FILE_CHANGED = _("El archivo no coincidía con su huella al cerrar.")
THE_SYSTEM = _("El sistema")

#: What a piece of evidence is, where its step's name does not say it.
WHAT: Mapping[str, Words] = {
    "second_word": _("Segunda confirmación"),
    "timer": _("Tiempo de espera cumplido"),
    "letter_to_sign": _("Carta como llegó"),
    "signed_here": _("Carta firmada por la bóveda"),
}

WAITS = _("Las esperas")
#: Takes ``kind``, ``cause``, ``first``, ``last`` and ``how``.
WAIT = _("%(kind)s: %(cause)s. Del %(first)s al %(last)s. %(how)s")
PLAYBOOKS = _("Las salidas de problemas")
#: Takes ``playbook``, ``step``, ``state``, ``who``, ``first`` and ``last``.
PLAYBOOK = _("%(playbook)s, en «%(step)s». %(state)s. %(who)s, del %(first)s al %(last)s.")
REQUESTS = _("Lo que se pidió al cliente")
#: Takes ``what``, ``name``, ``who``, ``when`` and ``state``.
REQUEST = _("%(what)s. Se pidió a %(name)s el %(when)s; lo pidió %(who)s. %(state)s.")
CHECKOUTS = _("Los archivos que salieron del resguardo")
#: Takes ``what``, ``who``, ``when`` and ``why``.
CHECKOUT = _("%(what)s. %(who)s, %(when)s. Motivo: %(why)s")
PLACES = _("Dónde se usa el certificado")
#: Takes ``place``, ``answer``, ``who`` and ``when``.
PLACE = _("%(place)s: %(answer)s. %(who)s, %(when)s.")
HISTORY = _("El historial de la renovación")

CHECK = _("Cómo se comprueba este expediente")
CHECK_SIGNATURE = _(
    "Este documento se acompaña de su firma en un archivo aparte (.sig), hecha por la bóveda con la llave de auditoría "
    "del despacho, cuya parte pública viene en el ZIP (.pem). Con OpenSSL 3, en la carpeta del ZIP:"
)
CHECK_MANIFEST = _(
    "La lista de los archivos del ZIP (manifest.json) debe tener esta huella SHA-256, y cada archivo la que dice la "
    "lista:"
)
#: Takes ``when`` and ``zone``.
MADE = _("Hecho el %(when)s. Las horas son las de %(zone)s.")

#: For the ZIP. Takes ``company``, ``rfc``, ``key``, ``pdf``, ``manifest``, ``key_file`` and ``missing``.
README = _(
    "EXPEDIENTE DE RENOVACIÓN\n"
    "%(company)s, RFC %(rfc)s\n"
    "\n"
    "Qué hay aquí\n"
    "  %(pdf)s             los pasos, sus pruebas, quién y cuándo\n"
    "  %(pdf)s.sig         la firma del expediente\n"
    "  %(key_file)s        la llave pública que la comprueba (%(key)s)\n"
    "  %(manifest)s        la lista de los archivos, con su huella SHA-256\n"
    "  archivos/                  los archivos, con el número del paso adelante\n"
    "%(missing)s"
    "\n"
    "Cómo se comprueba, sin este programa: con OpenSSL 3, en esta carpeta\n"
    "\n"
    "1. Que nadie cambió el expediente. Debe contestar «Signature Verified Successfully»:\n"
    "\n"
    "   openssl pkeyutl -verify -pubin -inkey %(key_file)s -rawin -in %(pdf)s -sigfile %(pdf)s.sig\n"
    "\n"
    "   La llave pública viene aquí por comodidad. Para estar seguro de que es la del despacho,\n"
    "   compárala con la que te entregó antes.\n"
    "\n"
    "2. Que la lista es la del expediente. La huella debe ser la que está al final del expediente:\n"
    "\n"
    "   openssl dgst -sha256 %(manifest)s\n"
    "\n"
    "3. Que cada archivo es el de la lista. Cada huella debe ser la que dice la lista:\n"
    "\n"
    "   openssl dgst -sha256 archivos/*\n"
    "\n"
    "   En Windows, uno por uno: certutil -hashfile archivos\\NOMBRE SHA256\n"
)
#: Takes ``names``.
README_MISSING = _("  Faltan estos archivos, que ya no estaban: %(names)s\n")
