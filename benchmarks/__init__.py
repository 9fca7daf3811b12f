"""What `make bench` runs: lasttouch, a plain Python loop and other programs on the same events, measured the same way.
Nothing that the product or its tests need belongs here.
"""
