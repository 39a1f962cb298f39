"""What observers compute: comparisons, distributions, samples. Plain Python."""
