terraform {
  required_providers {
    ekscompute = {
      source  = "ekscompute/ekscompute"
      version = "~> 0.1"
    }
  }
}

# The provider finds credentials and the Region in the same way as the AWS provider: arguments, environment, files, roles.
provider "ekscompute" {
  region = "eu-west-1"

  default_tags {
    tags = {
      managed-by = "terraform"
    }
  }
}
