"""Finite trees with private shocks from continua: equilibria in cutoff strategies."""
