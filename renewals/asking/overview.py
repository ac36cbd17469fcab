"""What was asked of whom, what of it has come, and did the mail leave?"""

from dataclasses import dataclass

from django.db.models import QuerySet

from renewals.models import ClientRequest, ClientRequestItem, Company, Contact, Delivery, Renewal, Wanted

#: So many requests are named on the page of a company or of a renewal; the list has them all.
SHOWN = 6


@dataclass(frozen=True, slots=True)
class Overview:
    """A request with its things, in the order in which they were asked for."""

    request: ClientRequest
    items: tuple[ClientRequestItem, ...]


def of_company(company: Company) -> list[Overview]:
    """The latest requests of a company, newest first; one question."""
    return _latest(ClientRequest.objects.filter(company=company))


def of_renewal(renewal: Renewal) -> list[Overview]:
    """The latest requests of a renewal, newest first; one question."""
    return _latest(ClientRequest.objects.filter(renewal=renewal))


def one(request: ClientRequest) -> Overview:
    """One request, with the files that came."""
    return Overview(request, tuple(request.items.select_related("evidence")))


def mail_of(request: ClientRequest) -> Delivery | None:
    """The last message that carried its link; None before one was written."""
    return Delivery.objects.filter(request=request).order_by("-pk").first()


def readers_of(company: Company) -> QuerySet[Contact]:
    """The contacts who can be asked: those with an address."""
    return company.contacts.exclude(email="")


def _latest(rows: QuerySet[ClientRequest]) -> list[Overview]:
    """From the things, so that a page pays one question."""
    items = ClientRequestItem.objects.filter(request__in=rows).select_related("request")
    found: dict[int, list[ClientRequestItem]] = {}
    for item in items.order_by("-request", "pk")[: SHOWN * len(Wanted)]:
        found.setdefault(item.request_id, []).append(item)
    return [Overview(things[0].request, tuple(things)) for things in list(found.values())[:SHOWN]]
