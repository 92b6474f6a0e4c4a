"""Print the lowest versions that pyproject.toml allows, one requirement a line."""

import re
import tomllib
from pathlib import Path

PROJECT = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text())["project"]

EXTRAS = PROJECT["optional-dependencies"]

for requirement in [*PROJECT["dependencies"], *EXTRAS["proba"], *EXTRAS["distributed"]]:
    name, lowest = re.match(r"([\w-]+)>=([\w.]+)", requirement).groups()
    print(f"{name}=={lowest}")
