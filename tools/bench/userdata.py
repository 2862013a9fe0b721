"""Measures the rendering of many userdata documents, beside Terraform's own way to make the same documents.

Both are one `terraform plan` of the same inputs without credentials. Ours asks the provider for each document, a data source
instance each, and the provider is one process for all. The peer is a template file and base64encode inside Terraform: it
checks nothing, needs no provider, and is one expression instead of one graph node each.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from workload import TERRAFORM, Meter

DOCUMENTS = 10_000

OURS = """
terraform {
  required_providers {
    ekscompute = { source = "ekscompute/ekscompute" }
  }
}
data "ekscompute_userdata" "node" {
  count                  = %(number)d
  os_family              = "al2023"
  cluster_name           = "bench"
  cluster_endpoint       = "https://0A1B.gr7.eu-west-1.eks.amazonaws.com"
  cluster_ca_certificate = "LS0tLS1CRUdJTg=="
  service_cidr           = "172.20.0.0/16"
  max_pods               = 10 + count.index
  node_labels            = { number = tostring(count.index), team = "bench" }
  kubelet_config         = { shutdownGracePeriod = "30s", imageGCHighThresholdPercent = 80, imageGCLowThresholdPercent = 70 }
  pre_bootstrap_scripts  = ["#!/bin/bash\\nmkdir -p /opt/tools-${count.index}\\n"]
}
output "documents" {
  value = length(toset(data.ekscompute_userdata.node[*].rendered_base64))
}
"""

PEER = """
locals {
  # range() gives 1,024 numbers at most.
  numbers   = slice([for pair in setproduct(range(%(number)d / 1000 + 1), range(1000)) : pair[0] * 1000 + pair[1]], 0, %(number)d)
  documents = [for number in local.numbers : base64encode(templatefile("${path.module}/node.tftpl", {
    cluster_name           = "bench"
    cluster_endpoint       = "https://0A1B.gr7.eu-west-1.eks.amazonaws.com"
    cluster_ca_certificate = "LS0tLS1CRUdJTg=="
    service_cidr           = "172.20.0.0/16"
    max_pods               = 10 + number
    node_labels            = { number = tostring(number), team = "bench" }
    kubelet_config         = { shutdownGracePeriod = "30s", imageGCHighThresholdPercent = 80, imageGCLowThresholdPercent = 70 }
    pre_bootstrap_scripts  = ["#!/bin/bash\\nmkdir -p /opt/tools-${number}\\n"]
  }))]
}
output "documents" {
  value = length(toset(local.documents))
}
"""

TEMPLATE = """MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="BENCH"

%{ for script in pre_bootstrap_scripts ~}
--BENCH
Content-Type: text/x-shellscript; charset="us-ascii"

${script}
%{ endfor ~}
--BENCH
Content-Type: application/node.eks.aws

apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  cluster:
    name: ${jsonencode(cluster_name)}
    apiServerEndpoint: ${jsonencode(cluster_endpoint)}
    certificateAuthority: ${jsonencode(cluster_ca_certificate)}
    cidr: ${jsonencode(service_cidr)}
  kubelet:
    config: ${jsonencode(merge(kubelet_config, { maxPods = max_pods }))}
    flags:
      - --node-labels=${join(",", [for key, value in node_labels : "${key}=${value}"])}

--BENCH--
"""


@dataclass(slots=True)
class Rendering:
    """What a plan cost: seconds and bytes, of Terraform with the provider and of the provider alone."""

    wall: float
    cpu: float
    peak: int
    provider_cpu: float
    provider_peak: int


class Documents:
    """A configuration that makes so many documents."""

    def __init__(self, directory: Path, meter: Meter, name: str, configuration: str, documents: int) -> None:
        self._meter, self._documents = meter, documents
        self._folder = directory / name
        self._folder.mkdir()
        (self._folder / "main.tf").write_text(configuration % {"number": documents})
        (self._folder / "node.tftpl").write_text(TEMPLATE)
        settings = self._folder / "cli.tfrc"
        settings.write_text(
            f'provider_installation {{\n  dev_overrides {{\n    "ekscompute/ekscompute" = "{meter.folder}"\n  }}\n}}\n'
        )
        self._environment = meter.environment | {
            "PATH": os.environ["PATH"],
            "HOME": str(directory),
            "TMPDIR": str(directory),
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
            "TF_CLI_CONFIG_FILE": str(settings),
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def plan(self) -> Rendering:
        """One plan, which must have made that many different documents."""
        self._meter.clear()
        log = self._folder / "log"
        arguments = [str(TERRAFORM), f"-chdir={self._folder}", "plan", "-input=false", "-no-color"]
        started = time.monotonic()
        with log.open("wb") as output:
            process = os.posix_spawn(
                arguments[0],
                arguments,
                self._environment,
                file_actions=[(os.POSIX_SPAWN_DUP2, output.fileno(), 1), (os.POSIX_SPAWN_DUP2, output.fileno(), 2)],
            )
            _, status, usage = os.wait4(process, 0)
        wall = time.monotonic() - started
        if status != 0 or f"documents = {self._documents}" not in log.read_text():
            raise SystemExit(f"bench: {' '.join(arguments)}: {status}\n{log.read_text()[-2000:]}")
        records = self._meter.records()
        kilobytes = 1024 if sys.platform == "linux" else 1
        return Rendering(
            wall=wall,
            cpu=usage.ru_utime + usage.ru_stime,
            peak=usage.ru_maxrss * kilobytes,
            provider_cpu=sum(record["cpu"] for record in records),
            provider_peak=max((record["peak"] for record in records), default=0),
        )
