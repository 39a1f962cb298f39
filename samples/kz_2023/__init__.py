"""The sample election: Kazakhstan, 19 March 2023. Facts, the package made from them, and a synthetic night."""
