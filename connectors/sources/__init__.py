"""What all sources have in common: lines, replay and catching up, what goes first, time, and one that reads nothing.

How one outside world is read belongs to its own folder.
"""
