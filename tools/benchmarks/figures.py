"""Figures with their targets, and how they are shown."""

from typing import NamedTuple


class Figure(NamedTuple):
    what: str
    value: str
    target: str = ""
    verdict: str = ""  # PASS, MISS, or "" where there is no target


def at_most(what, value, limit, unit, digits=0):
    return Figure(what, f"{value:,.{digits}f} {unit}", f"≤ {limit:,} {unit}", "PASS" if value <= limit else "MISS")


def at_least(what, value, limit, unit, digits=1):
    return Figure(what, f"{value:,.{digits}f} {unit}", f"≥ {limit:,} {unit}", "PASS" if value >= limit else "MISS")


def plain(what, value, unit, digits=0):
    return Figure(what, f"{value:,.{digits}f} {unit}")


def ratio(what, value):
    return Figure(what, f"{value:,.0f} ×" if value >= 10 else f"{value:.1f} ×")


HEADER = Figure("figure", "measured", "target", "")


def table(figures):
    rows = [HEADER] + list(figures)
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    return "\n".join(f"{row.what:<{widths[0]}}  {row.value:>{widths[1]}}  {row.target:>{widths[2]}}  {row.verdict}".rstrip()
                     for row in rows)


def markdown(figures):
    lines = ["| figure | measured | target | |", "|---|---:|---:|---|"]
    return "\n".join(lines + ["| " + " | ".join(figure) + " |" for figure in figures])
