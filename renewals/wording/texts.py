"""How does the program call what the firm can say in its own words, and why is a text not taken?"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from renewals.wording.playbooks import say_playbook

Words = str | Promise

#: Part of a step → what it is called on the page.
PARTS: dict[str, Words] = {
    "see": _("Qué debes ver en el portal"),
    "do": _("Qué haces"),
    "proof": _("Qué lo prueba"),
}

#: Plan → what it is called.
PLANS: dict[str, Words] = {
    "npie": _("Certificado del IMSS (NPIE)"),
    "general": _("Los demás certificados"),
}

#: Placeholder → what stands there.
PLACEHOLDERS: dict[str, Words] = {
    "empresa": _("razón social"),
    "rfc": _("RFC"),
    "registro_patronal": _("registro patronal"),
    "correo": _("correo para renovaciones"),
    "vence_el": _("día en que vence el certificado anterior"),
    "serie": _("serie del certificado anterior"),
    "archivo_llave": _("nombre propuesto para la llave nueva"),
    "archivo_certificado": _("nombre propuesto para el certificado nuevo"),
}

#: Code → sentence, as ``wording.errors`` has them.
TEXT_ERRORS: dict[str, Words] = {
    "text_too_long": _("El texto es muy largo: el máximo es de %(limit)s letras."),
    "placeholder_unknown": _("No hay ningún dato que se llame %(found)s. Puedes usar: %(known)s."),
    "link_elsewhere": _("Solo se permiten enlaces https de %(known)s, y este no lo es: %(address)s"),
    "bold_unclosed": _("Falta cerrar las negritas (**) en: %(line)s"),
    "text_place_unknown": _("Esa parte de la guía no existe."),
    "text_changed": _("Alguien más guardó otra versión mientras tanto. Mira cómo quedó antes de guardar la tuya."),
}


def say_part(part: str) -> str:
    """What a part of a step is called."""
    if part.startswith("playbook:"):
        return say_playbook(part.removeprefix("playbook:"))[0]
    return str(PARTS[part])


def say_plan(name: str) -> str:
    """What a plan is called; its bare name where nobody has worded it."""
    return str(PLANS.get(name, name))
