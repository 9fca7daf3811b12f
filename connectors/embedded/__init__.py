"""The servers that come in wheels, for the demo and the tests.

A server that somebody else runs is never started or stopped from here.
"""
