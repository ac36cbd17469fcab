"""Do the lists show each person their own rows, find them by any identifier, and change nothing?"""

from datetime import date, timedelta
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from renewals import audit
from renewals.clients.companies import create_company
from renewals.models import Certificate, Checkout, Delivery, Notice, Person, Renewal
from renewals.models.renewal import RenewalState
from tests.factories import company, person
from tests.integration.desk.rows import listed

SERIAL = "30001000000500003416"


def rows_of(client, model="certificate", **narrowed):
    response = client.get(f"{reverse(f'admin:renewals_{model}_changelist')}?{urlencode(narrowed)}")
    assert response.status_code == 200
    return list(response.context_data["cl"].result_list)


@pytest.fixture
def theirs(ana, beto):
    return create_company(
        rfc="CACX7605101P8",
        name="Óptica Ñandú & Compañía",
        responsible=beto,
        registros_patronales=["Y54-00001-10-2"],
        by=ana,
    )


@pytest.fixture
def npie(theirs):
    row = listed(theirs, days=10, kind="npie", scope="Y5400001102", serial=SERIAL)
    row.registros_patronales.set(theirs.registros_patronales.all())
    return row


@pytest.fixture
def others(ana):
    """Noise that no search of these tests may find."""
    another = company(rfc="EKU9003173C9", name="Escuela Kemper")
    return [listed(another, days=days, serial=f"2000100000040000{days:04d}") for days in (-3, 40, 400)]


@pytest.mark.parametrize(
    "text",
    [
        "optica",
        "ÓPTICA",
        "ñandu",
        "nandu & comp",
        "CACX7605101P8",
        "cacx-760510-1p8",
        "CACX760510",
        "Y54-00001-10-2",
        "Y5400001102",
        "y54 00001 10",
        SERIAL,
        "3000 1000 0005 0000 3416",
        "3416",
    ],
)
def test_any_identifier_finds_it_with_or_without_hyphens_and_accents(client, ana, npie, others, text):
    client.force_login(ana)
    assert rows_of(client, q=text) == [npie]


@pytest.mark.parametrize("text", ["Kemper", "no hay tal", "%", "_", "'; --", "☃", "x" * 500])
def test_a_search_finds_nothing_that_it_should_not(client, ana, npie, text):
    client.force_login(ana)
    assert rows_of(client, q=text) == []


def test_the_company_list_searches_alike(client, ana, theirs, others):
    client.force_login(ana)
    for text in ("ñandu", "CACX-760510", "Y54-00001"):
        assert rows_of(client, "company", q=text) == [theirs]


def test_the_renewal_list_finds_what_the_certificate_list_finds(client, ana, npie, others):
    client.force_login(ana)
    renewal = Renewal.objects.create(company=npie.company, certificate=npie, plan="npie", edition=1)
    assert rows_of(client, "renewal", q=SERIAL) == [renewal]
    assert rows_of(client, "renewal", q="kemper") == []


def test_a_replaced_certificate_is_out_of_the_list_and_still_found(client, ana, npie):
    Certificate.objects.filter(pk=npie.pk).update(retired_at=timezone.now())
    client.force_login(ana)
    assert rows_of(client) == []
    assert rows_of(client, q=SERIAL) == [npie]
    assert rows_of(client, estado="sustituido") == [npie]


def test_staff_find_only_their_own(client, beto, carla, npie, others):
    client.force_login(beto)
    assert rows_of(client) == [npie]
    assert rows_of(client, q="kemper") == []
    client.force_login(carla)
    assert rows_of(client, q=SERIAL) == []


@pytest.mark.parametrize(
    ("narrowed", "days"),
    [
        ({}, [-3, 0, 5, 25, 80, 200]),
        ({"estado": "vigente"}, [0, 5, 25, 80, 200]),
        ({"estado": "vence-pronto"}, [0, 5, 25]),
        ({"estado": "vencido"}, [-3]),
        ({"estado": "en-renovacion"}, [5]),
        ({"estado": "sin-llave"}, [25, 80]),
        ({"estado": "no-existe"}, [-3, 0, 5, 25, 80, 200]),
        ({"faltan": "vencidos"}, [-3]),
        ({"faltan": "7"}, [0, 5]),
        ({"faltan": "30"}, [0, 5, 25]),
        ({"faltan": "90"}, [0, 5, 25, 80]),
        ({"faltan": "mas"}, [200]),
        ({"faltan": "90", "estado": "sin-llave"}, [25, 80]),
        ({"kind__exact": "npie"}, [5]),
        ({"responsable": "nadie"}, [200]),
        ({"responsable": "x"}, [-3, 0, 5, 25, 80, 200]),
        ({"responsable": "9" * 23}, [-3, 0, 5, 25, 80, 200]),
    ],
)
def test_filters_narrow_and_combine(client, ana, theirs, narrowed, days):
    client.force_login(ana)
    for number in (-3, 0):
        listed(theirs, days=number)
    renewed = listed(theirs, days=5, kind="npie")
    Renewal.objects.create(company=theirs, certificate=renewed, plan="npie", edition=1)
    listed(theirs, days=25, pair_state="no_key")
    listed(theirs, days=80, pair_state="failed")
    listed(company(), days=200)
    assert [row.days_left(timezone.localdate()) for row in rows_of(client, **narrowed)] == days


