"""A stand-in for what runs beside the API server: Karpenter, the controller of Auto Mode, and the garbage collector.

It writes what the real ones write to node classes, pools and claims: finalizers, annotations and status. It starts no
instances and no pods.
"""

from .controller import Controller

__all__ = ["Controller"]
