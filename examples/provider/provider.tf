### Basic usage

terraform {
  required_providers {
    ekscompute = {
      source  = "ekscompute/ekscompute"
      version = "~> 0.1"
    }
  }
}

# The arguments, environment variables, and credential sources are the same as in the AWS provider.
provider "ekscompute" {
  region = "eu-west-1"

  default_tags {
    tags = {
      managed-by = "terraform"
    }
  }
}
