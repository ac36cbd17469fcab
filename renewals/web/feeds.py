"""How does somebody get their deadlines into a calendar program, and how do such links end?"""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from renewals.access import Right, company_for, feed_for, require
from renewals.errors import AlreadyMoved
from renewals.models import Company
from renewals.notices.feeds import links_for, make_feed, read_feed, revoke_feed
from renewals.web.identity import confirmed_at
from renewals.wording.errors import say_refusal


@require_GET
def feeds(request: HttpRequest) -> HttpResponse:
    """One's own links; for partners everybody's, so that they can end them."""
    links = links_for(require(request.user, Right.SEE))
    told = {"mine": links.mine, "has_own": links.has_own, "others": links.others}
    return render(request, "feeds/feeds.html", told)


@never_cache
@require_POST
def feed_make(request: HttpRequest) -> HttpResponse:
    """A link to all that one answers for, shown once."""
    return _made(request, company=None)


@never_cache
@require_POST
def company_feed_make(request: HttpRequest, company_id: int) -> HttpResponse:
    """A link to the deadlines of one company, shown once."""
    return _made(request, company=company_for(request.user, company_id, Right.SEE))


@require_POST
def feed_revoke(request: HttpRequest, feed_id: int) -> HttpResponse:
    """End a link."""
    feed = feed_for(request.user, feed_id)
    try:
        revoke_feed(feed=feed, by=require(request.user, Right.SEE), now=timezone.now())
    except AlreadyMoved:
        messages.info(request, _("Ese enlace ya no servía."))
    else:
        messages.success(request, _("El enlace ya no sirve. Los calendarios que lo usaban dejan de actualizarse."))
    return redirect("feeds")


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """What a calendar program gets; the link itself is all it has to show."""
    content = read_feed(token=token, now=timezone.now())
    return HttpResponse(content, content_type="text/calendar; charset=utf-8")


def _made(request: HttpRequest, *, company: Company | None) -> HttpResponse:
    person = require(request.user, Right.SEE)
    try:
        token = make_feed(company=company, by=person, confirmed_at=confirmed_at(request), now=timezone.now())
    except AlreadyMoved as refusal:
        messages.error(request, say_refusal(refusal))
        return redirect("feeds")
    # Rendered here and now: on the way to another page the link would have to be kept somewhere.
    link = settings.PUBLIC_URL + reverse("feed", args=[token])
    return render(request, "feeds/made.html", {"link": link, "subscribe": _webcal(link), "company": company})


def _webcal(link: str) -> str:
    """The same address as calendar programs on a phone or a Mac open it by themselves."""
    return f"webcal://{link.partition('://')[2]}"