def test_the_filter_by_person_knows_who_i_am(client, ana, beto, npie, others):
    client.force_login(ana)
    assert rows_of(client, responsable=str(beto.pk)) == [npie]
    assert rows_of(client, responsable="yo") == []
    client.force_login(beto)
    assert rows_of(client, responsable="yo") == [npie]


def test_renewals_are_narrowed_by_progress_and_person(client, ana, beto, npie):
    client.force_login(ana)
    open_one = Renewal.objects.create(company=npie.company, certificate=npie, plan="npie", edition=1, assignee=beto)
    another = listed(npie.company, days=3)
    closed = Renewal.objects.create(
        company=npie.company, certificate=another, plan="general", edition=1, open=None, state=RenewalState.DONE
    )
    assert rows_of(client, "renewal") == [open_one]
    assert rows_of(client, "renewal", avance="cerrada") == [closed]
    assert len(rows_of(client, "renewal", avance="todas")) == 2
    assert rows_of(client, "renewal", **{"a-cargo": str(beto.pk)}) == [open_one]
    assert rows_of(client, "renewal", **{"a-cargo": "nadie"}) == []


def test_a_row_leads_to_the_page_of_the_certificate_and_shows_light_days_and_key(client, ana, npie):
    client.force_login(ana)
    page = client.get(reverse("admin:renewals_certificate_changelist")).content.decode()
    assert f'href="{reverse("certificate", args=[npie.pk])}"' in page
    assert '<span class="chip amber">Pronto</span>' in page
    assert '<span class="number">10</span>' in page
    assert '<span class="chip green">En resguardo</span>' in page


@pytest.mark.parametrize("model", ["certificate", "company", "renewal"])
@pytest.mark.parametrize("who", ["ana", "beto"])
def test_the_number_of_queries_does_not_grow(client, who, request, model, npie, beto, django_assert_num_queries):
    client.force_login(request.getfixturevalue(who))
    Renewal.objects.create(company=npie.company, certificate=npie, plan="npie", edition=1, assignee=beto)
    address = reverse(f"admin:renewals_{model}_changelist")
    # Page and count ask each whose companies are one's own today, and so who is away.
    queries = {"certificate": 8, "company": 7, "renewal": 7}[model] + {"ana": 0, "beto": 2}[who]
    with django_assert_num_queries(queries):
        client.get(address)
    for number in range(20):
        row = listed(company(rfc=f"AAA{number:06d}AA{number % 10}", responsible=beto), days=number)
        Renewal.objects.create(company=row.company, certificate=row, plan="general", edition=1)
    with django_assert_num_queries(queries):
        client.get(address)


# --- what a list must never do ------------------------------------------------------------------------------------


def test_nothing_is_added_deleted_or_logged_through_the_admin():
    for model, model_admin in admin.site._registry.items():
        names = {pattern.name for pattern in model_admin.get_urls()}
        assert not any(str(name).endswith(("_add", "_delete", "_history")) for name in names), model


@pytest.mark.parametrize(
    "asked",
    [
        ("person", {"password__startswith": "scrypt"}),
        ("checkout", {"package__isnull": "0"}),
        ("certificate", {"company__responsible__password__startswith": "s"}),
        ("delivery", {"text__contains": "Kemper"}),
        ("event", {"facts__contains": "x"}),
    ],
)
def test_the_address_of_a_list_is_no_way_to_question_columns_it_does_not_show(client, ana, asked):
    model, narrowed = asked
    client.force_login(ana)
    response = client.get(f"{reverse(f'admin:renewals_{model}_changelist')}?{urlencode(narrowed)}")
    assert response.status_code == 400


def test_no_stored_key_has_a_list():
    names = {model._meta.model_name for model in admin.site._registry}
    assert names == {
        "alert",
        "approval",
        "archive",
        "bounce",
        "bulkjob",
        "certificate",
        "checkout",
        "clientrequest",
        "company",
        "delivery",
        "destruction",
        "event",
        "keywork",
        "notice",
        "person",
        "renewal",
        "setaside",
        "standin",
        "sweeprun",
    }


