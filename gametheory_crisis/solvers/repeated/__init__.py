"""Repeated games of two players: critical discount factors, and sets of equilibrium payoffs."""
