"""Sphinx's settings: ``sphinx-build -W --keep-going -b html docs docs/_build/html``.

Nothing is downloaded. The examples are run. The benchmarks' pages and the drawing of how it works
are made anew by each build, in ``docs/_generated``.
"""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
ROOT = DOCS.parent
GENERATED = DOCS / "_generated"
sys.path.insert(0, str(DOCS))

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("MPLBACKEND", "Agg")

from drawing import write_drawing  # noqa: E402
from sphinx.application import Sphinx  # noqa: E402

from sktime_lagllama import __version__  # noqa: E402

project = "sktime-lagllama"
author = "sktime-lagllama developers"
copyright = f"{author}, BSD-3-Clause"  # noqa: A001, Sphinx's name
version = release = __version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "_generated/*.html"]
templates_path = ["_templates"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

html_theme = "pydata_sphinx_theme"
html_title = "sktime-lagllama"
html_static_path = ["_static"]
html_css_files = ["custom.css"]
# These have no pages below them.
html_sidebars = {
    page: [] for page in ("index", "getting_started", "how_it_works", "model_card", "changelog")
}
html_show_sourcelink = False
html_theme_options = {
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "navbar_end": ["theme-switcher"],
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": [],
    "external_links": [
        {"name": "sktime", "url": "https://www.sktime.net"},
        {"name": "Paper", "url": "https://arxiv.org/abs/2310.08278"},
    ],
}
autosummary_generate = True
toc_object_entries_show_parents = "hide"
autodoc_typehints = "none"  # numpydoc's Parameters have them
numpydoc_show_class_members = False
autosummary_context = {
    # What users call of what sktime and torch provide; a class's own methods are always shown.
    "inherited_methods": [
        *("fit", "predict", "predict_interval", "predict_quantiles", "predict_var"),
        *("predict_proba", "update", "pretrain", "transform", "fit_transform", "fit_predict"),
        *("predict_scores", "predict_segments", "from_pretrained", "save_pretrained"),
    ],
    # Of use to sktime's tests, not to users.
    "hidden_methods": ["get_test_params", "__init__"],
}


def shorten_inherited(
    app: Sphinx, what: str, name: str, method: Any, options: Any, lines: list[str]
) -> None:
    """Leave the summary of what others wrote, whose docstrings are long and not free of errors."""
    package = str(getattr(method, "__module__", "")).partition(".")[0]
    if what == "method" and package != "sktime_lagllama" and "" in lines:
        where = f"As ``{method.__qualname__}`` of {package}, which documents its parameters."
        lines[:] = [*lines[: lines.index("")], "", where]


def setup(app: Sphinx) -> None:
    """Have docstrings shortened before numpydoc reads them."""
    app.connect("autodoc-process-docstring", shorten_inherited, priority=100)


ORDER_OF_EXAMPLES = [
    *("quickstart.py", "panel.py", "sums_over_a_horizon.py", "pipelines.py", "tuning.py"),
    *("backtesting.py", "compositions.py", "ensemble.py", "hierarchies.py", "conformal.py"),
    *("covariates.py", "fine_tuning.py", "anomalies.py", "embeddings.py", "pictures.py"),
    *("serving.py", "many_series.py", "migration.py"),
]


def order_of_example(name: str) -> tuple[int, str]:
    """Put the examples that have a place there first, others after them by name."""
    known = name in ORDER_OF_EXAMPLES
    return (ORDER_OF_EXAMPLES.index(name) if known else len(ORDER_OF_EXAMPLES), name)


def arguments_of_example(gallery: dict[str, Any], script: dict[str, Any]) -> list[str]:
    """Let the quickstart write its picture where it replaces no file of the repository."""
    example = Path(script["src_file"])
    picture = os.path.relpath(GENERATED / "airline.png", example.parent)
    return [picture] if example.name == "quickstart.py" else []


def format_warning(
    message: Warning | str, category: type[Warning], *where: Any, **more: Any
) -> str:
    """Say what an example warned of, without the folders of the machine that builds the site.

    What sktime 1.2 says of each of its forecasters is left out; it undoes what the examples' own
    filters say.
    """
    is_news = "``remember_data``" in str(message)
    return "" if is_news else f"{category.__name__}: {message}\n"


warnings.formatwarning = format_warning

sphinx_gallery_conf = {
    "examples_dirs": str(ROOT / "examples"),
    "gallery_dirs": "auto_examples",
    "backreferences_dir": "_generated/backreferences",
    "doc_module": ("sktime_lagllama",),
    "filename_pattern": r"\.py$",
    "within_subsection_order": "conf.order_of_example",
    "reset_argv": "conf.arguments_of_example",
    "default_thumb_file": str(ROOT / "examples" / "airline.png"),
    "min_reported_time": 0,
    "show_signature": False,
    "download_all_examples": False,
    "remove_config_comments": True,
}


def write_benchmark_pages() -> None:
    """Write a page for each report in ``benchmarks/``, which includes it as it stands there."""
    folder = GENERATED / "benchmarks"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for report in sorted((ROOT / "benchmarks").glob("*/report.md")):
        path = Path(os.path.relpath(report, folder)).as_posix()
        page = f"```{{include}} {path}\n:relative-images:\n```\n"
        (folder / f"{report.parent.name}.md").write_text(page, encoding="utf-8")


write_benchmark_pages()
write_drawing(GENERATED / "how_it_works.html")
