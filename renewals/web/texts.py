"""How does a partner put the firm's own words in the place of the program's, look at them, and bring those back?"""

from dataclasses import dataclass
from typing import Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from renewals.access import Right, require
from renewals.errors import NotVisible, Refusal
from renewals.errors.texts import TextPlaceUnknown
from renewals.models import StepText
from renewals.models.certificate import Kind
from renewals.procedure import steps
from renewals.procedure import texts as verbs
from renewals.procedure.restricted_text import LONGEST, parse
from renewals.procedure.steps import Plan
from renewals.web.guide_texts import as_html
from renewals.web.program_words import program_words
from renewals.wording.errors import say_refusal
from renewals.wording.steps import say_step
from renewals.wording.texts import PLACEHOLDERS, say_part, say_plan

#: For which kind of certificate the program's words are shown, where they differ by kind.
KIND_OF_PLAN: Final = {"npie": Kind.NPIE.value, "general": Kind.EFIRMA.value}
#: What the placeholders stand for in a preview; nobody's data.
SAMPLE: Final = {
    "empresa": "Comercializadora Ejemplo",
    "rfc": "XAXX010101000",
    "registro_patronal": "Y5400001102",
    "correo": "imss@ejemplo.mx",
    "vence_el": "31 de diciembre de 2026",
    "serie": "00001000000500000000",
    "archivo_llave": "NPIE_EJEMPLO.key",
    "archivo_certificado": "NPIE_EJEMPLO.cer",
}


class TextForm(forms.Form):
    """The firm's words for one part, and the version that the person saw."""

    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    body = forms.CharField(required=False, max_length=LONGEST, strip=True, widget=forms.Textarea(attrs={"rows": 12}))


@dataclass(frozen=True, slots=True)
class Line:
    """One part of one step in the list, and whose words stand there."""

    step: str
    number: int
    title: str
    part: str
    part_words: str
    text: StepText | None


@require_GET
def texts(request: HttpRequest) -> HttpResponse:
    """Every part of every step of every edition."""
    require(request.user, Right.MANAGE)
    today = {steps.plan_for(kind) for kind in Kind.values}
    plans = [
        {"plan": plan, "title": say_plan(plan.name), "lines": _lines(plan), "is_today": plan in today}
        for plan in steps.PLANS
    ]
    return render(request, "texts/list.html", {"section": "guide", "plans": plans})


@require_http_methods(["GET", "POST"])
def text(request: HttpRequest, plan: str, edition: int, key: str, part: str) -> HttpResponse:
    """One part: the program's words and the firm's side by side; a POST saves them, or only shows them."""
    by = require(request.user, Right.MANAGE)
    name = _part(plan, edition, key, part)
    form = TextForm(request.POST if request.method == "POST" else None)
    preview: SafeString | None = None
    if request.method == "POST" and form.is_valid():
        body = form.cleaned_data["body"]
        try:
            preview = as_html(parse(body), SAMPLE)
            if "preview" not in request.POST:
                verbs.save(
                    plan=plan,
                    edition=edition,
                    step_key=key,
                    part=name,
                    body=body,
                    seen=form.cleaned_data["seen"],
                    by=by,
                    now=timezone.now(),
                )
                messages.success(request, _("Guardado. Así se ve desde ahora en todas las renovaciones."))
                return redirect("text", plan, edition, key, part)
        except Refusal as refusal:
            form.add_error("body", say_refusal(refusal))
    return _page(request, plan, edition, key, part, form=form, preview=preview)


@require_POST
def text_bring_back(request: HttpRequest, plan: str, edition: int, key: str, part: str) -> HttpResponse:
    """Let the program's own words stand again."""
    by = require(request.user, Right.MANAGE)
    name = _part(plan, edition, key, part)
    form = TextForm(request.POST)
    if form.is_valid():
        seen = form.cleaned_data["seen"]
        try:
            verbs.save(
                plan=plan, edition=edition, step_key=key, part=name, body="", seen=seen, by=by, now=timezone.now()
            )
            messages.success(request, _("Volvieron las palabras del programa. Las tuyas quedan en el historial."))
        except Refusal as refusal:
            messages.warning(request, say_refusal(refusal))
    return redirect("text", plan, edition, key, part)


def _page(
    request: HttpRequest, plan: str, edition: int, key: str, part: str, *, form: TextForm, preview: SafeString | None
) -> HttpResponse:
    name = _part(plan, edition, key, part)
    versions = verbs.versions_of(plan, edition, key, name)
    current = next((one for one in versions if one.is_current), None)
    kind = KIND_OF_PLAN.get(plan, Kind.NPIE.value)
    program = program_words(key, name, kind=kind)
    own = current.body if current is not None else ""
    if not form.is_bound:
        form = TextForm(initial={"seen": 0 if current is None else current.version, "body": own or program})
    shown = {
        "section": "guide",
        "plan_title": say_plan(plan),
        "place": {"plan": plan, "edition": edition, "key": key, "part": part},
        "title": say_step(key),
        "part_words": say_part(name),
        "program": as_html(parse(program), SAMPLE),
        "own": as_html(parse(own), SAMPLE) if own else None,
        "preview": preview,
        "form": form,
        "seen": 0 if current is None else current.version,
        "versions": versions,
        "placeholders": [(f"{{{one}}}", words) for one, words in PLACEHOLDERS.items()],
        "differs_by_kind": key == "obtain" and name in verbs.PARTS,
    }
    return render(request, "texts/text.html", shown, status=400 if form.errors else 200)


def _lines(plan: Plan) -> list[Line]:
    current = verbs.all_texts(plan.name, plan.edition)
    return [
        Line(
            step=step.key,
            number=number,
            title=say_step(step.key),
            part=part.replace(":", "-"),
            part_words=say_part(part),
            text=found if (found := current.get((step.key, part))) is not None and found.body else None,
        )
        for number, step in enumerate(plan.steps, start=1)
        for part in verbs.parts_of(plan.name, plan.edition, step.key)
    ]


def _part(plan: str, edition: int, key: str, part: str) -> str:
    """The part that an address names. Raises NotVisible where there is none."""
    name = part.replace("-", ":", 1)
    try:
        known = verbs.parts_of(plan, edition, key)
    except TextPlaceUnknown:
        raise NotVisible from None
    if name not in known:
        raise NotVisible
    return name
