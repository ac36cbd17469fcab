"""How do workers hear that there is work? Messages are nudges: ids only, JSON only, and losing one costs a tick."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "firm.settings")  # noqa: TID251  # Celery starts without manage.py

app = Celery("firm")
app.config_from_object("firm.celery_config")
app.autodiscover_tasks()
