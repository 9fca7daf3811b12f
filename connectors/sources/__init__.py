"""What all sources have in common: raw lines, replay and catching up, time, and the source that reads nothing.

How one outside world is read belongs to its own folder.
"""
