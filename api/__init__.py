"""What `lasttouch serve` answers over HTTP: access, errors, forms of answers, and the server itself.

Nothing is computed here: figures are those of `reports/`.
"""
