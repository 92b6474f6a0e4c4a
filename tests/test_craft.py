"""A specification in text can name our forecaster, although sktime has one of the same name."""

from __future__ import annotations

import doctest

from sktime.forecasting.compose import TransformedTargetForecaster
from sktime.registry import craft

from sktime_lagllama import LagLlamaForecaster

LINE = "\nfrom sktime_lagllama import LagLlamaForecaster\nreturn {}"


def test_a_specification_that_imports_our_forecaster_builds_it() -> None:
    forecaster = LagLlamaForecaster(num_samples=7, random_state=0)
    found = craft(LINE.format(forecaster))
    assert type(found) is LagLlamaForecaster
    assert found.get_params() == forecaster.get_params()


def test_a_specification_of_a_pipeline_builds_our_forecaster_in_it() -> None:
    found = craft(LINE.format("Detrender() * LagLlamaForecaster(num_samples=7)"))
    assert type(found) is TransformedTargetForecaster
    assert type(found.get_params()["LagLlamaForecaster"]) is LagLlamaForecaster


def test_the_examples_of_the_docstring_do_what_they_say() -> None:
    examples = doctest.DocTestFinder(recurse=False).find(LagLlamaForecaster, "LagLlamaForecaster")
    found = [doctest.DocTestRunner().run(example) for example in examples]
    assert [result.failed for result in found] == [0]
    assert found[0].attempted >= 8
