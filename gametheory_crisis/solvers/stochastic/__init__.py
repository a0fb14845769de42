"""Solvers of stochastic games: Markov perfect equilibria."""
