"""Addresses, bounds and settings, read once from flags, environment and files and checked, and the user's errors.

Nothing that reads or writes a server or an event belongs here.
"""
