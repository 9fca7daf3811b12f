"""What came in over HTTP, as Redis has it: counts and the latest rejections, beside the view.

The view itself, which the dataflow writes and rebuilds, does not belong here (`connectors/view`).
"""
