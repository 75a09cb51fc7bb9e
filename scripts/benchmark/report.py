"""Prints results as they are measured and as a table, and writes them to files."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

START_GOAL, MEMORY_GOAL = 2.0, 130.0


@dataclass(slots=True)
class Line:
    """The results of one workload."""

    name: str
    rate: float = 0.0
    p50: float = 0.0
    p99: float = 0.0
    cpu_ms: float = 0.0
    memory_mb: float = 0.0
    limit: float | None = None
    goal_ratio: float | None = None
    goal_rate: float | None = None
    errors: int = 0
    example: str = ""
    remark: str = ""
    reached: bool | None = None
    problem: str = ""  # why it could not be measured

    @classmethod
    def of_start(cls, seconds: float, memory: float) -> "Line":
        return cls(
            name="start to first answer; idle memory",
            memory_mb=memory,
            remark=f"{seconds:.2f} s (< {START_GOAL:.0f} s), {memory:.0f} MB (< {MEMORY_GOAL:.0f} MB)",
            reached=seconds < START_GOAL and memory < MEMORY_GOAL,
        )

    @property
    def ratio(self) -> float | None:
        return self.rate / self.limit if self.limit else None

    def verdict(self) -> bool | None:
        """Whether the goal is reached; None without a goal or without a limit to compare with."""
        if self.problem:
            return False
        checks = [] if self.reached is None else [self.reached]
        if self.goal_ratio is not None and self.ratio is not None:
            checks.append(self.ratio >= self.goal_ratio)
        if self.goal_rate is not None:
            checks.append(self.rate >= self.goal_rate)
        return all(checks) if checks else None

    def goal(self) -> str:
        wanted = []
        if self.goal_ratio is not None:
            wanted.append(f"ratio ≥ {self.goal_ratio:g}")
        if self.goal_rate is not None:
            wanted.append(f"≥ {self.goal_rate:,.0f}/s")
        if self.remark:
            wanted.append(self.remark)
        return ", ".join(wanted)

    def facts(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio, "reached": self.verdict()}


_COLUMNS = ("workload", "req/s", "p50 ms", "p99 ms", "CPU ms", "MB", "limit req/s", "ratio", "errors", "goal")


def _cells(line: Line, marks: dict[bool | None, str]) -> list[str]:
    return [
        line.name,
        f"{line.rate:,.0f}" if line.rate else "",
        f"{line.p50:.1f}" if line.rate else "",
        f"{line.p99:.1f}" if line.rate else "",
        f"{line.cpu_ms:.2f}" if line.cpu_ms else "",
        f"{line.memory_mb:.0f}" if line.memory_mb else "",
        f"{line.limit:,.0f}" if line.limit else "",
        f"{line.ratio:.2f}" if line.ratio else "",
        str(line.errors) if line.rate else "",
        marks[line.verdict()] + line.goal(),
    ]


_MARKS: dict[bool | None, str] = {True: "[green]✓[/green]", False: "[red]✗[/red]", None: ""}
_NARROW = ("workload", "req/s", "p50", "p99", "CPU", "MB", "limit", "ratio", "err", "")


def show(console: Console, lines: list[Line], tool: str) -> None:
    """Print the results, the goals and the errors, within 80 columns."""
    table = Table(box=box.SIMPLE_HEAD, padding=0, pad_edge=False, title=f"{tool}; the median round counts")
    for column in _NARROW:
        is_name = column == "workload"
        table.add_column(
            column,
            justify="left" if is_name else "right",
            overflow="fold",
            no_wrap=not is_name,
            min_width=22 if is_name else None,
        )
    for line in lines:
        table.add_row(*_cells(line, dict.fromkeys(_MARKS, ""))[:-1], _MARKS[line.verdict()])
    console.print(table)
    console.print("Times in ms, CPU of the worker for one request, MB of the worker; limit in req/s.")
    for line in lines:
        if line.goal():
            console.print(f"{_MARKS[line.verdict()] or ' '} {line.name}: {line.goal()}", highlight=False)
    for line in lines:
        if line.problem:
            console.print(f"{line.name} could not be measured: {line.problem}", style="red", markup=False)
        elif line.errors:
            text = f"{line.name}: {line.errors} wrong answers, such as: {line.example}"
            console.print(text, style="red", markup=False)


def _in_short(line: Line) -> str:
    if line.problem:
        return f"[red]not measured[/red]: {line.problem.splitlines()[0][:200]}"
    figures = []
    if line.rate:
        figures.append(f"{line.rate:,.0f}/s")
    if line.p50:
        figures.append(f"p50 {line.p50:.1f} ms, p99 {line.p99:.1f} ms")
    if line.ratio:
        figures.append(f"{line.ratio:.2f} of the limit")
    if line.errors:
        figures.append(f"[red]{line.errors} wrong answers[/red]")
    if line.remark:
        figures.append(line.remark)
    return f"{', '.join(figures)} {_MARKS[line.verdict()]}"


@dataclass(slots=True)
class Results:
    """The results so far. Each line is printed and written to the files immediately."""

    console: Console
    facts: dict[str, Any]
    json_file: Path | None = None
    markdown_file: Path | None = None
    lines: list[Line] = field(default_factory=list)
    is_complete: bool = False

    def add(self, line: Line) -> None:
        self.lines.append(line)
        self.console.print(f"  {line.name}: {_in_short(line)}", highlight=False)
        self.write()

    def write(self) -> None:
        """Rewrite the files, so that an interrupted run keeps its results."""
        if self.markdown_file is not None:
            self.markdown_file.write_text(markdown(self.lines))
        if self.json_file is not None:
            lines = [line.facts() for line in self.lines]
            text = json.dumps({**self.facts, "complete": self.is_complete, "lines": lines}, indent=2)
            self.json_file.write_text(text)

    @property
    def are_wrong(self) -> bool:
        return any(line.errors or line.problem for line in self.lines)


def markdown(lines: list[Line]) -> str:
    """The table for a document."""
    rows = [list(_COLUMNS), ["---"] + ["--:"] * 8 + ["---"]]
    rows += [_cells(line, {True: "✓ ", False: "✗ ", None: ""}) for line in lines]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
