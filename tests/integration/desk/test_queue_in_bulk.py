"""Does choosing many certificates in the list queue each renewal once, and say what became of each?"""

import re

import pytest
from django.urls import reverse

from renewals.desk.bulk_results import PER_PAGE, progress_of, results_of
from renewals.models import BulkJob, Renewal
from tests.factories import company
from tests.integration.desk.rows import listed

LIST = reverse("admin:renewals_certificate_changelist")


@pytest.fixture
def theirs(beto):
    return company(responsible=beto)


def choose(client, rows, *, across=False, query=""):
    chosen = {"action": "queue_renewals", "_selected_action": [row.pk for row in rows], "select_across": int(across)}
    return client.post(LIST + query, chosen)


def form_of(page):
    fields = dict(re.findall(r'name="(chosen|request_key)" value="([^"]+)"', page.content.decode()))
    assert set(fields) == {"chosen", "request_key"}
    return fields


def test_the_list_asks_before_it_queues_and_names_what_was_chosen(client, beto, theirs):
    client.force_login(beto)
    rows = [listed(theirs, days=days) for days in (3, 9)]
    page = choose(client, rows)
    assert "¿Poner en cola la renovación de 2 certificados?" in page.content.decode()
    assert rows[0].serial in page.content.decode()
    assert not BulkJob.objects.exists()


def test_a_second_click_finds_the_first_job(client, beto, theirs, work):
    client.force_login(beto)
    posted = form_of(choose(client, [listed(theirs, days=3)]))
    first = client.post(reverse("bulk_queue"), posted)
    second = client.post(reverse("bulk_queue"), posted)
    assert first.headers["Location"] == second.headers["Location"]
    work()
    client.post(reverse("bulk_queue"), posted)
    work()
    assert BulkJob.objects.count() == Renewal.objects.count() == 1


def test_going_back_and_choosing_again_renews_nothing_twice(client, beto, theirs, work):
    client.force_login(beto)
    row = listed(theirs, days=3)
    for _again in range(2):
        client.post(reverse("bulk_queue"), form_of(choose(client, [row])))
        work()
    assert Renewal.objects.count() == 1
    page = client.get(reverse("bulk_job", args=[BulkJob.objects.latest("created_at").pk])).content.decode()
    assert "Este certificado ya tiene una renovación en curso" in page


def test_everything_that_the_filter_found_is_chosen_across_pages(client, beto, theirs, others):
    client.force_login(beto)
    rows = [listed(theirs, days=days % 25) for days in range(60)]
    far = listed(theirs, days=300)
    chosen = form_of(choose(client, rows[:1], across=True, query="?faltan=30"))["chosen"].split(",")
    assert sorted(map(int, chosen)) == sorted(row.pk for row in rows)
    assert str(far.pk) not in chosen
    assert str(others.pk) not in chosen


@pytest.fixture
def others(ana):
    """Of a company that Beto does not know."""
    return listed(company(rfc="CACX7605101P8", name="Xóchitl"), days=3)


@pytest.mark.parametrize("stranger", ["of others", "of nobody"])
def test_a_row_that_was_slipped_in_is_left_out_whether_it_exists_or_not(client, beto, theirs, others, work, stranger):
    client.force_login(beto)
    mine = listed(theirs, days=3)
    slipped_in = others.pk if stranger == "of others" else 999999999
    posted = {"chosen": f"{mine.pk},{slipped_in}", "request_key": "f" * 32}
    job = client.post(reverse("bulk_queue"), posted).headers["Location"]
    work()
    page = client.get(job).content.decode()
    assert "Xóchitl" not in page
    assert f"Número {slipped_in}" not in page
    assert "1 de los elegidos no existe o no está entre tus empresas" in page
    assert list(Renewal.objects.values_list("certificate", flat=True)) == [mine.pk]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"chosen": "", "request_key": "f" * 32},
        {"chosen": "1,", "request_key": "f" * 32},
        {"chosen": "1;2", "request_key": "f" * 32},
        {"chosen": "9" * 30, "request_key": "f" * 32},
        {"chosen": "1", "request_key": "../../x"},
    ],
)
def test_a_form_that_was_tampered_with_makes_no_job(client, beto, wrong):
    client.force_login(beto)
    assert client.post(reverse("bulk_queue"), wrong).status_code == 400
    assert not BulkJob.objects.exists()


def test_the_bar_is_asked_for_again_until_the_job_is_done(client, beto, theirs, work):
    client.force_login(beto)
    client.post(reverse("bulk_queue"), form_of(choose(client, [listed(theirs, days=3)])))
    job = BulkJob.objects.get()
    page = client.get(reverse("bulk_job", args=[job.pk])).content.decode()
    bar = reverse("bulk_job_progress", args=[job.pk])
    assert f'data-live="{bar}"' in page
    assert "Puedes cerrar esta página" in page
    waiting = client.get(bar)
    assert "X-Live" not in waiting.headers
    assert "0 de 1" in waiting.content.decode()
    work()
    done = client.get(bar)
    assert done.headers["X-Live"] == "done"
    assert "1 de 1" in done.content.decode()
    assert "data-live" not in client.get(reverse("bulk_job", args=[job.pk])).content.decode()


def test_results_come_in_pages_with_the_refused_ones_first(beto, ana, theirs, work):
    job = BulkJob.objects.create(action="queue_renewals", request_key="f" * 32, by=beto, state="done")
    rows = [listed(theirs, days=3) for _ in range(PER_PAGE + 5)]
    for number, row in enumerate(rows):
        refused = number == PER_PAGE + 4
        job.rows.create(
            certificate=row, state="refused" if refused else "done", code="already_moved" if refused else ""
        )
    first, second = (results_of(job, person=ana, page=page) for page in (1, 2))
    assert (len(first), len(second)) == (PER_PAGE, 5)
    assert (first[0].state, first[0].certificate) == ("refused", rows[-1])
    progress = progress_of(job)
    assert (progress.total, progress.done, progress.refused, progress.percent) == (105, 104, 1, 100)


@pytest.mark.parametrize("page", ["2", "0", "99", "x", "-1", "9" * 40])
def test_any_page_number_shows_a_page(client, ana, theirs, beto, page):
    client.force_login(ana)
    job = BulkJob.objects.create(action="queue_renewals", request_key="f" * 32, by=beto, state="done")
    job.rows.create(certificate=listed(theirs, days=3), state="done")
    response = client.get(reverse("bulk_job", args=[job.pk]), {"pagina": page})
    assert response.status_code == 200
    assert theirs.name in response.content.decode()
