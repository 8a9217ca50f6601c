"""Tables that stay readable in a narrow terminal: a value is never broken, only text folds, and only between words."""

from __future__ import annotations

from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

# What Rich draws around a column: a blank on either side and one line.
FRAME = 3


@dataclass
class Grid:
    """A table of plain text, shown as wide as there is room for.

    Columns named in ``right`` are numbers, those in ``folds`` text that may go on in a further line. Where the room
    is too small even so, the columns in ``least_needed`` are left out, the first of them first; what still does not
    fit follows below, with the first column again.
    """

    title: str
    columns: tuple[str, ...]
    right: tuple[str, ...] = ()
    folds: tuple[str, ...] = ()
    least_needed: tuple[str, ...] = ()
    rows: list[tuple[list[str], str | None]] = field(default_factory=list)

    def add(self, *cells: object, style: str | None = None) -> None:
        """One row: None is an empty cell, and nothing in a cell is read as markup."""
        self.rows.append((["" if cell is None else str(cell) for cell in cells], style))

    def show(self, console: Console) -> None:
        """Print it on ``console``, in at most its width wherever the values allow that."""
        # Folded at the title's own words: Rich would fold it at the width of the table.
        console.print(Text(self.title, style="bold"))
        shown, left_out = self._choose(console.width)
        for part in self._parts(shown, console.width):
            grid = self._draw(part, console.width)
            # A value that alone is wider than the terminal is the terminal's to break, so that none of it is lost.
            console.print(grid, width=max(console.width, self._least(part)), crop=False, no_wrap=True)
        if left_out:
            names = ", ".join(self.columns[index] for index in left_out)
            console.print(Text(f"Left out, as the terminal is narrow: {names}", style="dim"))

    def _choose(self, room: int) -> tuple[list[int], list[int]]:
        """The columns to show and those to leave out, by position."""
        shown, left_out = list(range(len(self.columns))), []
        for name in self.least_needed:
            if self._least(shown) <= room:
                break
            if name in self.columns:
                index = self.columns.index(name)
                shown.remove(index)
                left_out.append(index)
        return shown, left_out

    def _parts(self, shown: list[int], room: int) -> list[list[int]]:
        """The columns of each table that is drawn: one table, or several that all begin with the first column."""
        first, parts = shown[0], [shown[:1]]
        for index in shown[1:]:
            if len(parts[-1]) > 1 and self._least([*parts[-1], index]) > room:
                parts.append([first])
            parts[-1].append(index)
        return parts

    def _width(self, index: int, folded: bool = False) -> int:
        """How wide a column is: its longest line, or folded its longest word."""
        name = self.columns[index]
        texts = [name, *(cells[index] for cells, _ in self.rows)]
        pieces = [
            piece for text in texts for piece in (text.split() if folded and name in self.folds else text.splitlines())
        ]
        return max(map(cell_len, pieces), default=1)

    def _least(self, part: list[int]) -> int:
        """The least width in which these columns keep every word whole."""
        return 1 + sum(FRAME + self._width(index, folded=True) for index in part)

    def _draw(self, part: list[int], room: int) -> Table:
        """Rich's table of these columns; the room that is over goes to the columns that fold, evenly."""
        widths = {index: self._width(index, folded=True) for index in part}
        spare = room - self._least(part)
        narrow = [index for index in part if widths[index] < self._width(index)]
        while spare > 0 and narrow:
            least = min(narrow, key=lambda index: widths[index])
            widths[least] += 1
            spare -= 1
            narrow = [index for index in narrow if widths[index] < self._width(index)]
        grid = Table(header_style="bold")
        for index in part:
            name = self.columns[index]
            grid.add_column(
                Text(name),
                justify="right" if name in self.right else "left",
                width=widths[index],
                no_wrap=name not in self.folds,
            )
        for cells, style in self.rows:
            grid.add_row(*[Text(cells[index]) for index in part], style=style)
        return grid
