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

variable "location" {
  type = string
}

variable "network" {
  type = string
}

variable "subnet" {
  type = string
}

variable "machine_type" {
  type = string
}

variable "nodes" {
  type = number
}

resource "google_container_cluster" "cluster" {
  name                     = var.name
  location                 = var.location
  network                  = var.network
  subnetwork               = var.subnet
  remove_default_node_pool = true
  initial_node_count       = 1
  # What is removed here has been asked for by destroy.
  deletion_protection = false
}

resource "google_container_node_pool" "nodes" {
  name       = "nodes"
  cluster    = google_container_cluster.cluster.id
  node_count = var.nodes

  node_config {
    machine_type = var.machine_type
    oauth_scopes = ["https://www.googleapis.com/auth/cloud-platform"]
  }
}

output "endpoint" {
  value = "https://${google_container_cluster.cluster.endpoint}"
}

output "certificate" {
  value = google_container_cluster.cluster.master_auth[0].cluster_ca_certificate
}
