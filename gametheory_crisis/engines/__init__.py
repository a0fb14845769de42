"""Engines: from a point of a model to its equilibria, each with its certificate."""
