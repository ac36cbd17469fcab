"""How does a person hand in a letter for the vault to sign, at a step of the guide?"""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from renewals.access import Right, renewal_for, require, require_recent_confirmation
from renewals.errors import Refusal
from renewals.procedure import signing
from renewals.procedure.handed import Upload
from renewals.vault.documents import LIMIT_MEGABYTES
from renewals.web.guide_page import frame
from renewals.web.identity import confirmed_at
from renewals.web.middleware import ELSEWHERE
from renewals.wording.errors import say_refusal
from renewals.wording.steps import say_step


class SignForm(forms.Form):
    """The letter, and why it is signed."""

    document = forms.FileField(
        label=_("La carta, en PDF"),
        help_text=_("Tal como la dio el portal, sin firmar. Máximo %(limit)s MB.") % {"limit": LIMIT_MEGABYTES},
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".pdf"}),
    )
    reason = forms.CharField(
        label=_("¿Para qué se firma?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Lo lee quien aprueba, y queda en el historial de la empresa."),
    )


@never_cache
@require_http_methods(["GET", "POST"])
def step_sign(request: HttpRequest, renewal_id: int, key: str) -> HttpResponse:
    """Hand the letter in; the password must have been typed within the last minutes."""
    found = renewal_for(request.user, renewal_id, Right.WORK)
    by = require(request.user, Right.WORK)
    now = timezone.now()
    try:
        _row, certificate = signing.stands_for_signing(found.pk, key)
    except Refusal as refusal:
        messages.warning(request, say_refusal(refusal))
        return redirect("renewal", found.pk)
    require_recent_confirmation(confirmed_at=confirmed_at(request), now=now)
    likely = gettext("Renovación %(number)s: %(step)s") % {"number": found.pk, "step": say_step(key)}
    form = SignForm(request.POST or None, request.FILES or None, initial={"reason": likely})
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["document"]
        try:
            asked = signing.ask(
                renewal=found,
                step_key=key,
                upload=Upload(name=upload.name or "", data=upload.read()),
                reason=form.cleaned_data["reason"],
                by=by,
                confirmed_at=confirmed_at(request),
                now=now,
            )
        except ELSEWHERE:
            raise
        except Refusal as refusal:
            form.add_error("document", say_refusal(refusal))
        else:
            messages.success(request, gettext("La carta quedó guardada. Falta que otra persona apruebe la firma."))
            return redirect("approval", asked.approval_id)
    context = {**frame(found, person=by), "form": form, "signs_with": certificate, "step_title": say_step(key)}
    context["is_signer_expired"] = certificate.is_expired(now)
    return render(request, "renewals/sign.html", context, status=400 if form.errors else 200)
