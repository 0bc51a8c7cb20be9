"""The mutants of `make mutants` fit the code as it is."""

import pytest

from tests.mutants import MUTANTS, ROOT, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.breaks)
def test_a_mutant_changes_one_place(mutant: Mutant) -> None:
    assert (ROOT / mutant.path).read_text("utf-8").count(mutant.old) == 1
    assert mutant.old != mutant.new
    assert all((ROOT / "tests" / test).exists() for test in mutant.tests.split())
