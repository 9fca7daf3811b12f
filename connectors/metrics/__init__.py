"""Metrics for Prometheus: series counted in this process, and the address they are scraped at.

Their names are in `config.metric_names`.
"""
