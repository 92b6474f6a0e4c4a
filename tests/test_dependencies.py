"""Which versions of other packages are allowed, pinned, tested and fetched."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
EXTRAS_OF_USERS = ("proba", "distributed")
RUNTIME = [
    *map(Requirement, PROJECT["dependencies"]),
    *(Requirement(line) for extra in EXTRAS_OF_USERS for line in EXTRAS[extra]),
]
FOR_DEVELOPMENT = [
    requirement
    for extra, lines in EXTRAS.items()
    for requirement in map(Requirement, lines)
    if extra not in EXTRAS_OF_USERS and requirement.name != "sktime-lagllama"
]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def pins(lines: str) -> dict[str, Version]:
    """Read ``name==version`` lines, whatever follows them."""
    found = re.findall(r"^([\w.-]+)==([^\s]+)", lines, re.MULTILINE)
    return {canonicalize_name(name): Version(version) for name, version in found}


CONSTRAINTS = pins((ROOT / "constraints.txt").read_text(encoding="utf-8"))


def bound(requirement: Requirement, operator: str) -> Version:
    """Return the version that a requirement has after ">=" or "<"."""
    versions = [one.version for one in requirement.specifier if one.operator == operator]
    assert len(versions) == 1, f"{requirement} should have one {operator}"
    return Version(versions[0])


def highest_tested(requirement: Requirement) -> Version:
    """Return the highest version that ``.ci/run`` tests."""
    if requirement.name == "pandas":
        ranges = re.findall(r"pandas>=3,<3\.(\d+)", (ROOT / ".ci" / "run").read_text())
        assert len(ranges) == 1, ".ci/run should name one range of pandas 3"
        return Version(f"3.{int(ranges[0]) - 1}")
    return CONSTRAINTS[canonicalize_name(requirement.name)]


@pytest.mark.parametrize("requirement", RUNTIME, ids=str)
def test_what_users_install_ends_before_the_first_untested_series(requirement: Requirement) -> None:
    tested = highest_tested(requirement)
    next_minor = Version(f"{tested.major}.{tested.minor + 1}")
    next_major = Version(f"{tested.major + 1}")
    assert bound(requirement, "<") in (next_minor, next_major)
    assert bound(requirement, ">=") <= tested


def test_the_lowest_versions_allowed_are_the_lowest_tested() -> None:
    command = [sys.executable, str(ROOT / ".ci" / "lowest_versions.py")]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert pins(printed) == {
        canonicalize_name(requirement.name): bound(requirement, ">=") for requirement in RUNTIME
    }


@pytest.mark.parametrize("requirement", RUNTIME + FOR_DEVELOPMENT, ids=str)
def test_every_dependency_is_pinned_to_a_version_that_it_allows(requirement: Requirement) -> None:
    assert CONSTRAINTS[canonicalize_name(requirement.name)] in requirement.specifier


@pytest.mark.parametrize("name", ["hashes.txt", "hashes-audit.txt"])
def test_hashes_are_those_of_the_pinned_versions(name: str) -> None:
    text = (ROOT / ".ci" / name).read_text(encoding="utf-8")
    line = re.compile(r"[\w.-]+==[\w.]+ --hash=sha256:[0-9a-f]{64}")
    assert [each for each in text.splitlines() if not line.fullmatch(each)] == []
    pinned = pins(text)
    differing = {
        package: (version, CONSTRAINTS[package])
        for package, version in pinned.items()
        if CONSTRAINTS.get(package, version) != version
    }
    assert not differing, "run the commands in .ci/hashes.py again"


def test_everything_that_the_tests_need_has_a_hash() -> None:
    pinned = pins((ROOT / ".ci" / "hashes.txt").read_text(encoding="utf-8"))
    needed = [*RUNTIME, *map(Requirement, EXTRAS["test"])]
    names = {canonicalize_name(requirement.name) for requirement in needed} - {"sktime-lagllama"}
    assert not names - pinned.keys(), "run the commands in .ci/hashes.py again"


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_workflows_only_read_and_only_use_actions_pinned_to_a_commit(workflow: Path) -> None:
    text = workflow.read_text(encoding="utf-8")
    permissions = re.findall(r"^ *([\w-]+: (?:read|write)(?:-all)?)$", text, re.MULTILINE)
    # PyPI takes a file from whoever holds the token that this permission is for.
    of_publishing = ["id-token: write"] if workflow.name == "release.yml" else []
    assert permissions == ["contents: read", *of_publishing]
    assert len(re.findall(r"permissions:\n", text)) == len(permissions)
    actions = re.findall(r"uses: (\S+)", text)
    assert actions
    assert [each for each in actions if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", each)] == []
