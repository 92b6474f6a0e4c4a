"""Many calls of a function, in this process or by the workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from sktime_lagllama._progress import progress_bar

_MAX_NAMED = 5


class FailedPartitionsError(RuntimeError):
    """Some partitions failed, each as often as it was tried; all others are done.

    Attributes
    ----------
    failures : dict of str to Exception
        What each of them raised last, by the name of its file.
    """

    def __init__(self, failures: Mapping[str, BaseException], num_tries: int) -> None:
        self.failures = dict(failures)
        named = [
            f"{name}: {type(error).__name__}: {error}"
            for name, error in list(self.failures.items())[:_MAX_NAMED]
        ]
        if len(self.failures) > _MAX_NAMED:
            named.append(f"and {len(self.failures) - _MAX_NAMED} more, in the attribute failures")
        super().__init__(
            f"{len(self.failures)} failed, having been tried {num_tries} times; all others are "
            "done. The same call computes only what is missing. Failed:\n" + "\n".join(named)
        )


def run(
    function: Callable[..., object],
    calls: Mapping[str, tuple[Any, ...]],
    shared: Mapping[str, Callable[[], object]],
    client: Any,
    retries: int,
    description: str,
    show_progress: bool,
) -> None:
    """Call a function with each of several arguments; what it returns is not used.

    Parameters
    ----------
    function : callable
        Workers must be able to import it.
    calls : mapping of str to tuple
        The positional arguments of each call, by a name for it.
    shared : mapping of str to callable
        Make the keyword arguments that all calls share: once here, or once for all workers, which
        pass them on to each other.
    client : distributed.Client or None
        None: everything is called here, one after the other.
    retries : int
        How many more times a call that raises an exception is made.
    description : str
        Of the progress bar.
    show_progress : bool

    Raises
    ------
    FailedPartitionsError
        If a call failed each time, after all others have been made.
    Exception
        What cannot be made that calls share.
    """
    if not calls:
        return
    run_all = _run_here if client is None else partial(_run_on_cluster, client)
    failures = {}
    with progress_bar(description, total=len(calls), visible=show_progress) as bar:
        for name, error in run_all(function, calls, shared, retries):
            if error is not None:
                failures[name] = error
            bar.update(1)
    if failures:
        raise FailedPartitionsError(dict(sorted(failures.items())), retries + 1)


def _run_here(
    function: Callable[..., object],
    calls: Mapping[str, tuple[Any, ...]],
    shared: Mapping[str, Callable[[], object]],
    retries: int,
) -> Iterator[tuple[str, BaseException | None]]:
    """Yield the name of each call, and what it raised if it failed."""
    made = {name: make() for name, make in shared.items()}
    for name, arguments in calls.items():
        failure = None
        for _ in range(retries + 1):
            try:
                function(*arguments, **made)
            except Exception as error:
                failure = error
            else:
                failure = None
                break
        yield name, failure


def _run_on_cluster(
    client: Any,
    function: Callable[..., object],
    calls: Mapping[str, tuple[Any, ...]],
    shared: Mapping[str, Callable[[], object]],
    retries: int,
) -> Iterator[tuple[str, BaseException | None]]:
    """Yield the name of each call as it ends, and what it raised if it failed."""
    from distributed import as_completed, wait

    # Made by tasks, not scattered: so they are made again if the worker that has them dies.
    made = {name: client.submit(make, pure=False) for name, make in shared.items()}
    wait(list(made.values()))
    for future in made.values():
        if future.status == "error":
            raise future.exception()
    futures = {
        client.submit(function, *arguments, **made, pure=False, retries=retries): name
        for name, arguments in calls.items()
    }
    try:
        for future in as_completed(list(futures)):
            yield futures.pop(future), future.exception()
    finally:
        client.cancel(list(futures))
