"""What TractionBuild hears of a run: signed, in order, retried, and never lost."""
