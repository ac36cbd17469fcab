"""How does a person take on a company, change it, see what it has, and say who works for it?"""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from renewals import audit
from renewals.access import Right, company_for, may, person_for, require
from renewals.clients import installations
from renewals.clients.assignments import assign, assigned_to, unassign, who_may_answer
from renewals.clients.companies import ContactFacts, contacts_of, create_company, state_of, update_company
from renewals.errors import (
    CannotBeResponsible,
    CompanyChanged,
    CompanyExists,
    CompanyNameMissing,
    NotAnRfc,
    NotARegistroPatronal,
    NotPermitted,
    NotVisible,
    Refusal,
    RegistroPatronalIsInUse,
    RegistroPatronalTaken,
    RfcIsInUse,
)
from renewals.expiry.silencing import silences_of
from renewals.models import Company, Region
from renewals.notices.recipients import broken_among
from renewals.people.stand_ins import acts_for
from renewals.pki.identifiers import (
    is_registro_patronal,
    is_rfc,
    normalise_registro_patronal,
    registro_patronal_warnings,
    rfc_warnings,
)
from renewals.procedure.installing import still_to_install
from renewals.web.client_requests import requests_of
from renewals.web.installations import PlaceForm
from renewals.web.mandates import lines_of
from renewals.web.standing import FIRST, history, standing
from renewals.wording.errors import say_refusal
from renewals.wording.warnings import say_warning

#: Blank rows for contacts below those a company has.
BLANK_CONTACTS = 2
#: What a row of the form says of a contact.
CONTACT = tuple(one.name for one in fields(ContactFacts))
#: Refusal → the field of the form it is about.
PLACES: dict[type[Refusal], str] = {
    CannotBeResponsible: "responsible",
    CompanyExists: "rfc",
    CompanyNameMissing: "name",
    NotAnRfc: "rfc",
    NotARegistroPatronal: "registros_patronales",
    RegistroPatronalIsInUse: "registros_patronales",
    RegistroPatronalTaken: "registros_patronales",
    RfcIsInUse: "rfc",
}


