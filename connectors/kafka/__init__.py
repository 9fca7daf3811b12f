"""Kafka: clients, topics, the source and the sinks that read and write records, and files sent into topics.

How an event is read from a line does not belong here (`connectors.decoding`), nor what a run does about failures.
"""
