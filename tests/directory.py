"""What every directory must do: `TestMine = directory_contract(make)` runs all of it against one.

A `Bed` is a directory with its store, as another application sees it. Write one for a directory of your own, and have
pytest collect what `directory_contract` returns. Of what the directory can't do by its traits, nothing is asked.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest

from password_reset.accounts.directory import Account, Change, Directory
from password_reset.errors import Error, OutcomeUnknown, Superseded, Unavailable

AT = datetime(2026, 11, 20, 22, 43, 16, tzinfo=UTC)
EMAIL = "demo@example.com"
HASH = "$2b$04$abcdefghijklmnopqrstuuhEjgW5e4OTkGz1bO4y1QX4Kx4yh4y1e"
NEW, OTHER = HASH.replace("uuhE", "uuhF"), HASH.replace("uuhE", "uuhG")


class Bed(Protocol):
    """A directory, and what other applications do with its accounts."""

    directory: Directory

    def add(self, email: str, **members: Any) -> str:
        """Create an account; return its id. Members: secret, name, locale, phone (verified), disabled.

        Raises:
            ValueError: no two accounts can have this identifier here.
        """

    def write(self, user_id: str, **members: Any) -> None:
        """Write these members, and email, over an account's, as another application would."""

    def remove(self, user_id: str) -> None:
        """Delete an account."""

    def enrol(self, user_id: str) -> str | None:
        """Give an account a second factor of the directory's own; return a value of it, or None where it has none."""

    def lose_answers(self, number: int, *, landed: bool) -> None:
        """Let the answers to the next writes be lost, which were done or were not."""


BLIND = [
    "test_a_change_is_there_for_whoever_reads_next",
    "test_what_did_not_happen_did_not_land",
    "test_nothing_is_written_over_another_state",
    "test_of_rivals_one_wins",
]
"""What nobody can ask of a directory that compares nothing: its attempts are kept apart before they write."""


def change(secret: str = NEW, attempt: str = "attempt", history: list[str] | None = None) -> Change:
    """Return a change to a hash, or to a password that is written so."""
    return Change(attempt=attempt, password_hash=secret, password=secret, history=history or [], at=AT)


