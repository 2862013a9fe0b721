"""An AWS API for trying and testing: moto's server, with Amazon EKS completed and faults on request."""

import os
from pathlib import Path

# moto reads these when it is first imported, so they must be set before any submodule imports it.
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
os.environ.setdefault("MOTO_DISABLE_GLOBAL_CORS", "true")
# A few images of our own: moto's thirteen hundred take a tenth of a second after each reset.
os.environ.setdefault("MOTO_AMIS_PATH", str(Path(__file__).with_name("images.json")))
# moto builds botocore sessions for region lists; it must not read the user's own AWS profile.
for _name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
    os.environ.pop(_name, None)
os.environ["AWS_CONFIG_FILE"] = os.devnull
os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
