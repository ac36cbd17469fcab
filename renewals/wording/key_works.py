"""How is a long work on keys spoken of, and what does its proof say?"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: State → colour of its mark.
COLOURS: dict[str, str] = {"asked": "grey", "working": "amber", "done": "green", "failed": "red"}
#: How a master key is held → words.
HOLDERS: dict[str, str | Promise] = {"local": _("Archivo en el servidor"), "pkcs11": _("HSM (PKCS#11)")}
#: What became of the file of a retired master key → words.
FILES: dict[str, str | Promise] = {
    "removed": _("Se quitó de la carpeta de llaves maestras"),
    "absent": _("Ya no estaba en la carpeta"),
    "kept": _("Sigue en la carpeta: este proceso no puede borrarlo. Bórralo a mano"),
}
#: What a proof counts → words, in the order they are read.
PROOF: dict[str, str | Promise] = {
    "key_id": _("Llave maestra"),
    "left": _("Llaves o secretos que quedaron atrás"),
    "companykey": _("Llaves de datos de empresas"),
    "intakekey": _("Llaves de recepción"),
    "auditkey": _("Llaves de auditoría"),
    "rows": _("Secretos de la empresa"),
    "opened": _("Abiertas al final para comprobarlo"),
    "destroyed": _("Llaves de datos anteriores destruidas"),
    "file": _("Archivo de la llave"),
    "keep_until": _("Archivos de llaves anteriores la necesitan hasta: guarda su copia o sus hojas"),
}


def say_proof(proof: Mapping[str, object]) -> list[tuple[str, str]]:
    """What a work wrote down at its end, line by line."""
    return [
        (str(words), str(FILES.get(str(proof[name]), proof[name]) if name == "file" else proof[name]))
        for name, words in PROOF.items()
        if name in proof
    ]
