"""The contract's meaning, written a second time: slowly, plainly, and without a line of the engine's code.

Property tests compare the engine with `tests.reference.reference.expected`; the events come from
`tests.reference.strategies`.
"""
