"""What matters most: how a model's answers depend on its parameters, over their whole ranges."""
