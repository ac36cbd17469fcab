"""Does every nudge find a task, and every task its queue?"""

from django.conf import settings

from firm import celery_config
from firm.celery import app
from tests.conventions.source import argument, calls, literal, modules


def nudged():
    return {
        name
        for _, tree in modules("renewals")
        for call in calls(tree, "wake")
        if (name := literal(argument(call, "task", 0))) is not None
    }


def tasks():
    app.loader.import_default_modules()
    return {name for name in app.tasks if name.startswith("renewals.")}


def test_every_dispatched_name_is_a_task():
    assert not nudged() - tasks()


def test_names_are_written_out_where_they_are_sent():
    for name, tree in modules("renewals"):
        if name != "renewals/dispatch.py":
            for call in calls(tree, "wake"):
                assert literal(argument(call, "task", 0)) is not None, f"{name}:{call.lineno}"


def test_everything_on_the_clock_is_a_task():
    assert not {entry["task"] for entry in celery_config.beat_schedule.values()} - tasks()


def test_what_needs_the_master_key_goes_to_the_vault_worker_and_nothing_else_does():
    for name in tasks():
        queue = app.amqp.router.route({}, name)["queue"].name
        assert queue == ("vault" if name.startswith("renewals.vault.") else "default")


def test_only_json_is_accepted():
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == "json"
    assert app.conf.task_ignore_result
    assert settings.CACHES["default"]["BACKEND"].endswith("LocMemCache")
