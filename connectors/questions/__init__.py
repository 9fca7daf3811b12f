"""Questions to the running dataflow and their answers, through Redis.

Nothing here is kept: what nobody takes or fetches expires.
"""
