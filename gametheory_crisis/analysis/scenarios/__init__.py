"""Which simple rules describe where a regime prevails: boxes and a shallow tree."""
