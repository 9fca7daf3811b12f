"""The view in Redis: its layout, what writes it, and the clients that it is read and written with.

What is counted does not belong here (`state`), nor what reports make of it (`reports`).
"""
