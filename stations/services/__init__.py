"""What may be written in the registry: an election as a whole, and what may change in it afterwards."""

from stations.package.problems import PackageRefused, Problem
from stations.services.amend import AmendReport, amend_election
from stations.services.load import LoadReport, load_election

__all__ = ["AmendReport", "LoadReport", "PackageRefused", "Problem", "amend_election", "load_election"]
