"""What the site says can be copied, and it leaves nothing out.

That all examples run, and that the site builds without a warning, is for ``.ci/run docs``.
"""

from __future__ import annotations

import ast
import contextlib
import io
import re
import runpy
import warnings
from pathlib import Path

import pytest

import sktime_lagllama

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), *(DOCS / "user_guide").glob("*.md")])
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
NEEDS_HUB = "% needs the hub\n"


def code_to_copy(page: Path) -> str:
    """Return the Python blocks of a page, one after the other, without those that need the hub."""
    blocks = re.findall(
        rf"({NEEDS_HUB})?^```python\n(.*?)^```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    return "\n".join(block for needs_hub, block in blocks if not needs_hub)


PAGES_WITH_CODE = [page for page in PAGES if code_to_copy(page)]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES_WITH_CODE, ids=lambda page: page.stem)
def test_the_code_of_a_page_runs_as_it_stands(page: Path, tmp_path: Path) -> None:
    script = tmp_path / f"{page.stem}.py"
    script.write_text(code_to_copy(page), encoding="utf-8")
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        runpy.run_path(str(script), run_name="__main__")


def test_links_that_lead_nowhere_are_found(tmp_path: Path) -> None:
    broken_links = runpy.run_path(str(DOCS / "check_links.py"))["broken_links"]
    (tmp_path / "a.html").write_text(
        '<a id="here" href="#here"></a><a href="b.html"></a><a href="b.html#gone"></a>'
        '<img src="lost.png"><a href="https://example.org/#far"></a>',
        encoding="utf-8",
    )
    (tmp_path / "b.html").write_text('<h1 id="other">', encoding="utf-8")
    assert broken_links(tmp_path) == ["a.html: b.html#gone", "a.html: lost.png"]


def test_every_public_name_is_in_the_reference() -> None:
    reference = (DOCS / "api" / "index.rst").read_text(encoding="utf-8")
    listed = set(re.findall(r"^   sktime_lagllama\.(\w+)$", reference, re.MULTILINE))
    assert listed == set(sktime_lagllama.__all__)


def test_every_page_of_the_guide_is_in_its_contents() -> None:
    contents = (DOCS / "user_guide" / "index.md").read_text(encoding="utf-8").splitlines()
    pages = {page.stem for page in (DOCS / "user_guide").glob("*.md")} - {"index"}
    assert not pages - set(contents)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_an_example_begins_with_a_title_and_is_linked_from_the_guide(example: Path) -> None:
    docstring = ast.get_docstring(ast.parse(example.read_text(encoding="utf-8")))
    assert docstring is not None
    title, line = docstring.splitlines()[:2]
    assert line == "=" * len(title)
    linked = f"sphx_glr_auto_examples_{example.name}"
    assert any(linked in page.read_text(encoding="utf-8") for page in PAGES)
