"""The usual touches of a batch, from lines of text to packed columns, in functions that Numba compiles.

What is rare or wrong is left to `connectors.decoding.decoder`, which knows all
the rules; nothing is kept between batches.
"""
