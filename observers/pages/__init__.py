"""Pages of the observers' room beside events and sums: files of places, copies, moments, analyses, samples."""
