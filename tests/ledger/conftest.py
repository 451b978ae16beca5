"""Laws are judged by their outcome, not by how busy the machine was that ran them."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
