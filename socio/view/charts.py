MORE, LESS = "#4b3f8f", "#b98a2f"
from dataclasses import dataclass
@dataclass
class Chart:
    spec: dict; data: dict; alt: str; height: int
def kronor_per_pupil(result, *, order, equal_width, selected, alt=""): return Chart({}, {}, alt, 400)
def changes(result, change, *, unit, order, selected, alt=""): return Chart({}, {}, alt, 400)
def picture(chart, *, title, notes, kind): return b""
