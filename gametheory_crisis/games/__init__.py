"""The numeric forms of a game, frozen: tapes of arithmetic, stage games, schedules for kernels."""
