"""A look into a Python process that runs: nothing of it stays there."""
