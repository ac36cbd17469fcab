"""What does every address answer to every person? A new address, list or action without an answer here fails."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import URLPattern, get_resolver, reverse

from renewals.models import BulkJob, Certificate, Renewal
from tests.integration.address_answers import AGAIN, EXPECTED, IN, PEOPLE, Answer
from tests.integration.firm_rows import STEP, one_of_everything

#: The only addresses that answer somebody who is not signed in.
OPEN_TO_STRANGERS = {"sign_in", "sign_out", "health", "feed", "mail_webhook"} | {
    name for name in EXPECTED if name.startswith(("client_link", "client_answer"))
}
#: Asked with these, where an address without a query means nothing.
QUERIES = {"checkout_ask": {"certificado": "certificate"}, "client_request_new": {"empresa": "company"}}
#: These end the session, so they are asked with one of their own.
ENDS_THE_SESSION = {"sign_out", "admin:logout"}

#: Actions on chosen rows: who is offered each.
ACTIONS = {
    ("certificate", "queue_renewals"): {"ana", "beto", "carla"},
    ("certificate", "ask_for_files"): {"ana", "beto", "carla"},
}


def addresses(patterns: list[Any], namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address of the project and of the admin, by its name."""
    for one in patterns:
        if hasattr(one, "url_patterns"):
            yield from addresses(one.url_patterns, f"{namespace}{one.namespace}:" if one.namespace else namespace)
        else:
            yield f"{namespace}{one.name or 'anything else'}", one


def address_of(name: str, pattern: URLPattern, rows: dict[str, Any]) -> str:
    """The address, filled in with the rows."""
    if name == "admin:anything else":
        return reverse("admin:index") + "no-existe/"
    if name == "admin:app_list":
        return reverse(name, args=["renewals"])
    model = name.removeprefix("admin:renewals_").removesuffix("_change")
    filled = {"key": STEP, "name": "todo.zip", "object_id": rows[model].pk if model in rows else None}
    filled |= dict.fromkeys(["token", "day", "message", "playbook", "what", "portal"], "no-existe")
    filled |= {"plan": "general", "edition": 1, "part": "do"}
    filled |= {f"{kind}_id": one.pk for kind, one in rows.items()}
    return reverse(name, kwargs={argument: filled[argument] for argument in pattern.pattern.converters})


def answer(response: Any) -> Answer:
    """The status, or where one is sent before anything is answered."""
    target = response.headers.get("Location", "")
    if target.startswith((f"{reverse('sign_in')}?next=", reverse("admin:login"))):
        return IN
    return AGAIN if target.startswith(reverse("confirm_identity")) else int(response.status_code)


@pytest.fixture
def everything(ana, beto, carla, dalia, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return one_of_everything(beto)


@pytest.fixture
def signed_in(ana, beto, carla, dalia):
    """A browser of each person, signed in, without a password typed lately."""

    def of(who: str) -> Client:
        client = Client()
        if who != "stranger":
            client.force_login({"ana": ana, "beto": beto, "carla": carla, "dalia": dalia}[who])
        return client

    return of


def test_every_address_has_its_answers_and_no_answer_lacks_its_address():
    assert {name for name, _pattern in addresses(get_resolver().url_patterns)} == set(EXPECTED)


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_address_answers_each_person_as_expected(who, method, everything, signed_in):
    client = signed_in(who)
    place = PEOPLE.index(who)
    answered = {}
    for name, pattern in addresses(get_resolver().url_patterns):
        asking = signed_in(who) if name in ENDS_THE_SESSION else client
        asked = {key: everything[kind].pk for key, kind in QUERIES.get(name, {}).items()}
        response = asking.generic(method, address_of(name, pattern, everything), query_params=asked)
        answered[name] = answer(response)
        # Not ``response.close()``: it also ends the request, and with it the test's connection to the database.
        for close in response._resource_closers:
            close()
    assert answered == {name: expected[method][place] for name, expected in EXPECTED.items()}


def test_only_the_listed_addresses_are_open_to_strangers():
    """By the mark on the view itself, whatever it answers, and by the answers; the admin asks by itself."""
    views = {name: pattern.callback for name, pattern in addresses(get_resolver().url_patterns)}
    marked = {name for name, view in views.items() if not getattr(view, "login_required", True)}
    assert {name for name in marked if not name.startswith("admin:")} == OPEN_TO_STRANGERS
    assert {name for name, one in EXPECTED.items() if {one["GET"][0], one["POST"][0]} != {IN}} == OPEN_TO_STRANGERS


def test_every_action_is_offered_to_whom_it_should_be(everything, ana, beto, carla, dalia):
    offered: dict[tuple[str, str], set[str]] = {}
    for model, model_admin in admin.site._registry.items():
        for person in (ana, beto, carla, dalia):
            request = RequestFactory().get("/")
            request.user = person
            for action in model_admin.get_actions(request):
                offered.setdefault((model._meta.model_name or "", action), set()).add(person.username)
    assert offered == ACTIONS


@pytest.mark.parametrize(
    ("who", "asked"), [("stranger", False), ("ana", True), ("beto", True), ("carla", False), ("dalia", False)]
)
def test_the_queueing_action_reaches_only_rows_of_ones_own(who, asked, everything, signed_in):
    listing = reverse("admin:renewals_certificate_changelist")
    chosen = {"action": "queue_renewals", "_selected_action": [everything["certificate"].pk]}
    response = signed_in(who).post(listing, chosen, follow=True)
    assert ("¿Poner en cola la renovación de 1 certificado?" in response.content.decode()) is asked


@pytest.mark.parametrize(
    ("who", "status"), [("stranger", 302), ("ana", 302), ("beto", 302), ("carla", 302), ("dalia", 403)]
)
def test_going_on_makes_a_job_for_those_who_work(who, status, everything, signed_in):
    jobs = BulkJob.objects.count()
    posted = {"chosen": str(everything["certificate"].pk), "request_key": "a" * 32}
    response = signed_in(who).post(reverse("bulk_queue"), posted)
    assert response.status_code == status
    assert BulkJob.objects.count() - jobs == (who in {"ana", "beto", "carla"})


def test_what_carla_asks_for_others_rows_is_left_out_and_tells_her_nothing(everything, signed_in, work):
    posted = {"chosen": str(everything["certificate"].pk), "request_key": "a" * 32}
    client = signed_in("carla")
    job = client.post(reverse("bulk_queue"), posted).headers["Location"]
    work()
    page = client.get(job).content.decode()
    assert "0 de 0" in page
    assert Renewal.objects.count() == 1
    assert str(Certificate.objects.get().serial) not in page
