"""The import arrows that ARCHITECTURE.md draws."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "sktime_lagllama"
EVERYWHERE = {"_typing", "_parameter_checks", "_progress"}
"""Modules that any room may import, and that import no room."""


def arrows() -> dict[str, set[str]]:
    """Read which room may import which, as ARCHITECTURE.md has it."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    found = re.search(r"```arrows\n(.*?)```", text, re.DOTALL)
    assert found, "ARCHITECTURE.md has no block of arrows"
    lines = (line.partition("->") for line in found[1].splitlines())
    return {room.strip(): set(re.findall(r"\w+", allowed)) for room, _, allowed in lines}


def module_name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules() -> dict[str, ast.Module]:
    files = sorted((ROOT / PACKAGE).rglob("*.py"))
    return {module_name(file): ast.parse(file.read_text(encoding="utf-8")) for file in files}


MODULES = modules()


def imports(tree: ast.Module, name: str = PACKAGE) -> Iterator[str]:
    """Yield the modules of a package that a module imports, anywhere in it, also for types only."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == name)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == name:
            assert node.module is not None
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole == f"{PACKAGE}.__version__":
                    continue  # of no room
                yield whole if whole in MODULES else node.module


def room(module: str) -> str:
    """Return the part of the package that a module belongs to; "" is the package itself."""
    return [*module.split("."), ""][1]


def test_every_room_has_its_arrows() -> None:
    rooms = {room(module) for module in MODULES} - EVERYWHERE - {""}
    assert arrows().keys() == rooms


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_the_rooms_that_its_own_may_import(module: str) -> None:
    own = room(module)
    if own == "":
        return  # the package itself looks names up lazily
    assert own in arrows() or own in EVERYWHERE, f"ARCHITECTURE.md has no arrow for {own}: add one"
    allowed = {own} | EVERYWHERE | (set() if own in EVERYWHERE else arrows()[own])
    for imported in imports(MODULES[module]):
        assert room(imported) in allowed, f"{module} must not import {imported}"


def test_arrows_go_one_way() -> None:
    try:
        list(TopologicalSorter(arrows()).static_order())
    except CycleError as error:
        pytest.fail(f"rooms import each other: {' -> '.join(error.args[1])}")


def test_no_modules_import_each_other() -> None:
    graph = {module: set(imports(tree)) - {module} for module, tree in MODULES.items()}
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"modules import each other: {' -> '.join(error.args[1])}")


def test_neither_the_package_nor_the_benchmarks_import_the_tests() -> None:
    for file in [*(ROOT / PACKAGE).rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]:
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"^\s*(from|import) tests\b", text, re.MULTILINE), file
    for file in (ROOT / PACKAGE).rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"^\s*(from|import) benchmarks\b", text, re.MULTILINE), file


def test_fitting_and_forecasting_import_nothing_of_pretraining() -> None:
    graph = {module: set(imports(tree)) for module, tree in MODULES.items()}
    reached, waiting = set(), [f"{PACKAGE}.forecaster"]
    while waiting:
        module = waiting.pop()
        if module not in reached:
            reached.add(module)
            waiting.extend(graph[module])
    assert f"{PACKAGE}.fine_tuning.loop" in reached
    assert not [module for module in reached if room(module) == "pretraining"]
