terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.82.2"
    }
  }
}

provider "aws" {}

variable "name" {
  type = string
}

variable "gateway_url" {
  type = string
}

variable "join_token" {
  type      = string
  sensitive = true
}

variable "ssh_keys" {
  type = list(string)
}

variable "subnet" {
  type = string
}

variable "image" {
  type = string
}

variable "instance_type" {
  type = string
}

variable "disk_gib" {
  type = number
}

variable "security_groups" {
  type = list(string)
}

locals {
  # JSON is YAML, so no value can leave its place.
  user_data = "#cloud-config\n${jsonencode({
    hostname            = var.name
    ssh_authorized_keys = var.ssh_keys
    packages            = ["nodejs", "curl", "ca-certificates"]
    write_files = [
      { path = "/run/klevr-join/token", permissions = "0600", content = var.join_token },
      { path = "/run/klevr-join/url", content = var.gateway_url },
      {
        path        = "/run/klevr-join/join"
        permissions = "0700"
        content     = <<-SH
          #!/bin/sh
          set -e
          cd /run/klevr-join
          url=$(cat url)
          curl -fsS --retry 20 --retry-connrefused -o install.sh "$${url%/}/install.sh"
          KLEVR_JOIN_TOKEN=$(cat token) sh install.sh --server "$${url%/}"
          rm -f token
        SH
      },
    ]
    runcmd = [["/run/klevr-join/join"]]
  })}"
}

resource "aws_instance" "machine" {
  ami                         = var.image
  instance_type               = var.instance_type
  subnet_id                   = var.subnet
  vpc_security_group_ids      = length(var.security_groups) == 0 ? null : var.security_groups
  user_data                   = local.user_data
  user_data_replace_on_change = false

  # A new join token or image is for new machines.
  lifecycle {
    ignore_changes = [user_data, ami]
  }

  metadata_options {
    http_tokens = "required"
  }

  root_block_device {
    volume_size = var.disk_gib
    encrypted   = true
  }

  tags = {
    Name = var.name
  }
}

output "address" {
  value = aws_instance.machine.private_ip
}

output "public_address" {
  value = aws_instance.machine.public_ip
}
