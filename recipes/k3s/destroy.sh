# Takes the cluster from this host. What its pods have stored stays unless data shall go too.
systemctl disable --now klevr-k3s 2>/dev/null || true
if [ -x /usr/local/bin/k3s ] && [ -d /var/lib/rancher/k3s ]; then
  # Pods outlive the service; nothing but them has these shims.
  for pid in $(pgrep -f /var/lib/rancher/k3s/data/ || true); do kill -KILL "$pid" 2>/dev/null || true; done
fi
grep -o ' /\(run/k3s\|var/lib/kubelet\)[^ ]*' /proc/self/mounts | sort -r | while read -r mount; do umount "$mount" || true; done
for link in cni0 flannel.1; do ip link delete "$link" 2>/dev/null || true; done
rm -f /etc/systemd/system/klevr-k3s.service /usr/local/bin/k3s /etc/rancher/k3s/klevr-token
systemctl daemon-reload
rm -rf /etc/rancher/k3s /run/k3s /var/lib/kubelet
if [ "$KLEVR_DELETE_DATA" = true ]; then rm -rf /var/lib/rancher/k3s; fi
