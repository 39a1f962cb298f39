"""From a path to a valid package, or to all that is wrong with it."""

from __future__ import annotations

from pathlib import Path

from stations.package.archive import canonical_zip, package_sha256, read_files
from stations.package.content import Package
from stations.package.heading import FILE, read_heading
from stations.package.links import check_links
from stations.package.problems import PackageRefused, Problems
from stations.package.rows import read_rows


def read_package(path: Path) -> Package:
    """Read and validate a package, folder or zip. Raises PackageRefused with every problem in it."""
    problems = Problems()
    files = read_files(path)
    heading = read_heading(files[FILE], problems)
    rows = read_rows(
        files,
        forms=heading.forms if heading else (),
        time_zone=heading.election.time_zone if heading else "UTC",
        problems=problems,
    )
    stations_of = check_links(rows, problems)
    problems.refuse_if_any()
    if heading is None:  # pragma: no cover  a heading that cannot be read was reported
        raise PackageRefused([])
    canonical = canonical_zip(files)
    return Package(
        sha256=package_sha256(canonical),
        canonical=canonical,
        election=heading.election,
        forms=heading.forms,
        areas=rows.areas,
        stations=rows.stations,
        contests=rows.contests,
        choices=rows.choices,
        candidates=rows.candidates,
        stations_of=stations_of,
    )
