# Takes away what apply.sh has installed; an engine that was there before stays. Images, containers and volumes go only where data shall go too.
[ -e /etc/docker/klevr.installed ] || { echo 'Docker was here before; it is left as it is'; exit 0; }
systemctl disable --now docker docker.socket 2>/dev/null || true
if command -v apt-get >/dev/null 2>&1; then
  export DEBIAN_FRONTEND=noninteractive
  for package in docker.io docker-ce docker-ce-cli docker-buildx-plugin docker-compose-plugin containerd.io; do
    if dpkg -s "$package" >/dev/null 2>&1; then apt-get remove -y -q "$package"; fi
  done
  rm -f /etc/apt/sources.list.d/docker.list /etc/apt/keyrings/docker.asc
else
  for package in moby-engine docker-ce docker-ce-cli docker-buildx-plugin docker-compose-plugin containerd.io; do
    if rpm -q "$package" >/dev/null 2>&1; then dnf remove -y -q "$package"; fi
  done
  rm -f /etc/yum.repos.d/docker-ce.repo /etc/pki/rpm-gpg/docker.asc
fi
[ ! -e /etc/docker/klevr.managed ] || rm -f /etc/docker/daemon.json
rm -f /etc/docker/klevr.managed /etc/docker/klevr.installed
if [ "$KLEVR_DELETE_DATA" = true ]; then rm -rf /var/lib/docker /var/lib/containerd; fi
