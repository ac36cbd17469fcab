"""Where does a mail provider tell us what came back? Only where one was named, with the secret that it was given."""

import structlog
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from renewals.notices.bounces import record
from renewals.notices.provider import PROVIDERS, report_of

log = structlog.get_logger(__name__)

#: Bytes and events of one call; a provider sends some kilobytes, and the rest in another call.
LARGEST = 1_000_000
MOST_EVENTS = 500


@csrf_exempt
@login_not_required
@require_POST
def mail_webhook(request: HttpRequest) -> HttpResponse:
    """Write down what came back; 404 where no provider was named, 400 without the secret or for what makes no sense."""
    provider = PROVIDERS.get(settings.MAIL_PROVIDER)
    if provider is None or not settings.ANYMAIL["WEBHOOK_SECRET"]:
        raise Http404
    if int(request.headers.get("Content-Length") or LARGEST + 1) > LARGEST:
        return HttpResponse(status=413)
    reader = import_string(provider.reader)()
    # Raises what becomes a 400, before anything of the call is read.
    reader.run_validators(request)
    try:
        reports = [report_of(event) for event in reader.parse_events(request)[:MOST_EVENTS]]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        log.warning("webhook.makes_no_sense", error=type(error).__name__)
        return HttpResponse(status=400)
    now = timezone.now()
    came_back = sum(record(report, now=now) for report in reports if report is not None)
    log.info("webhook.heard", events=len(reports), came_back=came_back)
    return HttpResponse()
