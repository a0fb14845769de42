"""``python -m gametheory_crisis`` is ``crisis``."""

from __future__ import annotations

import sys

from gametheory_crisis.cli.main import main

sys.exit(main())
