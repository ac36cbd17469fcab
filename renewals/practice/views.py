"""Which screens does the practice portal show, and what does each of them take? Doors alone; ``portal`` decides."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from renewals.access import Right, require
from renewals.errors import AlreadyMoved, Refusal
from renewals.pki.certificate import CertificateFacts, read_certificate
from renewals.pki.pfx import build_pfx
from renewals.practice import pairs, papers, portal, session, signing
from renewals.practice.memory import MAIL_SECONDS, WITH_OLD, Failure, Stage
from renewals.practice.portal import Visit
from renewals.wording.errors import say_refusal

Screen = Callable[[HttpRequest, Visit], HttpResponse]

#: Stage → the template of its screen.
_SCREENS = {
    Stage.NONE: "notice",
    Stage.NEW_KEY: "new_key",
    Stage.LETTER_OLD: "letter",
    Stage.MAIL: "mail",
    Stage.INSTALL: "install",
    Stage.LOST: "lost",
    Stage.LETTER_NEW: "letter",
    Stage.GENERATED: "generated",
    Stage.CONDITIONS: "letter",
    Stage.DONE: "inside",
}
_LETTERS = (Stage.LETTER_OLD, Stage.LETTER_NEW, Stage.CONDITIONS)


def inside(*stages: Stage) -> Callable[[Screen], Callable[..., HttpResponse]]:
    """A screen for somebody who has entered, at one of these stages; at another one they are led to theirs."""

    def decorate(screen: Screen) -> Callable[..., HttpResponse]:
        @wraps(screen)
        def answer(request: HttpRequest) -> HttpResponse:
            person = require(request.user, Right.WORK)
            visit = session.visit_of(request, person)
            if visit is None:
                return _front(request, code="#01001")
            if visit.fails(Failure.PORTAL_DOWN):
                return _down(request, visit)
            if stages and visit.memory.stage not in stages:
                return redirect("practice:screen")
            try:
                response = screen(request, visit)
            except AlreadyMoved:
                response = redirect("practice:screen")
            except Refusal as refusal:
                response = _screen(request, visit, refusal=refusal)
            return session.keep(response, visit, person)

        return answer

    return decorate


@require_GET
def front(request: HttpRequest) -> HttpResponse:
    """The portal's door: certificate, key, user and password."""
    require(request.user, Right.WORK)
    return _front(request)


@sensitive_post_parameters()
@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Let a pair for practice in. Whose certificate it is, is looked at before its key and password are."""
    person = require(request.user, Right.WORK)
    try:
        holder = pairs.holder_of(_file(request, "certificado"), person=person)
        visit = Visit.of(holder.company, number=holder.number, serial=holder.facts.serial)
        if visit.fails(Failure.PORTAL_DOWN):
            return _down(request, visit)
        pairs.require_user(request.POST.get("usuario", ""), holder.facts)
        pairs.opened(holder.facts, key=_file(request, "llave"), password=request.POST.get("password", ""))
        portal.enter(visit, holder.facts, now=timezone.now())
    except Refusal as refusal:
        return _front(request, refusal=refusal)
    return session.keep(redirect("practice:screen"), visit, person)


@require_GET
@inside()
def screen(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Where the request stands."""
    portal.after_mail(visit, now=timezone.now())
    return _screen(request, visit)


