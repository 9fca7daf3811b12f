"""The dataflow and its stages, which read from top to bottom like their diagram.

Processes, signals and files do not belong here (`dataflows.run`, `dataflows.store`).
"""
