"""What are Celery's settings? Read by name when the application first needs them."""

from pathlib import Path
from typing import Any

from django.conf import settings
from kombu.transport import TRANSPORT_ALIASES

#: Seconds between two looks for work whose message was lost.
TICK = 5
#: Seconds between two sweeps; the round itself decides what is due, so an extra one finds nothing.
SWEEP = 900


def broker_options(home: Path, redis_url: str) -> dict[str, Any]:
    """Redis where there is one; otherwise a folder only the owner can enter."""
    if redis_url:
        # One short try: a page must answer at once when Redis is gone; the row is found at the next tick.
        return {
            "max_retries": 0,
            "socket_connect_timeout": 0.5,
            "socket_timeout": 5,
            "visibility_timeout": 600,
        }
    folder = home / "broker"
    for name in ("", "in", "control", "processed"):
        (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    return {
        "data_folder_in": str(folder / "in"),
        "data_folder_out": str(folder / "in"),
        "control_folder": str(folder / "control"),
        "processed_folder": str(folder / "processed"),
        "store_processed": False,
        "polling_interval": 0.1,
    }


TRANSPORT_ALIASES["folder"] = "firm.folder:Transport"
broker_url = settings.REDIS_URL or "folder://localhost//"
broker_transport_options = broker_options(settings.FIRM_HOME, settings.REDIS_URL)
broker_connection_retry_on_startup = True
task_serializer = "json"
accept_content = ["json"]
task_ignore_result = True
task_default_queue = "default"
task_publish_retry = False
task_routes = {"renewals.vault.*": {"queue": "vault"}}
worker_prefetch_multiplier = 4
worker_hijack_root_logger = False
# Lines go to standard error as they are: a redirected one would swallow what our own handler writes there.
worker_redirect_stdouts = False
worker_enable_remote_control = bool(settings.REDIS_URL)
timezone = settings.TIME_ZONE
beat_schedule = {
    "look-for-work": {
        "task": "renewals.work_pending",
        "schedule": TICK,
        "options": {"queue": "default", "expires": TICK},
    },
    "look-for-vault-work": {
        "task": "renewals.vault.work_pending",
        "schedule": TICK,
        "options": {"queue": "vault", "expires": TICK},
    },
    "sweep": {"task": "renewals.sweep", "schedule": SWEEP, "options": {"expires": SWEEP}},
}
