"""Solvers, one file per algorithm. They see numeric games only, never the language."""
