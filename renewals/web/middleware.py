"""What do all pages have in common: how are refusals answered, what may a page load, and who may keep it?"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from renewals.errors import ConfirmationNeeded, NotPermitted, NotVisible, Refusal
from renewals.web.identity import ask_to_confirm
from renewals.wording.errors import say_refusal

GetResponse = Callable[[HttpRequest], HttpResponse]

#: Refusals that are answered here for every page alike; a page that shows refusals beside its form lets them pass.
ELSEWHERE = (NotVisible, NotPermitted, ConfirmationNeeded)

#: Pages of ours: nothing inline, nothing from elsewhere.
STRICT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: The admin theme's Alpine evaluates expressions and styles inline; nothing but the admin gets this.
ADMIN_POLICY = STRICT_POLICY.replace("script-src 'self'", "script-src 'self' 'unsafe-eval'").replace(
    "style-src 'self'", "style-src 'self' 'unsafe-inline'"
)
#: A page that shows a mail in a frame of its own, which runs no script: mails carry their styles inline.
MAIL_POLICY = STRICT_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")


def content_security_policy(get_response: GetResponse) -> GetResponse:
    """Send a Content-Security-Policy with every page (W3C CSP Level 3)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        policy = ADMIN_POLICY if request.path.startswith("/admin/") else STRICT_POLICY
        response.headers.setdefault("Content-Security-Policy", policy)
        return response

    return middleware


def keep_no_copies(get_response: GetResponse) -> GetResponse:
    """Let no browser or proxy keep a page (RFC 9111 section 5.2.2.5); the files that pages load never come this far."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    return middleware


class answer_refusals:  # noqa: N801  # a middleware is named like the function it stands for
    """Answer what no view caught.

    What ``access`` refuses becomes 404 and 403, so that a stranger cannot tell a hidden company from none; what needs
    the password again leads to the page that asks for it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a refusal that no view caught."""
        if not isinstance(exception, Refusal):
            return None
        if isinstance(exception, ConfirmationNeeded):
            return ask_to_confirm(request)
        status = {NotVisible: 404, NotPermitted: 403}.get(type(exception), 400)
        return render(request, "refused.html", {"message": say_refusal(exception)}, status=status)
