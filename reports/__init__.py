"""The read side: reports as values, read from the view in Redis, and shown as a table, JSON or CSV.

Nothing that writes to Redis or decides anything about an order belongs here.
"""
