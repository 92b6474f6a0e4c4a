"""``python -m tests.concurrency --cycles 2000 --checkpoints 200`` prints what a process holds."""

from __future__ import annotations

import argparse

from tests.concurrency.cycles import Held, cycles_of_fit_and_predict, opened_checkpoints


def print_table(name: str, repeats: int, held: list[Held]) -> None:
    for part, (mebibytes, handles, threads) in enumerate(held, 1):
        print(
            f"{repeats * part // len(held):5d} {name}: {mebibytes:7.1f} MiB, "
            f"{handles} open files, {threads} threads"
        )


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.concurrency")
    parser.add_argument("--cycles", type=int, default=2000, help="of fit and predict")
    parser.add_argument("--checkpoints", type=int, default=200, help="to open")
    options = parser.parse_args()
    print_table("cycles", options.cycles, cycles_of_fit_and_predict(options.cycles))
    print_table("checkpoints", options.checkpoints, opened_checkpoints(options.checkpoints))


if __name__ == "__main__":
    main()
