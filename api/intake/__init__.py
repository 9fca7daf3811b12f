"""What other systems send, in their own formats, and the contract's events that come of it: a pure function a source.

Nothing that knows of HTTP's framework, of Kafka or of Redis belongs here.
"""
