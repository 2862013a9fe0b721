terraform {
  required_providers {
    ekscompute = {
      source = "ekscompute/ekscompute"
    }
  }
}

# Credentials and region come from where the aws provider takes them: arguments, environment, shared files, roles.
provider "ekscompute" {
  region = "eu-west-1"

  default_tags {
    tags = {
      managed-by = "terraform"
    }
  }
}