@require_http_methods(["GET", "POST"])
@inside(Stage.NONE)
def data(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The company's data, of which only the yellow fields can be changed."""
    if not portal.may_renew(visit.facts, timezone.now()):
        return redirect("practice:screen")
    mail = request.POST.get("correo", visit.facts.email)
    refusal = None
    if request.method == "POST":
        try:
            portal.confirm_data(visit, mail=mail, now=timezone.now())
        except AlreadyMoved:
            raise
        except Refusal as refused:
            refusal = refused
        else:
            return redirect("practice:screen")
    return _page(request, "data", visit, refusal=refusal, mail=mail)


@sensitive_post_parameters()
@require_POST
@inside(Stage.NEW_KEY)
def new_key(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Make the key and let the browser save it; the page stays, and leads on once the file is there."""
    file = portal.make_key(
        visit,
        password=request.POST.get("password_nueva", ""),
        again=request.POST.get("password_nueva_2", ""),
        now=timezone.now(),
    )
    return _download(file, _file_name(request.POST.get("archivo", ""), visit, ".key"))


@require_GET
@inside(*_LETTERS)
def letter(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The letter of this screen, unsigned."""
    return _download(_letter(visit), f"carta_{visit.memory.stage}_{visit.number}.pdf")


@sensitive_post_parameters()
@require_POST
@inside(*_LETTERS)
def sign(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Sign the letter here, with certificate, key and password; the signed one is saved by the browser."""
    holder = pairs.holder_of(_file(request, "certificado"), person=require(request.user, Right.WORK))
    signing.require_signer(holder.facts, visit.facts.der)
    pair = pairs.opened(holder.facts, key=_file(request, "llave"), password=request.POST.get("password", ""))
    signed = signing.sign(_letter(visit), pair, now=timezone.now())
    name = f"carta_{visit.memory.stage}_{visit.number}_firmada.pdf"
    portal.letter_signed(visit, now=timezone.now())
    return _download(signed, name)


@require_POST
@inside(*_LETTERS)
def signed(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Take a letter that was signed elsewhere, for instance in the vault: no key comes here for it."""
    signing.require_signed(_file(request, "carta"), letter=_letter(visit), by=visit.facts)
    portal.letter_signed(visit, now=timezone.now())
    return redirect("practice:screen")


@sensitive_post_parameters()
@require_POST
@inside(Stage.INSTALL)
def install(request: HttpRequest, visit: Visit) -> HttpResponse:
    """New key and password; the certificate comes as a file, alone or together with its key."""
    return _installed(request, visit, recovering=False)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@inside()
def recover(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The address under which a certificate that was issued can still be installed: it names the serial."""
    serial = request.GET.get("SERIAL_NOM", "").strip()
    refusal: Refusal | None = None
    try:
        portal.require_issued(visit, serial)
        if request.method == "POST":
            return _installed(request, visit, recovering=True)
    except AlreadyMoved:
        raise
    except Refusal as refused:
        refusal = refused
    return _page(request, "recover", visit, refusal=refusal, serial=serial)


@require_GET
@inside(Stage.LETTER_NEW, Stage.GENERATED)
def certificate(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The issued certificate once more: it is public."""
    return _download(visit.memory.issued_der(), f"certificado_{visit.number}.cer")


@require_http_methods(["GET", "POST"])
@inside()
def serial(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Which serial was issued under an NPIE?"""
    npie, found, refusal = request.POST.get("npie", portal.npie_of(visit.number)), "", None
    if request.method == "POST":
        try:
            found = portal.issued_serial(visit.company, npie)
        except Refusal as refused:
            refusal = refused
    return _page(request, "serial", visit, refusal=refusal, npie=npie, found=found)


@require_GET
@inside(Stage.DONE)
def receipt(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What one prints as proof of being inside."""
    return _download(papers.receipt(visit.memory, visit.facts), f"constancia_idse_{visit.number}.pdf")


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Leave the portal."""
    require(request.user, Right.WORK)
    return session.end(redirect("practice:front"))


# --- what the screens share ---------------------------------------------------------------------------------------


def _installed(request: HttpRequest, visit: Visit, *, recovering: bool) -> HttpResponse:
    password = request.POST.get("password", "")
    key = pairs.private_key(_file(request, "llave"), password)
    if not portal.install(visit, key, recovering=recovering, now=timezone.now()):
        return _page(request, "lost", visit, status=500)
    issued = visit.memory.issued_der()
    chosen = request.POST.get("archivo", "")
    if request.POST.get("formato") == "pfx":
        pfx = build_pfx(key, issued, password, windows_compatible=True)
        return _download(pfx, _file_name(chosen, visit, ".pfx"))
    return _download(issued, _file_name(chosen, visit, ".cer"))


def _file(request: HttpRequest, name: str) -> bytes | None:
    """What came in this field; each is read only when it is its turn."""
    upload = request.FILES.get(name)
    return None if upload is None else upload.read()


def _letter(visit: Visit) -> bytes:
    return papers.letter(visit.memory, visit.facts)


def _screen(request: HttpRequest, visit: Visit, *, refusal: Refusal | None = None) -> HttpResponse:
    stage = Stage(visit.memory.stage)
    name = _SCREENS[stage]
    if stage == Stage.NEW_KEY and visit.fails(Failure.BROKEN_PAGE):
        name = "broken"
    response = _page(request, name, visit, refusal=refusal)
    if stage == Stage.MAIL and not visit.fails(Failure.MAIL_STOPS):
        response.headers["Refresh"] = str(MAIL_SECONDS)
    return response


def _page(
    request: HttpRequest,
    name: str,
    visit: Visit | None,
    *,
    refusal: Refusal | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {"error": say_refusal(refusal) if refusal else "", "now": timezone.now(), **more}
    if visit is not None:
        context |= _about(visit, timezone.now())
    return render(request, f"practice/{name}.html", context, status=400 if refusal and status == 200 else status)


def _about(visit: Visit, now: datetime) -> dict[str, Any]:
    facts: CertificateFacts = visit.facts
    memory = visit.memory
    return {
        "company": visit.company,
        "facts": facts,
        "stage": memory.stage,
        "is_old": memory.stage in WITH_OLD,
        "is_expired": facts.not_after <= now,
        "may_renew": portal.may_renew(facts, now),
        "npie": portal.npie_of(visit.number),
        "number": visit.number,
        "issued": read_certificate(memory.issued_der()) if memory.issued else None,
        "failures": visit.account.switches,
    }


def _front(request: HttpRequest, *, refusal: Refusal | None = None, code: str = "") -> HttpResponse:
    return _page(request, "front", None, refusal=refusal, code=code, status=200)


def _down(request: HttpRequest, visit: Visit) -> HttpResponse:
    return _page(request, "down", visit, status=503)


def _file_name(typed: str, visit: Visit, ending: str) -> str:
    """What the person called it, as far as every disk takes it; never a path."""
    stem = "".join(one for one in typed.strip().removesuffix(ending) if one.isalnum() or one in "-_")[:60]
    return f"{stem or visit.number}{ending}"


def _download(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
