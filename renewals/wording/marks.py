"""What does a person read about the days on which they are reminded, and about what needs a certificate?"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise

#: Code → sentence, as ``wording.errors`` has them.
MARKS: dict[str, Words] = {
    "marks_missing": _("Escribe al menos un día: sin ninguno nadie se entera a tiempo."),
    "mark_out_of_range": _("%(mark)s no se puede: cada aviso va de %(lowest)s a %(highest)s días antes."),
    "mark_twice": _("El %(mark)s está dos veces."),
    "too_many_marks": _("Son demasiados avisos: a lo más %(most)s."),
}

#: Where the days come from.
WHOSE: Mapping[str, Words] = {
    "program": _("Los de costumbre"),
    "firm": _("Los del despacho"),
    "company": _("Propios de esta empresa"),
}

#: Why one certificate needs another; the values of ``expiry.dependents.Need``.
NEEDS: Mapping[str, Words] = {
    "csd": _("sin esta e.firma vigente no se le da otro CSD"),
    "second_way_in": _(
        "si falla el certificado del IMSS, también se entra a IDSE con esta e.firma mientras esté vigente"
    ),
    "late_company": _("si se le vence, su empresa la renueva tarde con esta e.firma de su representante"),
}


def say_need(need: str) -> str:
    """Why a certificate needs this one."""
    return str(NEEDS[need])
