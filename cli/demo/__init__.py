"""`lasttouch demo`: a made-up shop, its servers and the live table.

Nothing here is used by another command.
"""
