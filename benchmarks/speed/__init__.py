"""Measure the speed of this package, of its peers and of minimal implementations in one run."""
