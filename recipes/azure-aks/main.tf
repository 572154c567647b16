terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "4.14.0"
    }
  }
}

provider "azurerm" {
  features {}
}

variable "name" {
  type = string
}

variable "resource_group" {
  type = string
}

variable "location" {
  type = string
}

variable "kubernetes_version" {
  type = string
}

variable "size" {
  type = string
}

variable "nodes" {
  type = number
}

resource "azurerm_kubernetes_cluster" "cluster" {
  name                = var.name
  resource_group_name = var.resource_group
  location            = var.location
  dns_prefix          = var.name
  kubernetes_version  = var.kubernetes_version

  default_node_pool {
    name       = "nodes"
    vm_size    = var.size
    node_count = var.nodes
  }

  identity {
    type = "SystemAssigned"
  }
}

output "endpoint" {
  value = nonsensitive(azurerm_kubernetes_cluster.cluster.kube_config[0].host)
}

output "kubeconfig" {
  value     = azurerm_kubernetes_cluster.cluster.kube_config_raw
  sensitive = true
}
