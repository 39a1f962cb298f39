"""Reading and validating an election package, before anything is written.

A package is a folder or a zip of it with `election.toml`, `areas.csv`, `stations.csv`, `contests.csv`, `choices.csv`,
`ballots.csv` and, where lists are published, `candidates.csv`: UTF-8, separated by commas.
"""
