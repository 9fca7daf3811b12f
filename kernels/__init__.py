"""The usual touches, from lines of text to packed columns and on to their contacts, and what is told of decided orders:
functions that Numba compiles.

What is rare or wrong is left to `connectors.decoding.decoder` and to `state`, which know all the rules; what is kept
belongs to who calls.
"""
