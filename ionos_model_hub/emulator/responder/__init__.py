"""Rule-based responses: what an emulated model says."""
