"""How are the parts wired together? Importing the project makes Celery's application known to its tasks."""

from firm.celery import app as celery_app

__all__ = ["celery_app"]
