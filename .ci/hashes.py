"""Print what pip would install, a line each with the SHA-256 of the file.

    PIP_CONFIG_FILE=/dev/null python .ci/hashes.py ".[test]" > .ci/hashes.txt
    PIP_CONFIG_FILE=/dev/null python .ci/hashes.py pip-audit > .ci/hashes-audit.txt

The versions are those of constraints.txt where it has them, the files those of PyPI for the machine
that this runs on: Linux on x86-64 with Python 3.11, as in the workflows. Nothing is installed.
constraints.txt itself cannot have hashes: pip would then ask for them for everything, the package
itself included, and a registry that has CPU builds of torch has other files than PyPI.
"""

import json
import subprocess
import sys

DRY_RUN = ["install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-"]

command = [sys.executable, "-m", "pip", *DRY_RUN, "-c", "constraints.txt", *sys.argv[1:]]
report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
for package in sorted(report["install"], key=lambda entry: entry["metadata"]["name"].lower()):
    name, version = package["metadata"]["name"], package["metadata"]["version"]
    # A folder, which is the package itself, has no hash.
    if archive := package["download_info"].get("archive_info"):
        print(f"{name}=={version} --hash=sha256:{archive['hashes']['sha256']}")
