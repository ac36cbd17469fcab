"""What does somebody at a client see who opens their link, and how do they answer?

They have no account. The address in the mail shows a page that says nothing and looks nothing up: programs that scan
mail open it, too. Its button sends the word of the link, once; what follows goes by the number of the request and a
signed cookie that only goes to the addresses of that request, so two links in one browser never mix. Only with the code
does a page name a company.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from renewals.asking import arriving, opening
from renewals.asking.opening import Asked
from renewals.clients.documents import read_document
from renewals.errors import NotVisible, Refusal
from renewals.errors.asking import CodeWrong, LinkLocked, LinkOver, RequestOver
from renewals.intake.pairs import DOES_NOT_OPEN
from renewals.models import ClientRequest, Wanted
from renewals.models.certificate import Kind
from renewals.procedure.handed import Upload
from renewals.web.addresses import client_address
from renewals.wording.asking import THINGS, say_to_client

#: With the number of the request after it: what a browser holds for one is never taken for another.
COOKIE = "peticion_"
#: So long may somebody look for their files before the code is asked for again.
LASTS = timedelta(minutes=30)
_SALT = "renewals.web.client_link"
#: How far somebody has come: the link alone, or the code as well.
_LINK, _CODE = "link", "code"

View = Callable[[HttpRequest, int], HttpResponse]


def _public(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For everybody, kept by nobody, and leaving no trace of the address: browsers name the host alone to others."""

    @wraps(view)
    def public(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        # Not "no-referrer": a browser would then hide from our own check where a form comes from.
        response.headers["Referrer-Policy"] = "strict-origin"
        return response

    return login_not_required(never_cache(public))


@_public
@require_GET
def client_link(request: HttpRequest, token: str) -> HttpResponse:
    """The same page for every address of this form, whether it is a link of ours or not."""
    return render(request, "client_link/door.html", {"token": token})


@_public
@require_POST
def client_link_open(request: HttpRequest) -> HttpResponse:
    """The word of a link: on to the code; a mailbox is proved by it."""
    now = timezone.now()
    try:
        asked = opening.knock(token=request.POST.get("token", "")[:100], now=now)
        if not opening.needs_code(asked):
            opening.prove_mailbox(request=asked, from_address=client_address(request), now=now)
            return render(request, "client_link/thanks.html", {"mailbox": asked.address})
    except (LinkOver, RequestOver):
        return _over(request)
    response = redirect("client_answer", asked.pk)
    _let_in(response, asked, _LINK)
    return response


@_public
@require_GET
def client_answer(request: HttpRequest, request_id: int) -> HttpResponse:
    """What is asked for, once the code was told; before that, the code."""
    come = _how_far(request, request_id)
    try:
        asked = opening.standing(request_id=request_id, now=timezone.now()) if come else None
    except LinkOver:
        asked = None
    if asked is None:
        return _over(request)
    return _things(request, asked) if come == _CODE else _code(request, request_id)


@_public
@require_POST
@sensitive_post_parameters()
def client_answer_code(request: HttpRequest, request_id: int) -> HttpResponse:
    """Compare the code; with it, the pages of this request open for a while."""
    now = timezone.now()
    if not _how_far(request, request_id):
        return _over(request)
    try:
        asked = opening.standing(request_id=request_id, now=now).request
        opening.try_code(
            request=asked, code=request.POST.get("code", ""), from_address=client_address(request), now=now
        )
    except CodeWrong as refusal:
        return _code(request, request_id, refusal)
    except LinkLocked as refusal:
        return _over(request, refusal)
    except (LinkOver, RequestOver):
        return _over(request)
    response = redirect("client_answer", request_id)
    _let_in(response, asked, _CODE)
    return response


# Whether somebody may send anything at all is asked before a byte of it is read; the form is checked right after.
@csrf_exempt
@_public
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def client_answer_thing(request: HttpRequest, request_id: int, what: str) -> HttpResponse:
    """One thing: send it, and read at once whether it is the right one."""
    asked = _asked(request, request_id)
    if asked is None:
        return _over(request)
    if what not in pages_of(asked):
        return redirect("client_answer", request_id)
    return _thing(request, asked, what)


@_public
@require_GET
def client_answer_paper(request: HttpRequest, request_id: int) -> HttpResponse:
    """The paper of the mandate that the client is to say yes to, to be saved."""
    asked = _asked(request, request_id)
    if asked is None or asked.mandate is None:
        raise NotVisible
    mandate = asked.mandate
    paper = read_document(path=mandate.document.name or "", sha256=mandate.document_sha256)
    if paper is None:
        raise NotVisible
    response = HttpResponse(paper, content_type="application/octet-stream")
    shown_as = content_disposition_header(as_attachment=True, filename=mandate.document_name)
    response.headers["Content-Disposition"] = shown_as or "attachment"
    return response


@_public
@require_POST
def client_answer_finish(request: HttpRequest, request_id: int) -> HttpResponse:
    """That is all: the link is over."""
    asked = _asked(request, request_id)
    if asked is None:
        return _over(request)
    try:
        arriving.finish(request=asked.request, now=timezone.now())
    except RequestOver:
        return _over(request)
    return _thanks(request, asked.request)


def pages_of(asked: Asked) -> list[str]:
    """The things that have a page of their own; a key brings its passphrase, and the certificate where it is asked.

    The passphrase of a key that is kept and does not open yet has one again.
    """
    things = [one.what for one in asked.items]
    if Wanted.KEY in things and not _is_locked(asked):
        things = [one for one in things if one not in {Wanted.PASSPHRASE, Wanted.CERTIFICATE}]
    return things


@csrf_protect
@sensitive_variables("passphrase", "key", "told")
def _thing(request: HttpRequest, asked: Asked, what: str) -> HttpResponse:
    refusal: Refusal | None = None
    keeps_locked = request.POST.get("keep_locked") == "yes"
    if request.method == "POST":
        try:
            _take(request, asked, what)
        except Refusal as refused:
            refusal = refused
        else:
            try:
                opening.standing(request_id=asked.request.pk, now=timezone.now())
            except LinkOver:
                return _thanks(request, asked.request)
            return redirect("client_answer", asked.request.pk)
    arrived = what not in asked.waiting
    title, hint = _words(asked, what)
    context = {
        **_around(asked),
        "what": what,
        "title": title,
        "hint": hint,
        "arrived": arrived,
        "both": _wants_pair(asked),
        "may_keep_locked": what == Wanted.KEY
        and not _wants_pair(asked)
        and (keeps_locked or isinstance(refusal, DOES_NOT_OPEN)),
        "keeps_locked": keeps_locked,
        "refused": say_to_client(refusal) if refusal is not None else "",
        "place": str(refusal.facts.get("field", "")) if refusal is not None else "",
        "name": request.POST.get("name", "") if what == Wanted.MANDATE else "",
    }
    return render(request, "client_link/thing.html", context, status=409 if refusal is not None else 200)


@sensitive_variables()
def _take(request: HttpRequest, asked: Asked, what: str) -> None:
    row, now, seat = asked.request, timezone.now(), client_address(request)
    if what == Wanted.KEY:
        arriving.take_pair(
            request=row,
            certificate=_bytes(request, "certificate"),
            key=_bytes(request, "key"),
            passphrase=request.POST.get("passphrase", "")[:256],
            from_address=seat,
            now=now,
            keep_locked=request.POST.get("keep_locked") == "yes",
        )
    elif what == Wanted.PASSPHRASE:
        passphrase = request.POST.get("passphrase", "")[:256]
        arriving.take_passphrase(request=row, passphrase=passphrase, from_address=seat, now=now)
    elif what == Wanted.CERTIFICATE:
        arriving.take_certificate(request=row, certificate=_upload(request, "certificate"), from_address=seat, now=now)
    elif what == Wanted.LETTER:
        arriving.take_letter(request=row, letter=_upload(request, "letter"), from_address=seat, now=now)
    elif asked.mandate is not None:
        # What was on the screen, and not what may have been put in its place since.
        if request.POST.get("mandate") != str(asked.mandate.pk):
            raise RequestOver
        arriving.accept_mandate(
            request=row,
            mandate=asked.mandate,
            name=request.POST.get("name", ""),
            ticked=request.POST.get("ticked") == "yes",
            from_address=seat,
            now=now,
        )


def _upload(request: HttpRequest, name: str) -> Upload | None:
    file = request.FILES.get(name)
    return Upload(name=file.name or "", data=file.read()) if isinstance(file, UploadedFile) else None


def _bytes(request: HttpRequest, name: str) -> bytes | None:
    upload = _upload(request, name)
    return None if upload is None else upload.data


def _let_in(response: HttpResponse, asked: ClientRequest, come: str) -> None:
    response.set_cookie(
        f"{COOKIE}{asked.pk}",
        signing.dumps({"request": asked.pk, "come": come}, salt=_SALT),
        max_age=LASTS,
        path=reverse("client_answer", args=[asked.pk]),
        secure=not settings.PLAIN_HTTP,
        httponly=True,
        samesite="Strict",
    )


def _how_far(request: HttpRequest, request_id: int) -> str:
    """How far this browser has come with this request; empty where it has not, or it was too long ago."""
    try:
        told = signing.loads(request.COOKIES.get(f"{COOKIE}{request_id}", ""), salt=_SALT, max_age=LASTS)
    except signing.BadSignature:
        return ""
    return str(told["come"]) if told["request"] == request_id else ""


def _asked(request: HttpRequest, request_id: int) -> Asked | None:
    """What is asked, for a browser that has shown the code; ``None`` otherwise, or where it is over."""
    if _how_far(request, request_id) != _CODE:
        return None
    try:
        return opening.standing(request_id=request_id, now=timezone.now())
    except LinkOver:
        return None


def _things(request: HttpRequest, asked: Asked) -> HttpResponse:
    things = [
        {"what": what, "words": _words(asked, what), "arrived": what not in asked.waiting} for what in pages_of(asked)
    ]
    return render(request, "client_link/things.html", {**_around(asked), "things": things})


def _words(asked: Asked, what: str) -> tuple[str | Promise, str | Promise]:
    """Title and hint of a thing."""
    if what == Wanted.KEY and _is_locked(asked):
        return THINGS["locked"]
    return THINGS["pair" if what == Wanted.KEY and _wants_pair(asked) else what]


def _is_locked(asked: Asked) -> bool:
    """Whether the key has arrived and what opens it has not."""
    return Wanted.PASSPHRASE in asked.waiting and Wanted.KEY in {one.what for one in asked.items} - set(asked.waiting)


def _wants_pair(asked: Asked) -> bool:
    return Wanted.CERTIFICATE in {one.what for one in asked.items}


def _around(asked: Asked) -> dict[str, object]:
    mandate = asked.mandate
    kinds = [] if mandate is None else [Kind(kind).label for kind in mandate.kinds if kind in Kind.values]
    return {"asked": asked.request, "company": asked.request.company, "mandate": mandate, "kinds": kinds}


def _code(request: HttpRequest, request_id: int, refusal: Refusal | None = None) -> HttpResponse:
    told = {"request_id": request_id, "refused": say_to_client(refusal) if refusal is not None else ""}
    return render(request, "client_link/code.html", told, status=200 if refusal is None else 409)


def _thanks(request: HttpRequest, asked: ClientRequest) -> HttpResponse:
    return render(request, "client_link/thanks.html", {"asked": asked})


def _over(request: HttpRequest, refusal: Refusal | None = None) -> HttpResponse:
    """One page for everything that opens nothing: a stranger learns no more from it than that."""
    return render(request, "client_link/over.html", {"why": say_to_client(refusal or LinkOver())}, status=404)
