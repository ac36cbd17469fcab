"""How does a person take a company's history with them?"""

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from renewals.access import Right, company_for, require
from renewals.vault.exporting_history import export_history


@never_cache
@require_POST
def company_history(request: HttpRequest, company_id: int) -> StreamingHttpResponse:
    """The history as lines of JSON, with links and signatures, to be checked without this program."""
    company = company_for(request.user, company_id, Right.SEE)
    now = timezone.now()
    lines = export_history(company=company, by=require(request.user, Right.SEE), now=now)
    name = f"historial-{company.rfc}-{timezone.localdate(now).isoformat()}.jsonl"
    return StreamingHttpResponse(
        lines,
        content_type="application/jsonl",
        headers={"Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or ""},
    )
