"""The page that `lasttouch serve` shows at `/`: its files in page/, as browsers take them, and what reads them here.

It knows the HTTP API only from the outside: no figure is reckoned here, and nothing of the other packages is imported.
"""
