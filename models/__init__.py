"""The shipped models: ``crisis`` for the situations, ``classics`` for the literature's games."""
