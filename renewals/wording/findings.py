"""How is it said what somebody did to the history?"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from renewals.errors import Fact

#: Code of a finding → words; a test holds that every code is here, and that its facts fill the words.
FINDINGS: dict[str, str | Promise] = {
    "event_changed": _("Hecho %(event)s: lo que dice ya no coincide con lo que se escribió (%(columns)s)."),
    "event_without_bytes": _("Hecho %(event)s: le quitaron los bytes con que se escribió, o nunca los tuvo."),
    "events_misfit": _(
        "Hechos %(first)s a %(last)s: %(number)s de ellos se escribieron con bytes que no coinciden con lo que dicen; "
        "lo notó la firma %(statement)s. No los cambiaron después, pero este programa no escribe así."
    ),
    "event_not_linked": _("Hecho %(event)s: lleva más de dos días sin quedar encadenado."),
    "event_late": _("Hecho %(event)s: apareció mucho después de la fecha que dice (lo notó la firma %(number)s)."),
    "event_missing": _(
        "Hecho %(event)s: lo borraron. Estaba en la cadena %(chain)s, posición %(position)s, y su eslabón sigue ahí."
    ),
    "event_moved": _(
        "Hecho %(event)s: lo cambiaron de lugar. Está en la cadena %(chain)s, posición %(position)s; su lugar es la "
        "cadena %(its_chain)s, posición %(its_position)s."
    ),
    "event_in_wrong_chain": _(
        "Hecho %(event)s: está en la cadena %(chain)s, posición %(position)s, que no es la de su empresa."
    ),
    "link_broken": _(
        "Hecho %(event)s: no es el que se encadenó en la cadena %(chain)s, posición %(position)s; lo cambiaron junto "
        "con sus bytes, o cambiaron su eslabón."
    ),
    "link_not_signed": _("Hecho %(event)s: alguien lo puso en la cadena %(chain)s sin que la bóveda lo firmara."),
    "links_missing": _("Cadena %(chain)s: faltan las posiciones %(first)s a %(last)s, hechos y eslabones."),
    "chain_cut": _(
        "Cadena %(chain)s: le cortaron el final. Se firmaron las posiciones %(first)s a %(last)s, que ya no están."
    ),
    "chain_rewritten": _(
        "Cadena %(chain)s: la rehicieron. No es la que dice la firma %(number)s: cambió algún hecho entre "
        "%(first_event)s y %(last_event)s."
    ),
    "statements_missing": _("Firmas %(first)s a %(last)s: las borraron."),
    "statement_changed": _("Firma %(number)s: la cambiaron."),
    "statement_out_of_line": _("Firma %(number)s: no sigue a la anterior."),
    "statements_not_signed": _(
        "Firmas %(first)s a %(last)s: %(number)s de ellas no son de la llave de auditoría %(key)s del despacho "
        "(%(why)s)."
    ),
    "heads_contradict": _(
        "Firma %(number)s: vuelve a firmar la cadena %(chain)s en la posición %(position)s, que ya estaba firmada; "
        "alguien borró eslabones y la bóveda encadenó lo que quedó."
    ),
    "key_not_ours": _("Llave de auditoría %(key)s: no es del despacho; alguien la puso o la cambió."),
    "held_missing": _(
        "La firma %(number)s que tienes, del %(at)s, ya no está: el historial termina en la %(last)s. Borraron lo "
        "último, o se restauró un respaldo anterior."
    ),
    "held_differs": _("La firma %(number)s que tienes, del %(at)s, no es la que está ahora: rehicieron el historial."),
    "held_key_differs": _(
        "La firma %(number)s que tienes es de la llave %(key)s, y la base de datos tiene otra llave con ese nombre o "
        "ninguna."
    ),
    "held_not_signed": _(
        "La firma %(number)s que tienes no está bien firmada: tu copia está incompleta o la cambiaron."
    ),
}


def say_finding(code: str, facts: Mapping[str, Fact]) -> str:
    """A finding in words."""
    return str(FINDINGS[code]) % {name: "—" if value in {None, ""} else value for name, value in facts.items()}
