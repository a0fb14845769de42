"""Pictures of models and of sweeps: matplotlib figures, made without global state."""
