"""How does a person bring a certificate with its key, and see how it stands?"""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods

from renewals import audit
from renewals.access import Right, certificate_for, company_for, may, require
from renewals.errors import (
    CertificateAlreadyHere,
    NoCompany,
    NotVisible,
    Refusal,
    RenewalUnderWay,
)
from renewals.expiry.silencing import silence_of
from renewals.intake.holders import company_of_rfc
from renewals.intake.pairs import DOES_NOT_OPEN, TakenIn, add_key, offer_passphrase, take_in
from renewals.models import Certificate, Company, PairState, Person
from renewals.vault.candidates import candidates_of
from renewals.vault.facts import last_refusal
from renewals.web.deadline import deadline_told
from renewals.web.middleware import ELSEWHERE
from renewals.web.standing import FIRST, history, standing
from renewals.wording.errors import say, say_refusal
from renewals.wording.warnings import say_warning

#: Digits of the largest number of a row.
LONGEST_NUMBER = 18
#: Where intake says a refusal belongs, as the form calls it.
PLACES = {"certificate": "certificate", "key": "key", "passphrase": "passphrase", "company": "rfc"}


class KeyForm(forms.Form):
    """A private key and what opens it."""

    key = forms.FileField(
        label=gettext_lazy("Llave privada (.key)"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".key,.pfx,.p12,.pem"}),
    )
    passphrase = forms.CharField(
        label=gettext_lazy("Contraseña de la llave"),
        required=False,
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("La de la llave privada; no es la del portal del SAT (CIEC) ni la de IDSE."),
    )

    def add_refusal(self, refusal: Refusal) -> None:
        """Show a refusal at the field it is about, or above the form."""
        place = PLACES.get(str(refusal.facts.get("field")), "")
        self.add_error(place if place in self.fields else None, say_refusal(refusal))


class AddKeyForm(KeyForm):
    """The key of a certificate that lacks it; kept unopened, too, where somebody asks for that."""

    keep_locked = forms.BooleanField(
        label=gettext_lazy("Guardar la llave aunque todavía no abra"),
        required=False,
        help_text=gettext_lazy(
            "Elige otra vez el archivo y marca la casilla: la llave queda sellada y la bóveda le probará las "
            "contraseñas que se ofrezcan."
        ),
    )


