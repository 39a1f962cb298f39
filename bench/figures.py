"""What a benchmark yields: figures, held against limits that were measured in the same run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent
LATEST = HERE / "latest.json"

Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class Figure:
    """A measured value. `ratio` is the value over the reference of the same run; `target` bounds the ratio if there
    is a reference, else the value. None where nothing is promised."""

    name: str
    value: float
    unit: str
    better: Better
    reference: float | None = None
    target: float | None = None

    @property
    def ratio(self) -> float | None:
        return None if not self.reference else self.value / self.reference

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.target is None:
            return None
        measured = self.value if self.ratio is None else self.ratio
        return measured >= self.target if self.better == "higher" else measured <= self.target

    def as_data(self) -> dict[str, object]:
        return {**asdict(self), "ratio": self.ratio}


def write(figures: Sequence[Figure]) -> None:
    """Write bench/latest.json."""
    LATEST.write_text(json.dumps([figure.as_data() for figure in figures], indent=1) + "\n")


def show(figures: Sequence[Figure], console: Console) -> None:
    """Print the table."""
    table = Table(title="Ratios are of values measured in this run, on the same servers", title_justify="left")
    table.add_column("figure")
    for column in ("value", "unit", "reference", "ratio", "target"):
        table.add_column(column, justify="right")
    table.add_column("")
    for figure in figures:
        sign = "≥" if figure.better == "higher" else "≤"
        table.add_row(
            figure.name,
            _rounded(figure.value),
            figure.unit,
            _rounded(figure.reference),
            _rounded(figure.ratio),
            "" if figure.target is None else f"{sign} {_rounded(figure.target)}",
            {True: "[green]met[/]", False: "[red]missed[/]", None: ""}[figure.is_met],
        )
    console.print(table)


def _rounded(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}".replace(",", " ") if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004
