"""Every wait of the tests has a deadline, and the helpers for waiting keep theirs."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from tests.deadlines import PATIENCE_S, line_of, lines_of, running, wait_until, within

ENDLESS = {"wait", "communicate", "result", "recv", "acquire", "join"}
"""Methods that wait for ever where they are given nothing; with an argument, it is the deadline."""
RUNS = {"run", "call", "check_call", "check_output"}
READS = {"readline", "read", "readlines"}


def is_endless(node: ast.AST) -> bool:
    """Tell whether a part of a program waits without a deadline."""
    if isinstance(node, ast.With):  # leaving the block waits for the process, however it is left
        return any("subprocess.Popen(" in ast.unparse(one.context_expr) for one in node.items)
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    method = node.func.attr
    if method in ENDLESS:
        return not node.args and not node.keywords
    if method in {"urlopen", *RUNS}:
        named = {keyword.arg for keyword in node.keywords}
        runs = method == "urlopen" or ast.unparse(node.func.value) == "subprocess"
        return runs and "timeout" not in named
    return method in READS and ast.unparse(node.func.value).endswith((".stdout", ".stderr"))


def endless_waits(code: str) -> list[int]:
    """Return the lines of a program in which something is waited for without a deadline."""
    return [node.lineno for node in ast.walk(ast.parse(code)) if is_endless(node)]


@pytest.mark.parametrize(
    ("code", "endless"),
    [
        ("subprocess.run(['true'])", True),
        ("subprocess.run(['true'], timeout=3)", False),
        ("process.wait()", True),
        ("process.wait(3)", False),
        ("process.wait(timeout=3)", False),
        ("','.join(words)", False),
        ("thread.join()", True),
        ("pool.submit(work).result()", True),
        ("urllib.request.urlopen(address)", True),
        ("process.stdout.readline()", True),
        ("with subprocess.Popen(['true']) as process: pass", True),
        ("path.open().read()", False),
    ],
)
def test_a_wait_without_a_deadline_is_seen(code: str, endless: bool) -> None:
    assert bool(endless_waits(code)) is endless


def test_no_test_waits_without_a_deadline(repo_root: Path) -> None:
    found = [
        f"{path.relative_to(repo_root)}:{line}"
        for path in sorted((repo_root / "tests").rglob("*.py"))
        if path.name != "deadlines.py"
        for line in endless_waits(path.read_text())
    ]
    assert found == [], "give each a deadline, or read with tests.deadlines"


def test_waiting_ends_when_the_thing_comes_and_fails_when_it_does_not() -> None:
    seen = []
    wait_until(lambda: seen.append(1) or len(seen) == 3, 60.0)
    assert len(seen) == 3
    with pytest.raises(pytest.fail.Exception, match=r"did not come within 0\.05 s"):
        for _ in within(0.05):
            pass


def test_lines_are_read_until_a_process_ends_or_is_killed_at_the_deadline() -> None:
    code = "import time\nprint('one', flush=True)\nprint('two', flush=True)\ntime.sleep({})"
    with running([sys.executable, "-c", code.format(0)]) as process:
        assert list(lines_of(process)) == ["one\n", "two\n"]
        assert process.wait(PATIENCE_S) == 0
    with running([sys.executable, "-c", code.format(600)]) as process:
        assert [line_of(process), line_of(process)] == ["one\n", "two\n"]
        assert line_of(process, 0.1) == ""
        assert process.wait(PATIENCE_S) < 0
