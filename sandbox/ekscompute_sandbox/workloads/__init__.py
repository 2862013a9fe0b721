"""Nodes and pods of a cluster with managed node groups: what EC2, the kubelet, the scheduler, and controllers do.

Modules that the rest of the sandbox uses (`instances`, `console`) do not need an API server.
"""