class CompanyForm(forms.Form):
    """The data of a company."""

    rfc = forms.CharField(
        label="RFC",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    name = forms.CharField(label=gettext_lazy("Nombre o razón social"), max_length=254)
    renewal_mailbox = forms.EmailField(
        label=gettext_lazy("Correo para renovaciones"),
        required=False,
        help_text=gettext_lazy("El que se escribe en el portal al renovar. Conviene que alguien lo lea a diario."),
    )
    region = forms.ChoiceField(
        label=gettext_lazy("Estado"),
        required=False,
        choices=[("", gettext_lazy("Sin indicar")), *Region.choices],
        help_text=gettext_lazy("Para contar los plazos con los días inhábiles de sus oficinas."),
    )
    responsible = forms.ModelChoiceField(
        label=gettext_lazy("Responsable en el despacho"),
        queryset=who_may_answer(),
        required=False,
        empty_label=gettext_lazy("Nadie por ahora"),
        help_text=gettext_lazy("Recibe los avisos de vencimiento."),
    )
    registros_patronales = forms.CharField(
        label=gettext_lazy("Registros patronales"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=gettext_lazy("Uno por renglón, con o sin guiones: Y54-00001-10-2"),
    )
    #: Which data the person began from; empty for a new company.
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    confirmed = forms.BooleanField(label=gettext_lazy("Los revisé y están bien; guardar así"), required=False)

    def __init__(self, *args: Any, locked: bool = False, **kwargs: Any) -> None:
        """``locked``: who answers for the company is not asked."""
        super().__init__(*args, **kwargs)
        if locked:
            del self.fields["responsible"]

    def numbers(self) -> list[str]:
        """The registros patronales as typed, one per line."""
        return str(self.cleaned_data["registros_patronales"]).replace(",", "\n").splitlines()

    def overtaken(self, company: Company, contacts: Sequence[ContactFacts]) -> None:
        """Say beside what was typed what stands there now; the next sending is made in its knowledge."""
        now, numbers = _initial(company), sorted(normalise_registro_patronal(one) for one in self.numbers())
        told = self.cleaned_data | {"registros_patronales": "\n".join(filter(None, numbers))}
        for name in now.keys() & told.keys() - {"seen"}:
            if (told[name] or "") != (now[name] or ""):
                self.add_error(name, _("Ahora dice: %(now)s") % {"now": now[name] or "—"})
        there = contacts_of(company)
        if set(there) != set(contacts):
            told_of = {True: _("recibe avisos"), False: ""}
            said = "; ".join(
                ", ".join(filter(None, (one.name, one.email, one.phone, told_of[one.gets_notices]))) for one in there
            )
            self.add_error(None, _("Contactos que hay ahora: %(now)s") % {"now": said or "—"})
        self.data = dict(self.data.items()) | {"seen": now["seen"]}

    def doubts(self) -> list[str]:
        """What is odd about the identifiers, in words, unless the person has seen it and wants them so."""
        if self.cleaned_data["confirmed"]:
            return []
        rfc = self.cleaned_data["rfc"].strip().upper()
        found = [(code, rfc) for code in rfc_warnings(rfc)] if is_rfc(rfc) else []
        numbers = [one.strip() for one in self.numbers() if is_registro_patronal(one)]
        found += [(code, one) for one in numbers for code in registro_patronal_warnings(one)]
        return [say_warning(code, detail) for code, detail in found]


class ContactForm(forms.Form):
    """One person at the client."""

    name = forms.CharField(label=gettext_lazy("Nombre"), max_length=150, required=False)
    email = forms.EmailField(label=gettext_lazy("Correo"), required=False)
    phone = forms.CharField(label=gettext_lazy("Teléfono"), max_length=30, required=False)
    gets_notices = forms.BooleanField(label=gettext_lazy("Recibe avisos"), required=False)

    def clean(self) -> dict[str, Any]:
        """A way to reach somebody needs a name, and notices need a way to reach somebody."""
        told = super().clean() or self.cleaned_data
        if (told.get("email") or told.get("phone")) and not told.get("name"):
            self.add_error("name", _("Escribe el nombre del contacto."))
        if told.get("gets_notices") and not told.get("email") and "email" not in self.errors:
            self.add_error("email", _("Escribe el correo al que se le avisa."))
        return told


ContactForms = forms.formset_factory(ContactForm, extra=BLANK_CONTACTS, max_num=30)


class AssignForm(forms.Form):
    """Somebody who shall work for the company."""

    person = forms.ModelChoiceField(label=gettext_lazy("Persona"), queryset=who_may_answer())


@require_http_methods(["GET", "POST"])
def company_new(request: HttpRequest) -> HttpResponse:
    """Take on a company; the address may bring what a certificate said."""
    by = require(request.user, Right.WORK)
    told = {"rfc": "rfc", "name": "nombre", "registros_patronales": "registro"}
    initial = {field: request.GET.get(parameter, "") for field, parameter in told.items()}
    form = CompanyForm(request.POST or None, initial=initial | {"responsible": by.pk})
    contacts = ContactForms(request.POST or None, prefix="contacto")
    if _is_ready(request, form, contacts):
        try:
            company = create_company(by=by, **_told(form, contacts))
        except Refusal as refusal:
            _show(form, refusal)
        else:
            messages.success(request, _("Se dio de alta %(company)s.") % {"company": company})
            if request.GET.get("despues") == "certificado":
                return redirect(f"{reverse('certificate_upload')}?empresa={company.pk}")
            return redirect("company", company.pk)
    return _form_page(request, form, contacts, company=None)


@require_http_methods(["GET", "POST"])
def company_edit(request: HttpRequest, company_id: int) -> HttpResponse:
    """Change the data of a company."""
    company = company_for(request.user, company_id, Right.WORK)
    by = require(request.user, Right.WORK)
    form = CompanyForm(request.POST or None, initial=_initial(company), locked=not may(by, Right.MANAGE))
    known = [asdict(one) for one in contacts_of(company)]
    contacts = ContactForms(request.POST or None, prefix="contacto", initial=known)
    if _is_ready(request, form, contacts):
        told = _told(form, contacts, company)
        try:
            update_company(company=company, seen=form.cleaned_data["seen"], by=by, **told)
        except CompanyChanged as refusal:
            _show(form, refusal)
            form.overtaken(company_for(by, company_id, Right.WORK), told["contacts"])
        except Refusal as refusal:
            _show(form, refusal)
        else:
            messages.success(request, _("Los cambios quedaron guardados."))
            return redirect("company", company.pk)
    return _form_page(request, form, contacts, company=company_for(by, company_id, Right.WORK))


@require_GET
def company(request: HttpRequest, company_id: int) -> HttpResponse:
    """What a company is, has, and what happened to it."""
    return _page(request, company_for(request.user, company_id, Right.SEE), AssignForm())


@require_POST
def company_assign(request: HttpRequest, company_id: int) -> HttpResponse:
    """Let somebody work for the company."""
    company = company_for(request.user, company_id, Right.MANAGE)
    form = AssignForm(request.POST)
    if not form.is_valid():
        return _page(request, company, form)
    try:
        assign(company=company, person=form.cleaned_data["person"], by=require(request.user, Right.MANAGE))
    except CannotBeResponsible as refusal:
        messages.error(request, say_refusal(refusal))
    return redirect("company", company.pk)


@require_POST
def company_unassign(request: HttpRequest, company_id: int, person_id: int) -> HttpResponse:
    """Take the company away from somebody."""
    company = company_for(request.user, company_id, Right.MANAGE)
    somebody = person_for(request.user, person_id, Right.MANAGE)
    unassign(company=company, person=somebody, by=require(request.user, Right.MANAGE))
    return redirect("company", company.pk)


def _initial(company: Company) -> dict[str, Any]:
    """The data of a company as its form shows them, and which data these are."""
    numbers = company.registros_patronales.order_by("number").values_list("number", flat=True)
    return {
        "rfc": company.rfc,
        "name": company.name,
        "renewal_mailbox": company.renewal_mailbox,
        "region": company.region,
        "responsible": company.responsible,
        "registros_patronales": "\n".join(numbers),
        "seen": state_of(company),
    }


def _is_ready(request: HttpRequest, form: CompanyForm, contacts: Any) -> bool:
    """Whether the form was sent, is complete, and leaves no doubt that the person has not seen."""
    if request.method != "POST":
        return False
    complete = all([form.is_valid(), contacts.is_valid()])
    return complete and not form.doubts()


def _told(form: CompanyForm, contacts: Any, company: Company | None = None) -> dict[str, Any]:
    told = form.cleaned_data
    rows: Sequence[dict[str, Any]] = [one.cleaned_data for one in contacts if one.cleaned_data.get("name")]
    return {
        "rfc": told["rfc"],
        "name": told["name"],
        "renewal_mailbox": told["renewal_mailbox"],
        "region": told["region"],
        "responsible": told.get("responsible", company.responsible if company else None),
        "contacts": [ContactFacts(**{name: one[name] for name in CONTACT}) for one in rows],
        "registros_patronales": form.numbers(),
    }


def _show(form: CompanyForm, refusal: Refusal) -> None:
    """Put a refusal at the field it is about; who may not do this at all gets the page for that."""
    if isinstance(refusal, NotPermitted | NotVisible):
        raise refusal
    form.add_error(PLACES.get(type(refusal)), say_refusal(refusal))


def _form_page(request: HttpRequest, form: CompanyForm, contacts: Any, *, company: Company | None) -> HttpResponse:
    doubts = form.doubts() if form.is_bound and form.is_valid() else []
    told = {"form": form, "contacts": contacts, "company": company, "doubts": doubts, "section": "companies"}
    return render(request, "companies/form.html", told)


def _page(request: HttpRequest, company: Company, assign_form: AssignForm) -> HttpResponse:
    today = timezone.localdate()
    under_way = {one.certificate_id: one for one in company.renewals.under_way()}
    contacts = list(company.contacts.all())
    rows = company.certificates.defer("der").prefetch_related("registros_patronales")
    current = list(rows.current())
    quiet = silences_of([one.pk for one in current], today=today)
    everything = request.GET.get("historial") == "todo"
    told = {
        "company": company,
        "current": [
            standing(one, today=today, renewal=under_way.get(one.pk), silence=quiet.get(one.pk)) for one in current
        ],
        "retired": [standing(one, today=today, renewal=None) for one in rows.retired()],
        "contacts": contacts,
        "broken": broken_among([contact.email for contact in contacts]),
        "registros": company.registros_patronales.all(),
        "mandates": lines_of(company, today=today),
        "requests": requests_of(company),
        "people": assigned_to(company),
        "acting": acts_for(company.responsible, today=today) if company.responsible else None,
        "assign_form": assign_form,
        "history": history(audit.history_of_company(company), everything=everything),
        "first_lines": None if everything else FIRST,
        "may_work": may(request.user, Right.WORK) and company.closed_at is None,
        "may_manage": may(request.user, Right.MANAGE),
        "places": installations.installations_of(company),
        "left_places": still_to_install(require(request.user, Right.SEE), company=company),
        "place_form": PlaceForm(auto_id="place_%s"),
        "destructions": company.destructions.defer("certificate", "statement"),
        "section": "companies",
    }
    return render(request, "companies/company.html", told)
