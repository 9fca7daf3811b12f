"""Real servers that the tests start and that no package brings.

Servers that come in wheels are in `connectors.embedded.servers`; nothing here pretends to be a server.
"""
