# Puts Docker Engine on this host. May run again after it was cut off anywhere.
[ "$(id -u)" = 0 ] || { echo 'the agent must run as root to install packages' >&2; exit 1; }

install_apt() {
  export DEBIAN_FRONTEND=noninteractive
  if [ "$DOCKER_FROM" = distribution ]; then
    apt-get update -q
    apt-get install -y -q --no-install-recommends docker.io
    return
  fi
  . /etc/os-release
  apt-get update -q
  apt-get install -y -q --no-install-recommends ca-certificates curl
  install -d -m 755 /etc/apt/keyrings
  fetch_key "$DOCKER_MIRROR/$ID/gpg" /etc/apt/keyrings/docker.asc
  printf 'deb [arch=%s signed-by=/etc/apt/keyrings/docker.asc] %s %s stable\n' \
    "$(dpkg --print-architecture)" "$DOCKER_MIRROR/$ID" "$VERSION_CODENAME" > /etc/apt/sources.list.d/docker.list
  apt-get update -q
  apt-get install -y -q --no-install-recommends docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin
}

install_dnf() {
  if [ "$DOCKER_FROM" = distribution ]; then
    dnf install -y -q moby-engine
    return
  fi
  . /etc/os-release
  case $ID in fedora | rhel | centos) name=$ID ;; *) name=centos ;; esac
  fetch_key "$DOCKER_MIRROR/$name/gpg" /etc/pki/rpm-gpg/docker.asc
  printf '[docker-ce]\nname=Docker\nbaseurl=%s/%s/$releasever/$basearch/stable\nenabled=1\ngpgcheck=1\ngpgkey=file:///etc/pki/rpm-gpg/docker.asc\n' \
    "$DOCKER_MIRROR" "$name" > /etc/yum.repos.d/docker-ce.repo
  dnf install -y -q docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin
}

# Nothing is trusted but the key that the resource names.
fetch_key() {
  [ -n "$DOCKER_KEY_SHA256" ] || { echo 'keySha256 must be given for the packages of Docker' >&2; exit 1; }
  curl -fsSL --proto '=https' --max-time 120 -o "$2.new" "$1"
  if ! printf '%s  %s\n' "$DOCKER_KEY_SHA256" "$2.new" | sha256sum -c --quiet -; then
    echo "the key at $1 is not the one that keySha256 names: $(sha256sum < "$2.new")" >&2
    rm -f "$2.new"
    exit 1
  fi
  mv "$2.new" "$2"
}

if ! command -v dockerd >/dev/null 2>&1; then
  if command -v apt-get >/dev/null 2>&1; then install_apt
  elif command -v dnf >/dev/null 2>&1; then install_dnf
  else echo 'this host has neither apt nor dnf' >&2; exit 1
  fi
  install -d -m 755 /etc/docker
  touch /etc/docker/klevr.installed
fi

install -d -m 755 /etc/docker
wanted=$(printf '{"log-driver":"json-file","log-opts":{"max-size":"%s","max-file":"3"}}' "$DOCKER_LOG_MAX_SIZE")
if [ ! -e /etc/docker/daemon.json ] || [ -e /etc/docker/klevr.managed ]; then
  if [ "$(cat /etc/docker/daemon.json 2>/dev/null || true)" != "$wanted" ]; then
    touch /etc/docker/klevr.managed
    printf '%s\n' "$wanted" > /etc/docker/daemon.json
    systemctl restart docker
  fi
fi
systemctl enable --now docker
docker version --format 'Docker Engine {{.Server.Version}} runs'
