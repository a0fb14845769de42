"""The command line, ``crisis``.

A command's module is imported when the command runs, and imports the library inside its functions:
help and completion must not wait for numpy, numba and their like.
"""
