"""Models solved over many points: grids, samples, stores, and what runs them."""
