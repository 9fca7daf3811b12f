"""The commands of `lasttouch`: what is typed, checked, and what is shown.

Nothing that reads Redis or Kafka by itself, or knows how anything is counted, belongs here.
"""
