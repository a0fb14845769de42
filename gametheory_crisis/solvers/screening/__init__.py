"""Offers to a player with private numbers: once, and day after day."""
