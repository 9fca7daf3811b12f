"""The pure core of lasttouch: events, facts, decisions, differences and totals as values and functions.

What reads a clock, a file, a socket, Redis or Bytewax does not belong here.
"""
