# Makes this host the server of the cluster or one of its agents. May run again after it was cut off anywhere.
[ "$(id -u)" = 0 ] || { echo 'the agent must run as root to install services' >&2; exit 1; }
bin=/usr/local/bin/k3s
if ! printf '%s  %s\n' "$CLUSTER_SHA256" "$bin" | sha256sum -c --status - 2>/dev/null; then
  curl -fsSL --max-time 900 -o "$bin.new" "$CLUSTER_URL"
  if ! printf '%s  %s\n' "$CLUSTER_SHA256" "$bin.new" | sha256sum -c --quiet -; then
    echo "the program at $CLUSTER_URL is not the one that sha256 names: $(sha256sum < "$bin.new")" >&2
    rm -f "$bin.new"
    exit 1
  fi
  chmod 755 "$bin.new"
  mv "$bin.new" "$bin"
fi

install -d -m 700 /etc/rancher/k3s
(umask 077; cat "$CLUSTER_TOKEN" > /etc/rancher/k3s/klevr-token.new)
mv /etc/rancher/k3s/klevr-token.new /etc/rancher/k3s/klevr-token
if [ "$(uname -n)" = "$CLUSTER_SERVER" ]; then
  what="server --tls-san $CLUSTER_ADDRESS"
  [ -z "$CLUSTER_DISABLE" ] || what="$what --disable $CLUSTER_DISABLE"
else
  what="agent --server https://$CLUSTER_ADDRESS:6443"
fi
unit=/etc/systemd/system/klevr-k3s.service
cat > "$unit.new" <<END
[Unit]
Description=K3s
After=network-online.target
Wants=network-online.target
[Service]
Type=notify
ExecStart=$bin $what --token-file /etc/rancher/k3s/klevr-token
# sha256 $CLUSTER_SHA256
KillMode=process
Delegate=yes
LimitNOFILE=1048576
TasksMax=infinity
TimeoutStartSec=0
Restart=always
RestartSec=5s
[Install]
WantedBy=multi-user.target
END
if cmp -s "$unit.new" "$unit"; then rm -f "$unit.new"
else
  mv "$unit.new" "$unit"
  systemctl daemon-reload
  # An agent comes up only once the server does; whether it did is for status to tell.
  systemctl enable klevr-k3s
  systemctl restart --no-block klevr-k3s
fi
systemctl is-active --quiet klevr-k3s || systemctl start --no-block klevr-k3s
