"""Writes on a console what its character set can hold: nothing a name could do reaches the terminal."""

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from dbadvisor.model.text import one_line, visible

_PLAIN = {
    "●": "*", "○": ".", "━": "=", "→": "->", "×": "x", "·": "-", "…": "...", "─": "-", "│": "|", "✓": "+",
    "–": "-", "—": "-", "−": "-", "≥": ">=", "≤": "<=", "≠": "<>", "’": "'", "“": '"', "”": '"', "µ": "u",
}  # fmt: skip
_TABLE = str.maketrans(_PLAIN)


class Pen:
    """Makes rich texts for one console; where its encoding lacks our characters, all have ASCII forms."""

    def __init__(self, console: Console) -> None:
        self._encoding = console.encoding
        try:
            "".join(_PLAIN).encode(self._encoding)
        except UnicodeEncodeError:
            self._plain = True
        else:
            self._plain = False

    def write(self, text: str, style: str = "") -> Text:
        """The text, safe and encodable, as one styled piece; line ends are shown as escapes."""
        return Text(self._encodable(visible(text)), style=style)

    def crop(self, text: str, width: int, style: str = "") -> Text:
        """The text on one line, cut to so many columns."""
        line, end = self._encodable(one_line(text)), self._encodable("…")
        if cell_len(line) > width:
            line = set_cell_size(line, max(0, width - cell_len(end))) + end
        return Text(line, style=style, no_wrap=True)

    def _encodable(self, text: str) -> str:
        if not self._plain:
            return text
        return text.translate(_TABLE).encode(self._encoding, "backslashreplace").decode(self._encoding)
