"""A fake for the controllers of a cluster: Karpenter, EKS Auto Mode, and the garbage collector.

It writes the same data to node classes, node pools, and node claims as the real controllers: finalizers, annotations,
and status. It does not launch instances or pods.
"""

from .controller import Controller

__all__ = ["Controller"]
