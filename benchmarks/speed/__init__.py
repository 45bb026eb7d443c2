"""Speed of this package, of its peers, and of the floors below them, in one run."""
