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

variable "resource_group" {
  type = string
}

variable "location" {
  type = string
}

variable "subnet_id" {
  type = string
}

variable "size" {
  type = string
}

variable "disk_gib" {
  type = number
}

variable "admin_key" {
  type = string
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

resource "azurerm_network_interface" "machine" {
  name                = var.name
  resource_group_name = var.resource_group
  location            = var.location

  ip_configuration {
    name                          = "inside"
    subnet_id                     = var.subnet_id
    private_ip_address_allocation = "Dynamic"
  }
}

resource "azurerm_linux_virtual_machine" "machine" {
  name                  = var.name
  resource_group_name   = var.resource_group
  location              = var.location
  size                  = var.size
  admin_username        = "klevr"
  network_interface_ids = [azurerm_network_interface.machine.id]
  custom_data           = base64encode(local.user_data)

  admin_ssh_key {
    username   = "klevr"
    public_key = var.admin_key
  }

  os_disk {
    caching              = "ReadWrite"
    storage_account_type = "StandardSSD_LRS"
    disk_size_gb         = var.disk_gib
  }

  source_image_reference {
    publisher = "Canonical"
    offer     = "ubuntu-24_04-lts"
    sku       = "server"
    version   = "latest"
  }

  # A new join token is for new machines.
  lifecycle {
    ignore_changes = [custom_data]
  }
}

output "address" {
  value = azurerm_network_interface.machine.private_ip_address
}
