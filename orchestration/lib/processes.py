"""The same work on the parts of a list, each in a process of its own, when there is enough of it.

Reading exports is Python, and one interpreter keeps one core busy. The processes are started afresh: copied ones would
have the locks that other threads held. They end with the process that started them, whatever ends it.
"""

import logging
import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from threading import Thread
from typing import Any, TypeVar

# What a process must have to read for its start, some seconds of imports, to be worth it.
WORTH_BYTES = 64_000_000
# Each holds a row group per raw table: more of them would cost more memory than they save time.
MOST = 4
PROGRESS_EVERY = 200  # files between two lines of progress
TICK, DONE, FAILED = "tick", "done", "failed"

Tick = Callable[[], None]
Item = TypeVar("Item")
Part = TypeVar("Part")
Result = TypeVar("Result")


class Progress:
    """Tells ``text`` % (done, total) now and then while a long list is worked on."""

    def __init__(self, logger: logging.Logger, text: str, total: int):
        """Start at none done of ``total``."""
        self._logger, self._text, self._total, self._done = logger, text, total, 0

    def one_more(self) -> None:
        """Count one more as done."""
        self._done += 1
        if self._done % PROGRESS_EVERY == 0 or self._done == self._total:
            self._logger.info(self._text, self._done, self._total)


class Ended(RuntimeError):
    """A process ended by itself before its part was done, most often killed for lack of memory."""


def parts(items: Sequence[Item], size: Callable[[Item], int]) -> list[list[Item]]:
    """Return ``items`` in their order, in parts of about as many bytes: one part, if more would not pay."""
    total = sum(map(size, items))
    count = max(1, min(_most(), total // WORTH_BYTES))
    found: list[list[Item]] = [[] for _ in range(count)]
    before = 0
    for item in items:
        middle = 2 * before + size(item)
        found[min(middle * count // max(2 * total, 1), count - 1)].append(item)
        before += size(item)
    return [part for part in found if part] or [[]]


def work(do: Callable[[Part, Tick], Result], on: Sequence[Part], tick: Tick) -> list[Result]:
    """Return ``do(part, tick)`` of every part of ``on``, in order; a single part is done in this very process.

    ``do`` and what it takes and gives must be picklable; ``tick`` is called here whenever ``do`` calls its own. What
    ``do`` raises is raised, and Ended when a process dies; the others are then stopped.
    """
    if len(on) == 1:
        return [do(on[0], tick)]
    started: list[tuple[multiprocessing.Process, Connection]] = []
    results: dict[int, Result] = {}
    try:
        for part in on:
            started.append(_start(do, part))
        waiting = {connection: number for number, (_, connection) in enumerate(started)}
        while waiting:
            for connection in wait(list(waiting)):
                number = waiting[connection]
                try:
                    said, value = connection.recv()
                except (EOFError, OSError):  # its end of the pipe is closed, or was reset
                    started[number][0].join()
                    raise Ended(
                        f"a process that read exports ended with code {started[number][0].exitcode} before it was done;"
                        " if memory is short, set BEFFROI_PROCESSES to 1"
                    ) from None
                if said == TICK:
                    tick()
                elif said == FAILED:
                    raise value
                else:
                    results[number] = value
                    del waiting[connection]
    finally:
        for number, (process, connection) in enumerate(started):
            if number not in results:
                process.terminate()
            process.join()
            connection.close()
    return [results[number] for number in range(len(on))]


def _most() -> int:
    """Return how many processes may read at once: BEFFROI_PROCESSES, else the cores at hand up to `MOST`."""
    if chosen := os.environ.get("BEFFROI_PROCESSES"):
        return max(1, int(chosen))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST)


def _start(do: Callable[[Any, Tick], Any], part: Any) -> tuple[multiprocessing.Process, Connection]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(theirs, do, part), daemon=True)
    process.start()
    theirs.close()  # or its end would not show when the process dies
    return process, ours


def _serve(connection: Connection, do: Callable[[Any, Tick], Any], part: Any) -> None:
    """Do one part, in the new process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, which stops this process
    Thread(target=_end_with_parent, daemon=True).start()
    try:
        said = DONE, do(part, lambda: connection.send((TICK, None)))
    except Exception as error:  # raised again where the result is awaited
        error.add_note("".join(traceback.format_tb(error.__traceback__)))
        said = FAILED, error
    try:
        connection.send(said)
    except Exception as error:  # what cannot be pickled still tells what it was
        connection.send((FAILED, RuntimeError(f"{type(said[1]).__name__} could not be handed over: {error}")))


def _end_with_parent() -> None:
    multiprocessing.parent_process().join()
    os._exit(1)
