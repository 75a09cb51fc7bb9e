"""The table."""

from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

START_GOAL, MEMORY_GOAL = 2.0, 130.0


@dataclass(slots=True)
class Line:
    """The figures of one workload."""

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
        """Whether the goal is reached; None where there is none, or no limit to compare with."""
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


def show(console: Console, lines: list[Line], tool: str) -> None:
    """Print the figures, the goals and what misses them."""
    table = Table(title=f"Measured with {tool}; the median round counts")
    for column in _COLUMNS:
        table.add_column(column, justify="left" if column in ("workload", "goal") else "right")
    for line in lines:
        table.add_row(*_cells(line, {True: "[green]✓[/green] ", False: "[red]✗[/red] ", None: ""}))
    console.print(table)
    for line in lines:
        if line.errors:
            console.print(f"[red]{line.name}: {line.errors} wrong answers, such as: {line.example}[/red]")


def markdown(lines: list[Line]) -> str:
    """The table for a document."""
    rows = [list(_COLUMNS), ["---"] + ["--:"] * 8 + ["---"]]
    rows += [_cells(line, {True: "✓ ", False: "✗ ", None: ""}) for line in lines]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
