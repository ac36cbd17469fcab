"""Who is inside the practice portal? A short session of the portal's own, beside that of the program."""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from renewals.clients.practice_accounts import practice_company
from renewals.errors import NotVisible
from renewals.models import Person
from renewals.practice.portal import Visit

COOKIE, SALT = "practica_sesion", "practice.session"
#: The portal forgets who is inside after so many seconds without a page.
LASTS = 20 * 60


def visit_of(request: HttpRequest, person: Person) -> Visit | None:
    """The visit of this browser, for the person who entered; None once it is over."""
    try:
        kept = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LASTS)
        if kept["person"] != person.pk:
            return None
        company = practice_company(person, int(kept["company"]))
    except (signing.BadSignature, NotVisible, KeyError, TypeError, ValueError):
        return None
    return Visit.of(company, number=str(kept["number"]), serial=str(kept["serial"]))


def keep(response: HttpResponse, visit: Visit, person: Person) -> HttpResponse:
    """Let the browser show who is inside, from now on; no secret in it, and nobody else can write one."""
    told = {"person": person.pk, "company": visit.company.pk, "number": visit.number, "serial": visit.serial}
    response.set_cookie(
        COOKIE,
        signing.dumps(told, salt=SALT),
        max_age=LASTS,
        path=reverse("practice:front"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response


def end(response: HttpResponse) -> HttpResponse:
    """Leave the portal."""
    response.delete_cookie(COOKIE, path=reverse("practice:front"), samesite="Strict")
    return response
