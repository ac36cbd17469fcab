"""Does ``.env.example`` name exactly what the program reads?"""

import re

from firm.env import BASE_DIR, env, firm_home


def test_every_name_is_in_the_example_and_no_other():
    text = (BASE_DIR / ".env.example").read_text()
    documented = re.findall(r"^([A-Z_]+)=", text, re.MULTILINE)
    assert sorted(documented) == sorted(env.scheme)
    assert len(documented) == len(set(documented))


def test_every_name_has_its_explanation_above_it():
    text = (BASE_DIR / ".env.example").read_text()
    for name in env.scheme:
        assert re.search(rf"^# .+\n{name}=", text, re.MULTILINE), name


def test_only_the_one_reader_touches_the_environment():
    # manage.py, wsgi and celery name the settings module before Django can; that is not reading.
    allowed = {"firm/env.py", "firm/celery.py", "firm/wsgi.py", "manage.py"}
    readers = {
        str(path.relative_to(BASE_DIR))
        for folder in ("firm", "renewals")
        for path in (BASE_DIR / folder).rglob("*.py")
        if re.search(r"os\.environ|os\.getenv|from os import", path.read_text())
    }
    assert readers <= allowed


def test_a_home_that_was_set_to_nothing_is_not_the_folder_one_stands_in(monkeypatch):
    monkeypatch.setenv("FIRM_HOME", "")
    assert firm_home() == BASE_DIR / "var"
