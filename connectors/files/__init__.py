"""Files of JSON Lines: read piece by piece, decompressed, and gone on with by later runs; and the file of dead letters.

What a line means does not belong here.
"""