class UploadForm(KeyForm):
    """A certificate, with its key where it is at hand."""

    certificate = forms.FileField(
        label=gettext_lazy("Certificado (.cer) o PFX"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".cer,.crt,.pem,.pfx,.p12"}),
        help_text=gettext_lazy("Importa lo que trae el archivo, no cómo se llama."),
    )
    rfc = forms.CharField(
        label=gettext_lazy("RFC de la empresa"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        help_text=gettext_lazy("Déjalo vacío: la empresa se reconoce por el certificado."),
    )
    create = forms.BooleanField(
        label=gettext_lazy("Si la empresa no está dada de alta, darla de alta con lo que dice el certificado"),
        required=False,
    )
    field_order = ("certificate", "key", "passphrase", "rfc", "create")

    def __init__(self, *args: Any, company: Company | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].help_text = _("Déjala vacía si subes un PFX, o si todavía no la tienes.")
        if company is not None:
            del self.fields["rfc"], self.fields["create"]


@never_cache
@sensitive_post_parameters()
@sensitive_variables("form")
@require_http_methods(["GET", "POST"])
def certificate_upload(request: HttpRequest) -> HttpResponse:
    """Bring a certificate: for the company in the address, or for the one it names."""
    by = require(request.user, Right.WORK)
    company = _company_asked_for(request.GET.get("empresa", ""), by)
    form = UploadForm(request.POST or None, request.FILES or None, company=company)
    remedy = None
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            taken = take_in(
                certificate=_bytes(told["certificate"]),
                key=_bytes(told["key"]),
                passphrase=told["passphrase"] or None,
                company=company or (company_of_rfc(told["rfc"], person=by) if told["rfc"] else None),
                create=told.get("create", False),
                by=by,
                now=timezone.now(),
            )
        except ELSEWHERE:
            raise
        except Refusal as refusal:
            form.add_refusal(refusal)
            remedy = _remedy(refusal)
        else:
            return _to_certificate(request, taken, _("Se guardó el certificado."))
    page = {"form": form, "company": company, "remedy": remedy, "section": "certificates"}
    return render(request, "certificates/upload.html", page)


@never_cache
@require_GET
def certificate(request: HttpRequest, certificate_id: int) -> HttpResponse:
    """What a certificate says, how it stands, and what can be done with it."""
    row = certificate_for(request.user, certificate_id, Right.SEE)
    everything = request.GET.get("historial") == "todo"
    told = _key_told(row) | {
        "company": row.company,
        "registros": row.registros_patronales.all(),
        "predecessor": row.predecessor,
        "successor": getattr(row, "successor", None),
        "history": history(audit.history_of(row), everything=everything),
        "first_lines": None if everything else FIRST,
        "may_work": may(request.user, Right.WORK) and row.company.closed_at is None,
        "section": "certificates",
    }
    told |= deadline_told(row, person=require(request.user, Right.SEE), today=timezone.localdate())
    return render(request, "certificates/certificate.html", told)


@never_cache
@require_GET
def certificate_state(request: HttpRequest, certificate_id: int) -> HttpResponse:
    """The part of the page that changes while the vault worker takes the key; done once it has answered."""
    row = certificate_for(request.user, certificate_id, Right.SEE)
    told = _key_told(row)
    response = render(request, "certificates/key_state.html", told)
    if not told["is_moving"]:
        response.headers["X-Live"] = "done"
    return response


@never_cache
@sensitive_post_parameters()
@sensitive_variables("form")
@require_http_methods(["GET", "POST"])
def certificate_key(request: HttpRequest, certificate_id: int) -> HttpResponse:
    """Bring the key of a certificate that lacks it, or a passphrase alone for a key file that does not open yet."""
    row = certificate_for(request.user, certificate_id, Right.WORK)
    by = require(request.user, Right.WORK)
    form = AddKeyForm(request.POST or None, request.FILES or None)
    may_keep_locked = False
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        may_keep_locked = told["keep_locked"]
        try:
            if told["key"] is None and told["passphrase"] and candidates_of(row).files:
                offer_passphrase(certificate=row, passphrase=told["passphrase"], by=by)
                messages.success(request, _("La contraseña quedó sellada; la bóveda la va a probar."))
                return redirect("certificate", row.pk)
            taken = add_key(
                certificate=row,
                key=_bytes(told["key"]),
                passphrase=told["passphrase"] or None,
                by=by,
                now=timezone.now(),
                keep_locked=told["keep_locked"],
            )
        except Refusal as refusal:
            form.add_refusal(refusal)
            may_keep_locked |= isinstance(refusal, DOES_NOT_OPEN)
        else:
            return _to_certificate(request, taken, _("Se guardó la llave."))
    page = {"form": form, "may_keep_locked": may_keep_locked, "section": "certificates"} | _key_told(row)
    return render(request, "certificates/add_key.html", page)


def _company_asked_for(number: str, by: Person) -> Company | None:
    """The company whose number the address carries, where it carries one.

    Raises:
        NotVisible: it is no number of a company of theirs.
    """
    if not number:
        return None
    if not number.isascii() or not number.isdigit() or len(number) > LONGEST_NUMBER:
        raise NotVisible
    return company_for(by, int(number), Right.WORK)


def _bytes(upload: UploadedFile[bytes] | None) -> bytes | None:
    return None if upload is None else upload.read()


def _to_certificate(request: HttpRequest, taken: TakenIn, success: str) -> HttpResponse:
    messages.success(request, success)
    for warning in taken.warnings:
        messages.warning(request, say_warning(warning.code, warning.detail))
    return redirect("certificate", taken.certificate.pk)


def _key_told(row: Certificate) -> dict[str, Any]:
    """How the certificate and its key stand, and why the last key was refused."""
    refused = last_refusal(row) if row.pair_state == PairState.FAILED else None
    found = candidates_of(row) if row.pair_state == PairState.FAILED else None
    renewal = row.renewals.under_way().first()
    today = timezone.localdate()
    return {
        "certificate": row,
        "standing": standing(row, today=today, renewal=renewal, silence=silence_of(row, today=today)),
        "refused": say(*refused) if refused else "",
        "wants_key": row.pair_state in {PairState.NO_KEY, PairState.FAILED},
        "candidates": found,
        "is_moving": row.pair_state == PairState.SEALED or (found is not None and found.is_trying),
    }


def _remedy(refusal: Refusal) -> tuple[str, str] | None:
    """Where a refusal can be mended: an address, and what its link says."""
    facts = refusal.facts
    if isinstance(refusal, CertificateAlreadyHere) and facts.get("certificate"):
        return reverse("certificate", args=[facts["certificate"]]), _("Ver el certificado que ya está guardado")
    if isinstance(refusal, RenewalUnderWay):
        return reverse("renewal", args=[facts["renewal"]]), _("Ir a la renovación en curso")
    if isinstance(refusal, NoCompany):
        told = {"rfc": facts["rfc"], "nombre": facts["name"], "registro": facts["registro_patronal"]}
        query = urlencode({name: str(fact) for name, fact in told.items()} | {"despues": "certificado"})
        return f"{reverse('company_new')}?{query}", _("Dar de alta la empresa")
    return None
