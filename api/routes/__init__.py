"""The routes, a file for what they are about; each a few lines over `reports/`.

What all of them share (access, problems, representations) is one folder up.
"""
