"""With which keys does this firm sign what it says of itself? For whoever checks a signature."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from renewals.vault.audit_key import as_pem, public_keys


@require_GET
def audit_keys(request: HttpRequest) -> HttpResponse:
    """Every public half there was, the newest first."""
    keys = [{"key": key, "hex": key.public_key.hex(), "pem": as_pem(key)} for key in public_keys()]
    return render(request, "audit_keys.html", {"keys": keys})