def test_a_checkout_shows_who_and_why_and_never_the_package(client, ana, beto, npie):
    checkout = Checkout.objects.create(
        company=npie.company,
        what="certificate_pair",
        certificate=npie,
        person=beto,
        reason="Entrar a IDSE",
        package=b"PAQUETE-SECRETO",
        passphrase_box=b"CAJA-SECRETA",
        sealed_transport_key=b"LLAVE-SECRETA",
        asked_at=timezone.now(),
        expires_at=timezone.now() + timedelta(minutes=5),
    )
    client.force_login(ana)
    listing = client.get(reverse("admin:renewals_checkout_changelist"))
    detail = client.get(reverse("admin:renewals_checkout_change", args=[checkout.pk]))
    for response in (listing, detail):
        assert "Entrar a IDSE" in response.content.decode()
        assert b"SECRET" not in response.content


def test_a_mail_is_shown_as_it_looked_in_a_frame_that_runs_nothing(client, ana, beto):
    mail = Delivery.objects.create(
        person=beto,
        day=date(2026, 11, 23),
        purpose="digest",
        address="beto@despacho.example",
        message_id="<1@despacho.example>",
        subject="Vencen 3 certificados",
        text="Hola, Beto",
        html='<p>Hola, <b>Beto</b></p><script>alert("x")</script>',
        next_try_at=timezone.now(),
    )
    client.force_login(ana)
    page = client.get(reverse("admin:renewals_delivery_change", args=[mail.pk])).content.decode()
    assert '<iframe class="mail" sandbox=""' in page
    assert "<script>alert" not in page
    assert "&lt;b&gt;Beto&lt;/b&gt;" in page


def test_staff_read_their_own_mails_and_auditors_everybodys(client, ana, beto, carla, dalia):
    for who in (beto, carla):
        Delivery.objects.create(
            person=who,
            day=date(2026, 11, 23),
            purpose="digest",
            address=who.email,
            message_id=f"<{who.pk}@despacho.example>",
            subject="Avisos",
            text="",
            html="",
            next_try_at=timezone.now(),
        )
    client.force_login(beto)
    assert [row.person for row in rows_of(client, "delivery")] == [beto]
    client.force_login(dalia)
    assert len(rows_of(client, "delivery")) == 2


def test_a_mail_to_a_client_says_to_whom_and_is_read_by_those_of_the_company(client, beto, carla):
    ours = company(responsible=beto)
    contact = ours.contacts.create(name="Laura Méndez", email="laura@cliente.example")
    mail = Delivery.objects.create(
        contact=contact,
        company=ours,
        day=date(2026, 11, 23),
        purpose="client",
        address=contact.email,
        message_id="<1@despacho.example>",
        subject="Escuela Kemper Urgate: CSD vence mañana",
        text="",
        html="",
        next_try_at=timezone.now(),
    )
    address = reverse("admin:renewals_delivery_changelist")
    client.force_login(beto)
    assert f"Laura Méndez, {ours.name}" in client.get(address).content.decode()
    contact.delete()
    mail.refresh_from_db()
    assert mail.contact is None
    assert ours.name in client.get(reverse("admin:renewals_delivery_change", args=[mail.pk])).content.decode()
    client.force_login(carla)
    assert rows_of(client, "delivery") == []


def test_notices_follow_the_company(client, beto, carla, npie):
    line = {"deadline_on": npie.deadline_on, "mark": 15, "audience": "responsible", "channel": "email"}
    Notice.objects.create(certificate=npie, crossed_on=date(2026, 11, 20), **line)
    client.force_login(beto)
    assert len(rows_of(client, "notice")) == 1
    client.force_login(carla)
    assert rows_of(client, "notice") == []


def test_the_history_is_in_spanish_and_follows_the_company(client, ana, beto, carla, theirs):
    client.force_login(beto)
    page = client.get(reverse("admin:renewals_event_changelist")).content.decode()
    assert "Óptica Ñandú &amp; Compañía" in page
    assert "company.created" not in page
    client.force_login(carla)
    assert rows_of(client, "event") == []
    event = audit.history_of(theirs)[0]
    assert client.get(reverse("admin:renewals_event_change", args=[event.pk])).status_code == 404


def test_only_partners_and_auditors_see_the_list_of_people(client, ana, beto, dalia):
    person("eva")
    for who, seen in ((ana, 4), (dalia, 4)):
        client.force_login(who)
        assert len(rows_of(client, "person")) == seen == Person.objects.count()
    client.force_login(beto)
    assert client.get(reverse("admin:renewals_person_changelist")).status_code == 403
