terraform {
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "6.14.1"
    }
  }
}

provider "google" {}

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

variable "zone" {
  type = string
}

variable "image" {
  type = string
}

variable "machine_type" {
  type = string
}

variable "disk_gib" {
  type = number
}

variable "subnet" {
  type = string
}

variable "public" {
  type = bool
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

resource "google_compute_instance" "machine" {
  name         = var.name
  machine_type = var.machine_type
  zone         = var.zone

  boot_disk {
    initialize_params {
      image = var.image
      size  = var.disk_gib
    }
  }

  network_interface {
    subnetwork = var.subnet

    dynamic "access_config" {
      for_each = var.public ? [1] : []
      content {}
    }
  }

  metadata = {
    user-data = local.user_data
  }

  shielded_instance_config {
    enable_secure_boot = true
  }

  # A new join token or image is for new machines.
  lifecycle {
    ignore_changes = [metadata["user-data"], boot_disk[0].initialize_params[0].image]
  }
}

output "address" {
  value = google_compute_instance.machine.network_interface[0].network_ip
}

output "public_address" {
  value = try(google_compute_instance.machine.network_interface[0].access_config[0].nat_ip, "")
}
