"""An AWS API for development and tests: the moto server, extended with Amazon EKS and fault injection."""

import os
from pathlib import Path

# moto reads these when it is first imported, so they must be set before any submodule imports it.
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
os.environ.setdefault("MOTO_DISABLE_GLOBAL_CORS", "true")
# A few custom images: the 1300 images of moto take a tenth of a second after each reset.
os.environ.setdefault("MOTO_AMIS_PATH", str(Path(__file__).with_name("images.json")))
# moto creates botocore sessions for region lists. It must not read the AWS profile of the user.
for _name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
    os.environ.pop(_name, None)
os.environ["AWS_CONFIG_FILE"] = os.devnull
os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
