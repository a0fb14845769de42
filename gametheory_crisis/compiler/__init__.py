"""From the graph of moves to the numeric games that solvers take."""
