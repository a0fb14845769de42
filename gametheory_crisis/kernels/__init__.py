"""Compiled numeric kernels: arrays and scalars in, arrays and a status out."""
