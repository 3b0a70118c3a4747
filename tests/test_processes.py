"""Work in several processes gives what one process gives, and none of them outlives who asked for it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orchestration.lib import processes


def upper(part, tick):
    for _ in part:
        tick()
    return [word.upper() for word in part], os.getpid()


def refuse(part, tick):
    if "b" in part:
        raise ValueError("b is not a word")
    return part


def die(part, tick):
    if "b" in part:
        os.kill(os.getpid(), signal.SIGKILL)
    return part


def give_what_cannot_be_handed_over(part, tick):
    return lambda: part


def raise_what_cannot_be_handed_over(part, tick):
    error = ValueError("b is not a word")
    error.place = lambda: part
    raise error


def write_and_wait(folder, part, tick):
    (folder / f"{part}.pid").write_text(str(os.getpid()))
    time.sleep(600)


def test_parts_keep_the_order_and_have_about_as_many_bytes(monkeypatch):
    monkeypatch.setenv("BEFFROI_PROCESSES", "3")
    monkeypatch.setattr(processes, "WORTH_BYTES", 10)
    assert processes.parts([10, 10, 10, 30, 30], lambda size: size) == [[10, 10, 10], [30], [30]]
    assert processes.parts([30, 1], lambda size: size) == [[30], [1]]
    assert processes.parts([4, 5], lambda size: size) == [[4, 5]]
    assert processes.parts([0, 0], lambda size: size) == [[0, 0]]
    assert processes.parts([], lambda size: size) == [[]]


def test_few_processes_are_asked_for_where_memory_is_short(monkeypatch):
    monkeypatch.setattr(processes, "WORTH_BYTES", 1)
    monkeypatch.setenv("BEFFROI_PROCESSES", "1")
    assert processes.parts([10, 10], lambda size: size) == [[10, 10]]


def test_a_single_part_is_done_here_and_several_elsewhere_in_order():
    ticks = []
    ((words, process),) = processes.work(upper, [["a", "b"]], lambda: ticks.append(1))
    assert (words, process, len(ticks)) == (["A", "B"], os.getpid(), 2)
    found = processes.work(upper, [["a", "b"], ["c"]], lambda: ticks.append(1))
    assert [words for words, _ in found] == [["A", "B"], ["C"]]
    assert len({os.getpid(), *(process for _, process in found)}) == 3
    assert len(ticks) == 5


def test_what_is_raised_in_a_process_is_raised_with_its_place():
    with pytest.raises(ValueError, match="b is not a word") as raised:
        processes.work(refuse, [["a"], ["b"]], lambda: None)
    assert "in refuse" in "".join(raised.value.__notes__)


@pytest.mark.parametrize(
    ("do", "told"),
    [(give_what_cannot_be_handed_over, "function"), (raise_what_cannot_be_handed_over, "ValueError")],
)
def test_what_cannot_be_handed_over_is_told(do, told):
    with pytest.raises(RuntimeError, match=f"({told}) could not be handed over: .*pickle"):
        processes.work(do, [["a"], ["b"]], lambda: None)


def test_no_process_is_left_when_one_cannot_be_started(monkeypatch):
    start, started = processes._start, []

    def start_one_only(do, part):
        if started:
            raise OSError("no memory left")
        started.append(start(do, part))
        return started[0]

    monkeypatch.setattr(processes, "_start", start_one_only)
    with pytest.raises(OSError, match="no memory left"):
        processes.work(upper, [["a"], ["b"]], lambda: None)
    assert not started[0][0].is_alive()


def test_a_process_that_dies_is_told_and_the_others_are_stopped():
    with pytest.raises(processes.Ended, match="code -9"):
        processes.work(die, [["a"], ["b"]], lambda: None)


def test_processes_end_with_the_one_that_started_them(tmp_path):
    program = (
        "from functools import partial; from pathlib import Path; from orchestration.lib import processes;"
        "from tests.test_processes import write_and_wait;"
        f"processes.work(partial(write_and_wait, Path({str(tmp_path)!r})), ['a', 'b'], print)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=Path(__file__).parents[1])
    pids = [int(_content(tmp_path / f"{part}.pid")) for part in "ab"]
    parent.kill()
    parent.wait()
    for pid in pids:
        _until(lambda pid=pid: not _is_running(pid))


def _content(file: Path) -> str:
    _until(lambda: file.exists() and file.read_text())
    return file.read_text()


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _until(holds, seconds=60):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
