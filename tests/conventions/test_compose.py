"""Does the description of a production keep its promises? It is read here; no container engine runs in the tests."""

from typing import Any

import pytest
import yaml

from firm.env import BASE_DIR, env
from renewals.checks import ROLES
from renewals.desk import database_roles

COMPOSE: dict[str, Any] = yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
#: Those that run this program's image.
OURS = {name: service for name, service in SERVICES.items() if service.get("image", "").startswith("vigencia:")}
ALWAYS = {name for name, service in SERVICES.items() if "profiles" not in service}


def mounts(service: dict[str, Any]) -> list[str]:
    return [str(one) for one in service.get("volumes", [])]


def test_every_part_is_there():
    assert {"caddy", "migrate", "web", "worker", "vault", "beat", "postgres", "redis"} == ALWAYS
    assert SERVICES["postgres"]["image"] == "postgres:17"
    assert SERVICES["redis"]["image"] == "redis:7"


def blocks_of(caddyfile: str) -> dict[str, Any]:
    """A Caddyfile as nested dictionaries; a line that opens nothing is told by its first word."""
    top: dict[str, Any] = {}
    open_blocks = [top]
    for line in (one.strip() for one in caddyfile.splitlines()):
        if not line or line.startswith("#"):
            continue
        if line == "}":
            open_blocks.pop()
        elif line.endswith("{"):
            open_blocks.append(open_blocks[-1].setdefault(line.removesuffix("{").strip(), {}))
        else:
            name, _, value = line.partition(" ")
            open_blocks[-1][name] = value
    assert open_blocks == [top]
    return top


def test_a_slow_visitor_holds_up_the_proxy_and_never_the_pages():
    """The pages have a dozen threads: one that waits for the rest of a request serves nobody else."""
    caddyfile = blocks_of((BASE_DIR / "deploy/Caddyfile").read_text())
    assert set(caddyfile[""]["servers"]["timeouts"]) == {"read_header", "read_body"}
    site = caddyfile["{$SITE_ADDRESS}"]
    assert site["reverse_proxy web:8000"]["request_buffers"] == site["request_body"]["max_size"]


def test_only_the_vault_worker_has_the_master_keys():
    holders = {name for name, one in SERVICES.items() if any("master_keys" in mount for mount in mounts(one))}
    assert holders & ALWAYS == {"vault"}
    assert {name for name, one in OURS.items() if "MASTER_KEYS_DIR" in one["environment"]} & ALWAYS == {"vault"}
    assert holders - ALWAYS == {"vault-init", "vault-shell"}
    assert next(mount for mount in mounts(SERVICES["vault"]) if "master_keys" in mount).endswith(":ro")


def test_each_process_has_a_role_of_its_own_in_the_database():
    urls = {name: one["environment"].get("DATABASE_URL_FILE") for name, one in OURS.items() if name in ALWAYS}
    assert urls.pop("beat") is None
    assert len(set(urls.values())) == len(urls)
    assert {name for name in urls if name != "migrate"} == set(database_roles.ROLES)


def test_nobody_is_given_a_secret_that_the_role_does_not_use():
    holders: dict[str, set[str]] = {}
    for name, service in SERVICES.items():
        for secret in service.get("secrets", []):
            holders.setdefault(secret, set()).add(name)
    assert holders["secret_key"] == {"web", "worker"}
    assert holders["email_url"] == {"worker"}
    assert holders["database_url_migrate"] == {"migrate"}
    assert holders["postgres_password"] == {"postgres"}
    assert holders["redis_password"] == {"redis"}
    assert set(holders) == set(COMPOSE["secrets"])


def test_whoever_writes_backups_can_neither_open_keys_nor_change_what_it_copies():
    service = SERVICES["backup"]
    assert service["profiles"] == ["backup"]
    assert "MASTER_KEYS_DIR" not in service["environment"]
    assert next(mount for mount in mounts(service) if mount.startswith("files:")).endswith(":ro")
    assert service["networks"] == ["data"]
    assert service["environment"]["DATABASE_URL_FILE"].endswith(f"_{database_roles.READER}")


def test_secrets_are_files_and_never_written_into_the_description():
    assert all(list(one) == ["file"] for one in COMPOSE["secrets"].values())
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            assert "password" not in key.lower() or key.endswith("_FILE"), (name, key)
            if key in {"SECRET_KEY", "DATABASE_URL", "REDIS_URL", "EMAIL_URL"}:
                pytest.fail(f"{name} is given {key} in the clear")
            assert "://" not in str(value) or str(value).startswith("https://"), (name, key)


def test_every_name_that_is_set_is_one_the_program_reads():
    for service in OURS.values():
        assert {key.removesuffix("_FILE") for key in service["environment"]} <= set(env.scheme)
        assert service["environment"]["PROCESS_ROLE"] in ROLES
        assert service["environment"]["DEPLOYMENT"] == "production"


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_processes_cannot_change_their_container_or_gain_rights(name):
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "no-new-privileges:true" in service["security_opt"]
    assert "ports" not in service
    assert not service.get("privileged")
    assert "user" not in service, "the image names the user"


@pytest.mark.parametrize("name", sorted(OURS))
def test_memory_that_held_a_key_is_never_written_to_a_disk_when_a_process_dies(name):
    assert OURS[name]["ulimits"]["core"] == 0


def test_only_the_proxy_is_reached_from_outside():
    assert {name for name, one in SERVICES.items() if "ports" in one} == {"caddy"}
    outside = {name for name, one in SERVICES.items() if "outside" in one["networks"]}
    assert outside == {"caddy", "worker"}
    assert all(one.get("internal") for name, one in COMPOSE["networks"].items() if name != "outside")


def test_the_proxy_reaches_the_pages_and_nothing_behind_them():
    assert set(SERVICES["caddy"]["networks"]) & {"data", "broker"} == set()
    assert "pages" not in SERVICES["vault"]["networks"]


def test_everything_that_stays_up_says_whether_it_is_well():
    for name in ALWAYS - {"migrate"}:
        assert SERVICES[name]["healthcheck"]["test"], name
    assert SERVICES["migrate"]["restart"] == "no"
    for name in ("web", "worker", "vault"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_queues_have_their_workers():
    assert "default" in SERVICES["worker"]["command"]
    assert "vault" in SERVICES["vault"]["command"]
    assert "solo" in SERVICES["vault"]["command"]


def test_the_image_runs_as_nobody_special_and_copies_no_secret():
    lines = (BASE_DIR / "Dockerfile").read_text().splitlines()
    users = [line for line in lines if line.startswith("USER")]
    assert users == ["USER vigencia"]
    assert any("--require-hashes" in line for line in lines)
    ignored = (BASE_DIR / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    copied = [line.split()[1] for line in lines if line.startswith("COPY") and "--from" not in line]
    assert {f"!{name}" for name in copied} == {line for line in ignored if line.startswith("!")}
    assert all((BASE_DIR / name).exists() for name in copied)
