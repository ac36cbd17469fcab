"""Enough shares bring a master key back, fewer say nothing, and a wrong word is found where it was written."""

from __future__ import annotations

import itertools
import os

import pytest
from shamir_mnemonic import generate_mnemonics

from renewals.errors import KitOutOfBounds, MasterKeyWrong, ShareOfAnotherKit, SharesTooFew, ShareWrong
from renewals.vault import recovery_shares
from renewals.vault.recovery_shares import WrittenShare, control_number, divide, require_companion, unite

KEY = os.urandom(32)


@pytest.fixture(scope="module")
def kit():
    return [WrittenShare.read(words) for words in divide(KEY, needed=3, shares=5)]


def test_any_three_of_five_bring_the_key_back(kit):
    for some in itertools.permutations(kit, 3):
        assert unite(some, key_id="mk-1") == KEY


def test_two_of_three_are_too_few_and_it_says_how_many_are_needed(kit):
    with pytest.raises(SharesTooFew) as refused:
        unite(kit[:2], key_id="mk-1")
    assert refused.value.facts == {"needed": 3, "given": 2}
    with pytest.raises(SharesTooFew):
        unite([], key_id="mk-1")


def test_more_than_enough_is_no_hindrance(kit):
    assert unite(kit, key_id="mk-1") == KEY


def test_each_share_has_33_words_and_says_its_number(kit):
    assert [len(share.words.split()) for share in kit] == [33] * 5
    assert [(share.number, share.needed) for share in kit] == [(n, 3) for n in (1, 2, 3, 4, 5)]


def test_numbers_capitals_and_blanks_between_the_words_do_not_matter(kit):
    typed = "\n".join(f"{n}. {word.upper()}  " for n, word in enumerate(kit[0].words.split(), 1))
    assert WrittenShare.read(typed) == kit[0]


def test_a_wrong_word_is_found_in_its_share(kit):
    words = kit[0].words.split()
    swapped = [words[1], words[0], *words[2:]]
    for wrong in (words[:-1], [*words, "academic"], ["nosuchword", *words[1:]], swapped, []):
        with pytest.raises(ShareWrong) as refused:
            WrittenShare.read(" ".join(wrong))
        assert refused.value.facts == {"words": len(wrong)}
        assert refused.value.__cause__ is None


def test_a_share_of_another_kit_or_the_same_one_again_is_found(kit):
    other = WrittenShare.read(divide(KEY, needed=3, shares=5)[3])
    for wrong in (other, kit[0]):
        with pytest.raises(ShareOfAnotherKit):
            require_companion(wrong, kit[:2])
    require_companion(kit[2], kit[:2])
    with pytest.raises(ShareOfAnotherKit):
        unite([*kit[:2], other], key_id="mk-1")


def test_a_kit_of_something_shorter_is_no_master_key():
    (made,) = generate_mnemonics(1, [(2, 2)], b"k" * 16)
    with pytest.raises(MasterKeyWrong):
        unite([WrittenShare.read(words) for words in made], key_id="mk-1")


@pytest.mark.parametrize(("needed", "shares"), [(1, 3), (4, 3), (2, 17), (0, 0), (2, 1)])
def test_a_kit_that_protects_nothing_is_not_made(needed, shares):
    with pytest.raises(KitOutOfBounds):
        divide(KEY, needed=needed, shares=shares)


def test_the_control_number_tells_keys_apart_and_names_no_words(kit):
    number = control_number("mk-1", KEY)
    assert number == control_number("mk-1", KEY)
    assert number != control_number("mk-1", os.urandom(32))
    assert number != control_number("mk-2", KEY)
    assert len(number) == 9


def test_a_share_does_not_print_itself(kit):
    assert kit[0].words.split()[5] not in repr(kit[0])
    assert recovery_shares.MOST_SHARES == 16
