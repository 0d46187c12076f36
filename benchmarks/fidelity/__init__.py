"""The parts of shadow_fidelity.py: what is asked, how the truth is had, and how answers are compared with it."""
