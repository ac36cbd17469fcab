"""How does a person ask for the files of several certificates, and fetch them once another one has agreed?"""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from renewals.access import Right, approval_for, require, require_recent_confirmation
from renewals.custody import asking, bundles
from renewals.errors import NotVisible, Refusal
from renewals.models import ApprovalKind
from renewals.web.addresses import client_address
from renewals.web.checkout import AskForm, address_of, give_key
from renewals.web.identity import confirmed_at
from renewals.web.middleware import ELSEWHERE
from renewals.wording.errors import say_refusal

#: So many certificates are looked at in one go.
MOST_CHOSEN = 100


class ChosenForm(forms.Form):
    """Ids of certificates, comma between them."""

    certificados = forms.RegexField(r"^\d{1,18}(,\d{1,18})*$", max_length=20 * MOST_CHOSEN)


class ReasonForm(forms.Form):
    """Why they are needed; whoever decides reads it."""

    reason = forms.CharField(
        label=gettext_lazy("¿Para qué los necesitas?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Lo lee quien aprueba, y queda en el historial de cada empresa."),
    )


class CollectForm(AskForm):
    """For how long, and in which form; the reason is the one that was approved."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, of_pair=True, **kwargs)
        del self.fields["reason"]


@never_cache
@require_http_methods(["GET", "POST"])
def bundle_ask(request: HttpRequest) -> HttpResponse:
    """Show what was chosen, company by company, and ask another person for it."""
    by = require(request.user, Right.WORK)
    now = timezone.now()
    require_recent_confirmation(confirmed_at=confirmed_at(request), now=now)
    chosen = ChosenForm(request.GET)
    if not chosen.is_valid():
        return render(request, "bulk/nothing_chosen.html", status=400)
    numbers = {int(one) for one in chosen.cleaned_data["certificados"].split(",")}
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            asked = bundles.ask_bundles(
                certificates=numbers, reason=reason, by=by, confirmed_at=confirmed_at(request), now=now
            )
        except ELSEWHERE:
            raise
        except Refusal as refusal:
            form.add_error(None, say_refusal(refusal))
        else:
            if len(asked) == 1:
                return redirect("approval", asked[0].pk)
            messages.success(request, _asked(len(asked)))
            return redirect("admin:renewals_approval_changelist")
    found = [
        (one, [(certificate, say_refusal(why)) for certificate, why in one.left_out])
        for one in bundles.sorted_out(certificates=numbers, person=by, now=now)
    ]
    ready = sum(len(one.certificates) for one, _left_out in found)
    requests = sum(1 for one, _left_out in found if one.certificates)
    context = {"form": form, "found": found, "ready": ready, "requests": requests, "most": bundles.MOST_IN_BUNDLE}
    return render(request, "checkout/ask_bundle.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def bundle_collect(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Fetch what was approved: as any other checkout from here on."""
    person = require(request.user, Right.WORK)
    approval = approval_for(person, approval_id)
    if approval.kind != ApprovalKind.BULK_CHECKOUT or approval.asked_by_id != person.pk:
        raise NotVisible
    under_way = bundles.collected(approval)
    if under_way is not None:
        return redirect(address_of(under_way))
    now = timezone.now()
    require_recent_confirmation(confirmed_at=confirmed_at(request), now=now)
    form = CollectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        transport_key = asking.new_transport_key()
        try:
            checkout = bundles.collect(
                approval=approval,
                person=person,
                confirmed_at=confirmed_at(request),
                from_address=client_address(request),
                transport_key=transport_key,
                now=now,
                terms=form.terms(),
            )
        except ELSEWHERE:
            raise
        except Refusal as refusal:
            form.add_error(None, say_refusal(refusal))
        else:
            return give_key(redirect(address_of(checkout)), checkout, transport_key)
    context = {"form": form, "approval": approval, "count": len(approval.facts.get("certificates", []))}
    return render(request, "checkout/collect_bundle.html", context)


def _asked(number: int) -> str:
    told = ngettext(
        "Se pidió la aprobación para %(number)s empresa.",
        "Se pidió la aprobación para %(number)s empresas, una por una.",
        number,
    )
    return told % {"number": number}