def directory_contract(  # noqa: C901 - a case after the other
    make: Callable[[pytest.FixtureRequest], Bed], *, blind: bool = False
) -> type:
    """Return the contract's tests, for pytest to collect; `make` gives each an empty directory of its own."""

    class Contract:
        @pytest.fixture
        def bed(self, request: pytest.FixtureRequest) -> Bed:
            return make(request)

        def test_an_account_is_found_as_it_is_stored(self, bed: Bed) -> None:
            user_id = bed.add(EMAIL, secret=HASH, name="Ada", locale="de", phone="+4915112345678")
            (found,) = bed.directory.find(EMAIL, most=3)
            assert (found.user_id, found.email, found.name, found.locale) == (user_id, EMAIL, "Ada", "de")
            assert (found.verified_phone, found.disabled, found.version) == ("+4915112345678", False, 0)
            assert _secret(bed, found) == HASH
            assert bed.directory.get(user_id) == found

        def test_nobody_is_found_where_nobody_is(self, bed: Bed) -> None:
            user_id = bed.add(EMAIL)
            assert list(bed.directory.find("somebody@example.com", most=3)) == []
            assert list(bed.directory.find("somebody@example.com", most=1, evenly=True)) == []
            bed.remove(user_id)
            assert list(bed.directory.find(EMAIL, most=3)) == []
            assert bed.directory.get(user_id) is None

        def test_an_id_is_text_for_everybody(self, bed: Bed) -> None:
            user_id = bed.add(EMAIL)
            assert isinstance(user_id, str)
            assert "@" not in user_id
            assert EMAIL not in user_id

        @pytest.mark.parametrize("made_up", ["", "\0", "nobody", "0", "../x", "x" * 1024, "\ud800", "a#b", "*"])
        def test_no_id_that_is_none_finds_anybody(self, bed: Bed, made_up: str) -> None:
            bed.add(EMAIL)
            assert bed.directory.get(made_up) is None

        def test_a_disabled_account_is_not_found_but_read(self, bed: Bed) -> None:
            user_id = bed.add(EMAIL, disabled=True)
            assert list(bed.directory.find(EMAIL, most=3)) == []
            found = bed.directory.get(user_id)
            assert found
            assert found.disabled

        def test_an_account_whose_address_has_changed_is_not_found_under_the_old_one(self, bed: Bed) -> None:
            user_id = bed.add(EMAIL)
            bed.write(user_id, email="new@example.com")
            assert list(bed.directory.find(EMAIL, most=3)) == []

        def test_no_secret_is_shown(self, bed: Bed) -> None:
            bed.add(EMAIL, secret=HASH)
            (found,) = bed.directory.find(EMAIL, most=3)
            assert HASH not in repr(found)
            assert NEW not in repr(change())

        def test_a_change_is_there_for_whoever_reads_next(self, bed: Bed) -> None:
            before = _read(bed, bed.add(EMAIL, secret=HASH))
            bed.directory.change(before, change(history=[HASH]))
            after = _read(bed, before.user_id)
            history = [HASH] if bed.directory.traits.keeps_history else []
            assert (after.secret, after.version, list(after.history)) == (NEW, before.version + 1, history)
            assert after.state != before.state
            assert after.stored_secret != before.stored_secret
            knows = bed.directory.traits.knows_changes
            assert bed.directory.landed(before.user_id, before.state, "attempt") is (True if knows else None)

        def test_a_first_password_can_be_written(self, bed: Bed) -> None:
            before = _read(bed, bed.add(EMAIL))
            assert _secret(bed, before) is None
            bed.directory.change(before, change())
            assert _secret(bed, before) == NEW

        def test_what_did_not_happen_did_not_land(self, bed: Bed) -> None:
            before = _read(bed, bed.add(EMAIL, secret=HASH))
            assert bed.directory.landed(before.user_id, before.state, "attempt") is False
            bed.write(before.user_id, secret=OTHER)
            assert not bed.directory.landed(before.user_id, before.state, "attempt")

        @pytest.mark.parametrize(
            "meanwhile", [{"secret": OTHER}, {"secret": None}, {"email": "new@example.com"}, {"disabled": True}]
        )
        def test_nothing_is_written_over_another_state(self, bed: Bed, meanwhile: dict[str, Any]) -> None:
            before = _read(bed, bed.add(EMAIL, secret=HASH))
            bed.write(before.user_id, **meanwhile)
            between = bed.directory.get(before.user_id)  # nobody, where the address that was is the key
            assert between is None or between.state != before.state or between.disabled
            with pytest.raises(Superseded):
                bed.directory.change(before, change())
            assert bed.directory.get(before.user_id) == between

        def test_a_deleted_account_does_not_come_back(self, bed: Bed) -> None:
            before = _read(bed, bed.add(EMAIL, secret=HASH))
            bed.remove(before.user_id)
            with pytest.raises(Superseded):
                bed.directory.change(before, change())
            assert bed.directory.rehash(before, NEW) is None
            assert bed.directory.get(before.user_id) is None

        def test_of_rivals_one_wins(self, bed: Bed) -> None:
            """Eight at once, each with the account as it was read before any of them wrote."""
            before = _read(bed, bed.add(EMAIL, secret=HASH))
            changes = [change(HASH[:-1] + letter, f"attempt {letter}") for letter in "abcdefgh"]

            def write(one: Change) -> Change | Error:
                try:
                    bed.directory.change(before, one)
                except Error as refusal:
                    return refusal
                return one

            with ThreadPoolExecutor(8) as rivals:
                results = list(rivals.map(write, changes))
            (winner,) = (result for result in results if isinstance(result, Change))
            losers = [result for result in results if result is not winner]
            # A conflict that outlasts every try wrote nothing either.
            assert all(isinstance(lost, Superseded | Unavailable) for lost in losers)
            assert not any(isinstance(lost, OutcomeUnknown) for lost in losers)
            after = _read(bed, before.user_id)
            assert (after.secret, after.version) == (winner.password_hash, before.version + 1)

        @pytest.mark.parametrize("landed", [True, False])
        def test_a_lost_answer_is_looked_up(self, bed: Bed, *, landed: bool) -> None:
            """The write is there once, whether its first try was done or not."""
            before = _read(bed, bed.add(EMAIL, secret=HASH))
            bed.lose_answers(1, landed=landed)
            if landed or bed.directory.traits.write in {"atomic", "blind"}:  # which may be tried again
                bed.directory.change(before, change())
                after = _read(bed, before.user_id)
                assert (_secret(bed, after), after.version) == (NEW, before.version + (not blind))
            else:
                with pytest.raises(OutcomeUnknown):
                    bed.directory.change(before, change())
                assert _read(bed, before.user_id) == before

        def test_an_outcome_that_stays_unknown_is_called_so(self, bed: Bed) -> None:
            before = _read(bed, bed.add(EMAIL, secret=HASH))
            bed.lose_answers(9, landed=False)
            with pytest.raises(OutcomeUnknown):
                bed.directory.change(before, change())

        def test_another_hash_of_the_same_password_changes_no_version(self, bed: Bed) -> None:
            before = _read(bed, bed.add(EMAIL, secret=HASH))
            now = bed.directory.rehash(before, NEW)
            assert now
            assert (_secret(bed, now), now.version) == (NEW if bed.directory.traits.rehashes else HASH, before.version)
            assert now == _read(bed, before.user_id)

        def test_a_rehash_writes_over_no_other_secret(self, bed: Bed) -> None:
            before = _read(bed, bed.add(EMAIL, secret=HASH))
            bed.directory.change(before, change(OTHER))
            now = bed.directory.rehash(before, NEW)
            assert now
            assert (_secret(bed, now), now.version) == (OTHER, before.version + (not blind))
            assert now == _read(bed, before.user_id)

        def test_outdating_changes_the_version_and_the_state(self, bed: Bed) -> None:
            before = _read(bed, bed.add(EMAIL, secret=HASH))
            bed.directory.outdate(before)
            after = _read(bed, before.user_id)
            assert (after.version, after.state == before.state) == (before.version + 1, False)
            assert _secret(bed, after) == HASH
            with pytest.raises(Superseded):
                bed.directory.outdate(before)

        def test_ending_sessions_may_be_repeated(self, bed: Bed) -> None:
            user_id = bed.add(EMAIL)
            bed.directory.end_sessions(user_id)
            bed.directory.end_sessions(user_id)
            assert bed.directory.get(user_id)

        def test_a_value_of_a_second_factor_is_good_once(self, bed: Bed) -> None:
            """Of the account alone, and of the factor that it has: enrolling one is another state."""
            before, other = _read(bed, bed.add(EMAIL)), _read(bed, bed.add("other@example.com"))
            assert not before.has_factor
            value = bed.enrol(before.user_id)
            account = _read(bed, before.user_id)
            assert account.has_factor == (value is not None)
            if value is not None:
                directory: Any = bed.directory
                assert account.state != before.state
                tried = [(other, value), (before, value), (account, "x"), (account, value), (account, value)]
                assert [directory.verify_factor(*each) for each in tried] == [False, False, False, True, False]
                assert _read(bed, before.user_id) == account

        def test_the_exact_spelling_comes_first(self, bed: Bed) -> None:
            spellings = [EMAIL, "Demo@example.com", "DEMO@example.com"]
            try:
                for spelling in spellings:
                    bed.add(spelling)
            except ValueError:  # an address can be the key, and then two accounts can't share it
                spellings = []
            for spelling in spellings:
                found = bed.directory.find(EMAIL, spelling=spelling, most=2)
                assert [found[0].email, len(found)] == [spelling, 2]

    for name in BLIND if blind else ():
        delattr(Contract, name)
    return Contract


def _secret(bed: Bed, account: Account) -> str | bytes | None:
    """Return what is stored, which some directories show to nobody but their store."""
    if not bed.directory.traits.hashes_itself:
        return _read(bed, account.user_id).secret
    store: Any = bed
    found: str | None = store.secret(account.user_id)
    return found


def _read(bed: Bed, user_id: str) -> Account:
    account = bed.directory.get(user_id)
    assert account
    return account
