"""The knobs: everything that can be set from outside, read once from the environment.

Promise: a process reads its environment here, at its start, and nowhere else; what is wrong is told all at once, by
name, with the unit that was expected, and nothing starts.
Rules: only `api.app`, `cli` and the migrations import this room. A secret is never a setting: settings name files.
Elsewhere: the command line (`cli`) overrides what it has options for; defaults of the agreement are data (`casework`).
"""

from settings.knobs import Settings, Unusable, read

__all__ = ["Settings", "Unusable", "read"]
