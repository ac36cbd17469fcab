"""Are the facts of an event said in words?"""

from renewals.wording.history import say_facts


def test_days_are_said_in_words():
    told = {"reason": "La clienta está de viaje", "until_on": "2026-12-03"}
    assert say_facts(told) == "hasta el 3 de diciembre de 2026, «La clienta está de viaje»"


def test_an_odd_day_is_shown_as_it_was_written():
    assert say_facts({"until_on": "mañana"}) == "hasta el mañana"
