"""How does a partner part with a client, step by step, and hand them the proof?"""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from renewals.access import Right, company_for, destruction_for, require, require_recent_confirmation
from renewals.approvals.deciding import who_may_decide
from renewals.desk import destructions, offboarding
from renewals.desk.offboarding import Parting, Step
from renewals.errors import NotVisible, Refusal
from renewals.models import ApprovalState, Company, KeyWork
from renewals.vault import tombstone
from renewals.vault.erasing import ask_erasure
from renewals.web.identity import confirmed_at
from renewals.web.middleware import ELSEWHERE
from renewals.wording.errors import say, say_refusal
from renewals.wording.offboarding import FILES, say_parting

_HISTORY_TELLS = gettext_lazy("Queda en el historial de la empresa, con tu nombre y la hora.")


class ReasonForm(forms.Form):
    """Why somebody wants it."""

    reason = forms.CharField(label=gettext_lazy("¿Por qué?"), max_length=200, help_text=_HISTORY_TELLS)


class CloseForm(ReasonForm):
    """Why the firm parts with the client, and what became of the files."""

    handed_back = forms.ChoiceField(
        label=gettext_lazy("¿Qué pasó con los archivos del cliente?"),
        choices=list(FILES.items()),
        widget=forms.RadioSelect,
    )
    field_order = ("handed_back", "reason")


@never_cache
@require_GET
def company_offboarding(request: HttpRequest, company_id: int) -> HttpResponse:
    """Where the parting stands, and the one thing to do next."""
    company = company_for(request.user, company_id, Right.MANAGE)
    parting = offboarding.parting_of(company, now=timezone.now())
    if parting.step in {Step.OPEN, Step.CLOSED}:
        # Asked for before somebody has typed anything that would be lost.
        require_recent_confirmation(confirmed_at=confirmed_at(request), now=timezone.now())
    return _page(request, company, parting)


@never_cache
@require_GET
def company_offboarding_state(request: HttpRequest, company_id: int) -> HttpResponse:
    """The part of the page that waits for the vault worker."""
    company = company_for(request.user, company_id, Right.MANAGE)
    parting = offboarding.parting_of(company, now=timezone.now())
    response = render(request, "companies/erasing.html", {"parting": parting})
    if parting.step != Step.WORKING and not (parting.step == Step.ANNOUNCED and parting.due_at is None):
        response.headers["X-Live"] = "done"
    return response


@require_POST
def company_close(request: HttpRequest, company_id: int) -> HttpResponse:
    """Give the company up."""
    company = company_for(request.user, company_id, Right.MANAGE)
    form = CloseForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        try:
            offboarding.close(
                company=company,
                reason=say_parting(told["reason"], told["handed_back"]),
                by=require(request.user, Right.MANAGE),
                confirmed_at=confirmed_at(request),
                now=timezone.now(),
            )
        except ELSEWHERE:
            raise
        except Refusal as refusal:
            form.add_error(None, say_refusal(refusal))
        else:
            messages.success(request, _("%(company)s quedó dada de baja.") % {"company": company.name})
            return redirect("company_offboarding", company_id=company.pk)
    return _page(request, company, offboarding.parting_of(company, now=timezone.now()), close_form=form)


@require_POST
def company_erase(request: HttpRequest, company_id: int) -> HttpResponse:
    """Ask to destroy the keys; another partner decides."""
    company = company_for(request.user, company_id, Right.MANAGE)
    form = ReasonForm(request.POST, prefix="erase")
    if form.is_valid():
        try:
            ask_erasure(
                company=company,
                reason=form.cleaned_data["reason"],
                by=require(request.user, Right.MANAGE),
                confirmed_at=confirmed_at(request),
                now=timezone.now(),
            )
        except ELSEWHERE:
            raise
        except Refusal as refusal:
            form.add_error(None, say_refusal(refusal))
        else:
            return redirect("company_offboarding", company_id=company.pk)
    return _page(request, company, offboarding.parting_of(company, now=timezone.now()), erase_form=form)


@require_POST
def company_reopen(request: HttpRequest, company_id: int) -> HttpResponse:
    """Take the company on again."""
    company = company_for(request.user, company_id, Right.MANAGE)
    form = ReasonForm(request.POST, prefix="reopen")
    if form.is_valid():
        try:
            offboarding.reopen(
                company=company,
                reason=form.cleaned_data["reason"],
                by=require(request.user, Right.MANAGE),
                confirmed_at=confirmed_at(request),
                now=timezone.now(),
            )
        except ELSEWHERE:
            raise
        except Refusal as refusal:
            form.add_error(None, say_refusal(refusal))
        else:
            messages.success(request, _("%(company)s está abierta otra vez.") % {"company": company.name})
            return redirect("company", company_id=company.pk)
    return _page(request, company, offboarding.parting_of(company, now=timezone.now()), reopen_form=form)


@never_cache
@require_GET
def destruction(request: HttpRequest, destruction_id: UUID) -> HttpResponse:
    """The proof that a company's keys were destroyed, and how anybody checks it."""
    row = destruction_for(request.user, destruction_id)
    context = {
        "destruction": row,
        "told": tombstone.read(bytes(row.statement)),
        "files": [(name, len(content)) for name, content in destructions.files_of(row).items()],
        "command": destructions.command_of(row),
    }
    return render(request, "companies/destruction.html", context)


@never_cache
@require_GET
def destruction_file(request: HttpRequest, destruction_id: UUID, name: str) -> HttpResponse:
    """One of its files, or all of them in a ZIP."""
    row = destruction_for(request.user, destruction_id)
    if name == "todo.zip":
        return _download(destructions.package_of(row), f"constancia-{row.company.rfc}.zip", "application/zip")
    content = destructions.files_of(row).get(name)
    if content is None:
        raise NotVisible
    kind = "application/pdf" if name.endswith(".pdf") else "application/octet-stream"
    return _download(content, name, kind)


def _failure(work: KeyWork | None) -> str:
    """Why the last wish to destroy the keys came to nothing."""
    if work is not None and work.approval is not None and work.approval.state == ApprovalState.STOPPED:
        return _("Se detuvo antes de que se hiciera: las llaves siguen en resguardo.")
    return say(work.failure_code, work.failure_facts) if work is not None and work.failure_code else ""


def _download(content: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response.headers["Content-Disposition"] = str(content_disposition_header(as_attachment=True, filename=name))
    return response


def _page(request: HttpRequest, company: Company, parting: Parting, **forms_with_errors: forms.Form) -> HttpResponse:
    work = parting.work
    approval = work.approval if work is not None else None
    context = {
        "company": company,
        "parting": parting,
        "approval": approval,
        "others": who_may_decide(approval) if approval is not None and parting.step == Step.ASKED else [],
        "failure": _failure(work),
        "close_form": CloseForm(),
        "erase_form": ReasonForm(prefix="erase"),
        "reopen_form": ReasonForm(prefix="reopen"),
        # Above all steps: what was refused may well be why its form is gone.
        "refused": [error for form in forms_with_errors.values() for error in form.non_field_errors()],
        "section": "companies",
        **forms_with_errors,
    }
    return render(request, "companies/offboarding.html", context)
