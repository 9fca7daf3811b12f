"""`lasttouch doctor`: what is right and wrong with this machine and the servers that it names, a file for each.

It looks and changes nothing; what a fault does to a run is said by the run itself.
"""
